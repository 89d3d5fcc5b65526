#include "engine/service_pointers.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/node.h"

namespace danewerk::engine {

using dns::RrType;

namespace {

constexpr std::uint16_t kSmtp = 25;

class Search {
 public:
  explicit Search(dns::NameView apex) : apex_(apex) {}

  void see(dns::NodeView node) {
    if (const auto mx = node.find(RrType::kMx)) {
      constexpr std::size_t kPreference = 2;  // RFC 1035 section 3.3.9
      for (const auto rdata : mx->rdata) {
        add(dns::NameView(rdata.subspan(kPreference)), kSmtp, seconds(mx->ttl));
      }
    }
    const auto srv = node.find(RrType::kSrv);
    if (!srv) return;
    constexpr std::size_t kPort = 4;  // RFC 2782: priority and weight come first
    for (const auto rdata : srv->rdata) {
      const auto port = load_u16(rdata.data() + kPort);
      add(dns::NameView(rdata.subspan(kPort + 2)), port, seconds(srv->ttl));
    }
  }

  [[nodiscard]] ServicePointers found() && { return std::move(found_); }

 private:
  void add(dns::NameView host, std::uint16_t port, seconds ttl) {
    if (host.is_root() || !dns::is_at_or_below(host, apex_)) return;
    auto& longest = found_[fmt::format("_{}._tcp.{}", port, dns::to_canonical_text(host))];
    longest = std::max(longest, ttl);
  }

  dns::NameView apex_;
  ServicePointers found_{};
};

}  // namespace

ServicePointers service_pointers(const dns::Zone& zone) {
  Search search(zone.apex());
  dns::Tree::Cursor cursor(zone.names());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    search.see(dns::NodeView(cursor.entry().value));
  }
  return std::move(search).found();
}

}  // namespace danewerk::engine
