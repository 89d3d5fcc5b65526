#include <string_view>

#include <fmt/format.h>

#include "tlsa/generate.h"
#include "tlsa/host_name.h"

namespace danewerk::tlsa {

namespace {

constexpr unsigned kLeastRsaBits = 2048;
constexpr std::uint16_t kSmtpPort = 25;

struct Case {
  const Combination& combination;
  const crypto::Credential& leaf;
  const crypto::Credential& subject;  ///< what the record speaks of
  const OwnerName* owner;
  sys_seconds now;
};

class Checks {
 public:
  explicit Checks(const Case& c) : case_(c) {}

  void dates() {
    check_dates(case_.leaf);
    if (&case_.subject != &case_.leaf) check_dates(case_.subject);
  }

  void key() {
    if (case_.subject.key_type != "RSA" || case_.subject.key_bits >= kLeastRsaBits) return;
    add("TLSA-KEY-SHORT", Level::kWarning,
        fmt::format("RSA key of {} bits, fewer than {}", case_.subject.key_bits, kLeastRsaBits),
        "have the certificate issued for a longer key");
  }

  /// One alone, or one that stands before the server's.
  void authority() {
    const auto& subject = case_.subject;
    const bool is_own = !case_.combination.names_issuer();
    if (!is_own || !subject.is_ca || !subject.dns_names.empty()) return;
    add("TLSA-USAGE-MIXED-UP", Level::kWarning,
        fmt::format("the certificate of {} is an authority's, and usage {} is for the server's own",
                    subject.subject, static_cast<int>(case_.combination.usage)),
        "give fullchain.pem; or take --record '2 1 1' alone for the record of the authority");
  }

  void name() {
    const auto* service =
        case_.owner == nullptr || !case_.owner->service ? nullptr : &*case_.owner->service;
    // RFC 7671 section 5.1: with usage 3 the name in the certificate does not count.
    if (service == nullptr || case_.combination.usage == Usage::kDaneEe) return;
    // An issuer's certificate alone: nothing is known of the server's.
    if (case_.combination.names_issuer() && &case_.subject == &case_.leaf) return;
    const auto host = dns::to_text(service->host);
    if (is_for_host(case_.leaf, host)) return;
    add("TLSA-NAME", Level::kError, fmt::format("the certificate is not for {}", host),
        "mail clients may use the recipient's domain instead (RFC 7672 section 3.2.2)");
  }

  void combination() {
    const auto& c = case_.combination;
    const bool is_whole = c.selector == Selector::kCertificate;
    if (is_whole && !c.names_issuer()) {
      add("TLSA-D01", Level::kWarning, "the record breaks with each renewal of the certificate",
          "'3 1 1' stays as long as the key does");
    }
    if (c.names_issuer() && case_.subject.is_self_issued) {
      add("TLSA-D03", Level::kWarning,
          "the issuer is a root, which servers do not send unless told to (RFC 7671 section 5.2.2)",
          "append it to the served chain, or give the chain so that the next issuer is taken");
    }
    if (c.matching == Matching::kFull) full_value(c);
    if (c.matching == Matching::kSha512) {
      add("TLSA-D06", Level::kWarning, "clients must know SHA-256 only (RFC 6698 section 6)",
          "publish matching type 1 as well");
    }
    mail();
  }

  [[nodiscard]] Findings finish() && { return std::move(findings_); }

 private:
  void check_dates(const crypto::Credential& credential) {
    if (!credential.not_after) return;
    // RFC 7671 section 5.1: with usage 3 the dates in the certificate do not count.
    const auto level = case_.combination.usage == Usage::kDaneEe ? Level::kWarning : Level::kError;
    if (*credential.not_after < case_.now) {
      add("TLSA-EXPIRED", level,
          fmt::format("the certificate of {} expired at {}", credential.subject,
                      danewerk::to_text(*credential.not_after)),
          "renew it; clients without DANE refuse it already");
    }
    if (*credential.not_before > case_.now) {
      add("TLSA-NOT-YET-VALID", level,
          fmt::format("the certificate of {} is not valid before {}", credential.subject,
                      danewerk::to_text(*credential.not_before)),
          {});
    }
  }

  void full_value(const Combination& c) {
    if (c.usage == Usage::kDaneTa && c.selector == Selector::kKeyInfo) {
      add("TLSA-D05", Level::kError,
          "not every client understands a bare issuer's key (RFC 7671 section 5.2.3)",
          "take '2 1 1', and have the server send the issuer's certificate");
      return;
    }
    add("TLSA-FULL", Level::kWarning, "the record holds the whole value, which makes answers large",
        "take matching type 1");
  }

  void mail() {
    const bool is_mail =
        case_.owner != nullptr && case_.owner->service && case_.owner->service->port == kSmtpPort;
    const auto usage = case_.combination.usage;
    if (!is_mail || usage == Usage::kDaneTa || usage == Usage::kDaneEe) return;
    add("TLSA-D07", Level::kError,
        "mail clients need not use usages 0 and 1 (RFC 7672 section 3.1.3)",
        "take '3 1 1' or '2 1 1'");
  }

  void add(std::string_view id, Level level, std::string message, std::string hint) {
    findings_.add(
        {.id = id,
         .level = level,
         .message = std::move(message),
         .owner = case_.owner == nullptr ? std::string() : dns::to_text(case_.owner->name),
         .place = {},
         .hint = std::move(hint)});
  }

  const Case& case_;
  Findings findings_;
};

}  // namespace

Findings lint(const Source& source, const Combination& combination, const OwnerName* owner,
              sys_seconds now) {
  const auto subject = source.block_of(combination.usage);
  DW_CHECK(subject.has_value(), "a record was made of this file before");
  const Case c{combination, source.leaf(), (*subject)->credential, owner, now};
  Checks checks(c);
  checks.dates();
  checks.key();
  checks.authority();
  checks.name();
  checks.combination();
  return std::move(checks).finish();
}

}  // namespace danewerk::tlsa
