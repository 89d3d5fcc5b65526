#include "app/check_tlsa_places.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dns/name.h"
#include "dns/node.h"
#include "engine/alias_end.h"
#include "engine/binding_owners.h"
#include "engine/service_pointers.h"

namespace danewerk::app {

namespace {

using dns::RrType;

std::string mail_owner(dns::NameView host) {
  return fmt::format("_25._tcp.{}", dns::to_canonical_text(host));
}

class Places {
 public:
  Places(const config::Config& config, const config::ZoneConfig& zone, const dns::Zone& source)
      : config_(config), zone_(zone), source_(source), pointers_(engine::service_pointers(source)) {
    for (const auto& [name, certificate] : config.certificates) {
      for (const auto& service : certificate.services) {
        bound_.insert(config::asked_name(service));
        bound_.insert(config::owner_name(service));
      }
    }
  }

  Findings run() && {
    for (const auto& [name, certificate] : config_.certificates) {
      for (const auto& service : certificate.services) judge_alias(certificate, service);
    }
    dns::Tree::Cursor cursor(source_.names());
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto mx = dns::NodeView(cursor.entry().value).find(RrType::kMx);
      if (!mx) continue;
      const auto domain = dns::name_from_sort_key(cursor.entry().key, source_.apex());
      judge(domain.view(), *mx);
    }
    return std::move(findings_);
  }

 private:
  [[nodiscard]] bool has_records(const std::string& owner) const {
    if (bound_.contains(owner)) return true;
    const auto name = dns::name_from_text(owner);
    if (!name || !dns::is_at_or_below(name->view(), source_.apex())) return false;
    return source_.node(dns::sort_key(name->view(), source_.apex())).has(RrType::kTlsa);
  }

  /// Clients are led to the records by aliases, which are the author's.
  void judge_alias(const config::Certificate& certificate, const config::Service& service) {
    const auto asked = config::asked_name(service);
    if (service.records_at.empty() || engine::zone_of(config_, asked) != &zone_) return;
    if (engine::leads_to(source_, asked, service.records_at)) return;
    findings_.add(
        {.id = "CHECK-ALIAS",
         .level = Level::kWarning,
         .message = fmt::format("clients ask for {}, which does not lead to {}: they find "
                                "none of the records there",
                                asked, service.records_at),
         .owner = certificate.name,
         .place = zone_.place,
         .hint = fmt::format("{} CNAME {}", asked, service.records_at)});
  }

  void judge(dns::NameView domain, const dns::RrsetView& mx) {
    const auto owner = mail_owner(domain);
    // It is a mail host itself, of this domain or of another one.
    if (pointers_.contains(owner) || !has_records(owner)) return;
    constexpr std::size_t kPreference = 2;  // RFC 1035 section 3.3.9
    std::vector<std::string> hosts;
    bool is_any_bare = false;
    for (const auto rdata : mx.rdata) {
      const dns::NameView host(rdata.subspan(kPreference));
      hosts.push_back(dns::to_canonical_text(host));
      const bool is_here = dns::is_at_or_below(host, source_.apex());
      is_any_bare = is_any_bare || (is_here && !has_records(mail_owner(host)));
    }
    findings_.add(
        {.id = "TLSA-D11",
         .level = is_any_bare ? Level::kError : Level::kWarning,
         .message =
             fmt::format("records at {}, while mail for it goes to {}: nobody looks for them",
                         dns::to_canonical_text(domain), fmt::join(hosts, ", ")),
         .owner = owner,
         .place = zone_.place,
         .hint = "records belong to the names that MX records have (RFC 7672 section 2.2.3)"});
  }

  const config::Config& config_;
  const config::ZoneConfig& zone_;
  const dns::Zone& source_;
  engine::ServicePointers pointers_;
  std::set<std::string> bound_{};  ///< owners of configured services
  Findings findings_{};
};

}  // namespace

Findings check_tlsa_places(const config::Config& config, const config::ZoneConfig& zone,
                           const dns::Zone& source) {
  return Places(config, zone, source).run();
}

}  // namespace danewerk::app
