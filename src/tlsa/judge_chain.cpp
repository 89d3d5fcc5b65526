#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tlsa/catalogue.h"
#include "tlsa/chain.h"
#include "tlsa/host_name.h"

namespace danewerk::tlsa {

namespace {

constexpr unsigned kLeastRsaBits = 2048;
constexpr seconds kNear = std::chrono::days(30);

/// "in time" for an authority's certificate whose key a record names.
Finding anchor_expires(const Block& anchor, const Block& leaf, sys_seconds now) {
  const auto until = anchor.ends();
  const bool is_before = until < leaf.ends();
  return {.id = "TLSA-ANCHOR-EXPIRES",
          .level = is_before || until < now ? Level::kError : Level::kWarning,
          .message = fmt::format("the certificate of {} {} at {}{}", anchor.credential.subject,
                                 until < now ? "expired" : "expires", danewerk::to_text(until),
                                 is_before ? ", before the server's own" : ""),
          .hint = "records with usage 2 match nothing from then on (RFC 7671 section 5.2)"};
}

bool expires_too_soon(const Block& anchor, const Block& leaf, sys_seconds now) {
  const auto until = anchor.ends();
  return until < leaf.ends() || until < now + kNear;
}

class ChainChecks {
 public:
  ChainChecks(const Chain& chain, const ChainDemands& demands) : chain_(chain), demands_(demands) {
    const auto& records = demands.records;
    needs_issuer_ = std::any_of(records.begin(), records.end(),
                                [](const Combination& c) { return c.names_issuer(); });
  }

  Findings run() && {
    dates();
    keys();
    staging();
    names();
    if (needs_issuer_) issuer();
    return std::move(findings_);
  }

 private:
  void add(std::string_view id, Level level, std::string message, std::string hint = {}) {
    findings_.add(
        {.id = id, .level = level, .message = std::move(message), .hint = std::move(hint)});
  }

  void dates() {
    for (const auto& block : chain_.certificates) {
      const bool counts = &block == &chain_.leaf() || needs_issuer_;
      check_dates(block, counts ? Level::kError : Level::kWarning);
    }
  }

  void check_dates(const Block& block, Level level) {
    if (block.ends() < demands_.now) {
      add("TLSA-EXPIRED", level,
          fmt::format("the certificate of {} expired at {}", block.credential.subject,
                      danewerk::to_text(block.ends())),
          "renew it; clients without DANE refuse it already");
    }
    if (block.begins() > demands_.now) {
      add("TLSA-NOT-YET-VALID", level,
          fmt::format("the certificate of {} is not valid before {}", block.credential.subject,
                      danewerk::to_text(block.begins())),
          "is the clock right?");
    }
  }

  void keys() {
    for (const auto& block : chain_.certificates) {
      const auto& credential = block.credential;
      if (credential.key_type != "RSA" || credential.key_bits >= kLeastRsaBits) continue;
      const bool counts = &block == &chain_.leaf() || needs_issuer_;
      add("TLSA-KEY-SHORT", counts ? Level::kError : Level::kWarning,
          fmt::format("RSA key of {} bits, fewer than {}, in the certificate of {}",
                      credential.key_bits, kLeastRsaBits, credential.subject),
          "have the certificate issued for a longer key");
    }
  }

  void staging() {
    if (demands_.catalogue == nullptr) return;
    const auto* known = demands_.catalogue->find_staging(chain_);
    if (known == nullptr) return;
    add("TLSA-CHAIN-STAGING", Level::kError,
        fmt::format("issued by the test system of {} ({}), which no client trusts",
                    known->entry.authority, known->entry.name),
        "let the client use the authority's real address");
  }

  /// By usage 3 DANE clients go by the key alone (RFC 7671 section 5.1); others do not.
  void names() {
    for (const auto& host : demands_.base_domains) {
      if (is_for_host(chain_.leaf().credential, host)) continue;
      add("TLSA-NAME", needs_issuer_ ? Level::kError : Level::kWarning,
          fmt::format("the certificate is not for {}", host),
          needs_issuer_
              ? "records with usage 2 need the TLSA owner's host in it (RFC 7671 section 5.2)"
              : "clients without DANE refuse it; those with DANE go by its key (usage 3)");
    }
  }

  void issuer() {
    const auto& leaf = chain_.leaf();
    const auto* above = chain_.issuer();
    if (above == nullptr) {
      add("TLSA-CHAIN-NO-ISSUER", Level::kError,
          "records with usage 2 need the issuer's certificate in the chain, which is not there",
          "give fullchain.pem (RFC 7671 section 5.2)");
      return;
    }
    if (expires_too_soon(*above, leaf, demands_.now)) {
      findings_.add(anchor_expires(*above, leaf, demands_.now));
    }
  }

  const Chain& chain_;
  const ChainDemands& demands_;
  bool needs_issuer_ = false;
  Findings findings_;
};

}  // namespace

Findings judge_chain(const Chain& chain, const ChainDemands& demands) {
  return ChainChecks(chain, demands).run();
}

Findings judge_anchors(const Chain& chain, std::span<const Association> associations,
                       sys_seconds now) {
  Findings findings;
  const auto sent = [&](const Association& association) {
    return association.combination.usage == Usage::kDaneTa &&
           find_named(chain, association).has_value();
  };
  for (const auto& association : associations) {
    if (association.combination.usage != Usage::kDaneTa) continue;
    const auto named = find_named(chain, association);
    if (named && expires_too_soon(chain.certificates[*named], chain.leaf(), now)) {
      findings.add(anchor_expires(chain.certificates[*named], chain.leaf(), now));
    }
    if (named) continue;
    // Records for issuers that are not in use yet are as they should be.
    const bool has_other =
        std::any_of(associations.begin(), associations.end(), [&](const Association& other) {
          return other.combination == association.combination && sent(other);
        });
    if (has_other) continue;
    findings.add({.id = "TLSA-D03",
                  .message = fmt::format("'{}' names an issuer that the server does not send",
                                         association.rdata_text()),
                  .hint = "append its certificate to the served chain (RFC 7671 section 5.2.2)"});
  }
  return findings;
}

}  // namespace danewerk::tlsa
