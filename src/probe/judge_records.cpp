#include <algorithm>

#include <fmt/format.h>

#include "probe/ids.h"
#include "probe/judge.h"

namespace danewerk::probe {

namespace {

/// Above it a wrong record hurts for long (RFC 7671 section 13).
constexpr dns::Ttl kLongTtl = 3600;
constexpr dns::Ttl kFarTooLongTtl = 86'400;

std::string numbers_text(const net::TlsaNumbers& numbers) {
  return fmt::format("{} {} {}", numbers.usage, numbers.selector, numbers.matching);
}

class Records {
 public:
  Records(const ServiceReport& service, Remarks& remarks)
      : service_(service),
        remarks_(remarks),
        owner_(dns::to_text(service.tlsa.lookup.question.name)) {}

  void judge() {
    for (const auto& record : service_.records) judge_one(record);
    judge_digests();
    judge_ttl();
  }

 private:
  void judge_one(const SeenRecord& record) {
    const auto& n = record.numbers;
    if (!record.is_usable) {
      const bool is_public = n.usage < 2 && n.selector < 2 && n.matching < 3;
      add(is_public ? ids::kPublicAuthority : ids::kUnusable, Level::kError,
          fmt::format("clients ignore {}: {}", numbers_text(n), record.why),
          "publish '3 1 1' instead");
      return;
    }
    if (n.selector == 0 && (n.usage == 1 || n.usage == 3)) {
      add(ids::kWholeCertificate, Level::kWarning,
          fmt::format("{} breaks with each renewal of the certificate", numbers_text(n)),
          "'3 1 1' stays as long as the key does");
    }
    if (n.usage == 2 && n.selector == 1 && n.matching == 0) {
      add(ids::kBareKey, Level::kError,
          "not every client understands a bare issuer's key (RFC 7671 section 5.2.3)",
          "take '2 1 1'");
    }
  }

  void judge_digests() {
    const auto is_sha512 = [](const SeenRecord& record) { return record.numbers.matching == 2; };
    if (service_.records.empty() || !std::ranges::all_of(service_.records, is_sha512)) return;
    add(ids::kOnlySha512, Level::kWarning, "clients must know SHA-256 only (RFC 6698 section 6)",
        "publish matching type 1 as well");
  }

  void judge_ttl() {
    if (service_.records.empty()) return;
    // A resolver's copy may be old; the servers have the whole TTL.
    auto ttl = service_.tlsa.lookup.ttl;
    for (const auto& view : service_.tlsa.servers) ttl = std::max(ttl, view.ttl);
    if (ttl <= kLongTtl) return;
    add(ids::kLongTtl, ttl > kFarTooLongTtl ? Level::kError : Level::kWarning,
        fmt::format("a TTL of {}: for so long a wrong record is held",
                    danewerk::to_text(seconds(ttl))),
        "1h or less");
  }

  void add(std::string_view id, Level level, std::string message, std::string hint) {
    remarks_.add({.id = id,
                  .level = level,
                  .message = std::move(message),
                  .owner = owner_,
                  .hint = std::move(hint)});
  }

  const ServiceReport& service_;
  Remarks& remarks_;
  std::string owner_;
};

}  // namespace

void judge_records(const ServiceReport& service, Remarks& remarks) {
  Records(service, remarks).judge();
}

}  // namespace danewerk::probe
