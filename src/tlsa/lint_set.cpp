#include "tlsa/lint_set.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crypto/signature.h"
#include "tlsa/host_name.h"
#include "tlsa/match.h"

namespace danewerk::tlsa {

namespace {

constexpr std::uint16_t kSmtpPort = 25;
constexpr seconds kLongTtl = std::chrono::hours(1);

bool is_own(const Association& association) {
  return !association.combination.names_issuer();
}

/// The digest of nothing at all, which a broken pipe makes.
bool is_of_nothing(const Association& association) {
  const auto matching = association.combination.matching;
  if (matching == Matching::kFull) return false;
  const auto type =
      matching == Matching::kSha256 ? crypto::DigestType::kSha256 : crypto::DigestType::kSha512;
  const auto hash = crypto::digest(type, {});
  return std::equal(association.data.begin(), association.data.end(), hash.view().begin(),
                    hash.view().end());
}

bool is_data_of(const Association& association, const Block& block) {
  const auto& combination = association.combination;
  const auto data = own_association_data(block, combination.selector, combination.matching);
  return !data.empty() && data == association.data;
}

class SetChecks {
 public:
  explicit SetChecks(const RecordSet& set) : set_(set) {}

  Findings run() && {
    std::set<std::string> seen;
    for (const auto& association : set_.associations) {
      if (!seen.insert(association.rdata_text()).second) {
        add("TLSA-DUPLICATE", Level::kWarning,
            fmt::format("'{}' stands there twice", association.rdata_text()));
        continue;
      }
      form(association);
      against_chains(association);
    }
    digests();
    coverage_of_issuers();
    chains();
    endpoints();
    siblings();
    operation();
    return std::move(findings_);
  }

 private:
  void add(std::string_view id, Level level, std::string message, std::string hint = {}) {
    findings_.add({.id = id,
                   .level = level,
                   .message = std::move(message),
                   .owner = set_.owner ? dns::to_text(set_.owner->name) : std::string(),
                   .hint = std::move(hint)});
  }

  [[nodiscard]] bool is_mail() const {
    return set_.owner && set_.owner->service && set_.owner->service->port == kSmtpPort;
  }
  [[nodiscard]] bool has(const Combination& combination) const {
    return std::any_of(
        set_.associations.begin(), set_.associations.end(),
        [&](const Association& association) { return association.combination == combination; });
  }
  [[nodiscard]] bool matches_any(const Chain& chain) const {
    return std::any_of(set_.associations.begin(), set_.associations.end(),
                       [&](const Association& association) {
                         return match(chain, association, {set_.names, set_.now}).depth.has_value();
                       });
  }

  /// What a record says, whatever is served.
  void form(const Association& association) {
    const auto& c = association.combination;
    const auto text = to_text(c);
    if (is_of_nothing(association)) {
      add("TLSA-EMPTY-DIGEST", Level::kError,
          fmt::format("'{}' is the digest of nothing: no certificate ever matches", text),
          "the command that made it got no input");
    }
    if (c.selector == Selector::kCertificate && is_own(association) &&
        set_.is_renewed_by_machine == Known::kYes) {
      add("TLSA-D01", Level::kError,
          fmt::format("'{}' breaks with the next renewal of the certificate", text),
          "'3 1 1' stays as long as the key does");
    }
    if (c.usage == Usage::kDaneTa && c.matching == Matching::kFull) {
      add("TLSA-D05", Level::kError,
          fmt::format("'{}': not every client takes an anchor from the record (RFC 7671 section "
                      "5.2.3)",
                      text),
          "take '2 1 1', and have the server send the issuer's certificate");
    } else if (c.matching == Matching::kFull) {
      add("TLSA-FULL", Level::kWarning,
          fmt::format("'{}' holds the whole value, which makes answers large", text),
          "take matching type 1");
    }
    const bool is_pkix = c.usage == Usage::kPkixTa || c.usage == Usage::kPkixEe;
    if (is_pkix && is_mail()) {
      add("TLSA-D07", Level::kError,
          fmt::format("'{}': mail clients need not use usages 0 and 1 (RFC 7672 section 3.1.3)",
                      text),
          "take '3 1 1' or '2 1 1'");
    }
    issuer(association);
  }

  /// What the catalogue knows of the issuer that a record names.
  void issuer(const Association& association) {
    if (set_.catalogue == nullptr) return;
    const auto* known = set_.catalogue->find_named(association, set_.now);
    if (known == nullptr) return;
    const auto text = to_text(association.combination);
    const auto& entry = known->entry;
    if (is_own(association)) {
      add("TLSA-USAGE-MIXED-UP", Level::kError,
          fmt::format("'{}' has the value of {} of {}, where the server's own belongs", text,
                      entry.name, entry.authority),
          "usage 2 is for issuers");
      return;
    }
    if (entry.role != model::IssuerRole::kIssuer) {
      add("TLSA-D17", Level::kWarning,
          fmt::format("'{}' names the root {}: chains to it change without notice", text,
                      entry.name),
          "have the served chain watched, or name the issuers in use");
    }
    over(text, *known);
  }

  void over(const std::string& text, const KnownIssuer& known) {
    using model::IssuerState;
    const auto state = known.state_at(set_.now);
    if (state == IssuerState::kActive || state == IssuerState::kBackup) return;
    const bool is_untrusted = state == IssuerState::kRevoked || state == IssuerState::kStaging;
    add(is_untrusted ? "TLSA-ISSUER-REVOKED" : "TLSA-ISSUER-RETIRED",
        is_untrusted ? Level::kError : Level::kWarning,
        fmt::format("'{}' names {} of {}: {}", text, known.entry.name, known.entry.authority,
                    model::to_text(state)),
        "have records name the issuers that are in use, and remove this one when none of its "
        "certificates is served");
  }

  void against_chains(const Association& association) {
    for (const auto* chain : set_.served) mixed_up(*chain, association);
    stale(association);
  }

  void mixed_up(const Chain& chain, const Association& association) {
    const auto& certificates = chain.certificates;
    const bool is_leafs = is_data_of(association, chain.leaf());
    const bool is_issuers =
        std::any_of(certificates.begin() + 1, certificates.end(),
                    [&](const Block& block) { return is_data_of(association, block); });
    if (is_own(association) && is_issuers && !is_leafs) {
      add("TLSA-USAGE-MIXED-UP", Level::kError,
          fmt::format("'{}' has an issuer's value, where the server's own belongs",
                      to_text(association.combination)),
          "usage 2 is for issuers");
    }
    if (!is_own(association) && is_leafs) {
      add("TLSA-USAGE-MIXED-UP", Level::kError,
          fmt::format("'{}' has the server's own value, where an issuer's belongs",
                      to_text(association.combination)),
          "usage 3 is for the server's own");
    }
  }

  void stale(const Association& association) {
    // Without our own keys a record may be that of the next one.
    if (set_.own_keys.empty() || set_.served.empty()) return;
    const auto& c = association.combination;
    const bool is_held = c.selector == Selector::kKeyInfo && c.matching == Matching::kSha256 &&
                         std::find(set_.own_keys.begin(), set_.own_keys.end(), association.data) !=
                             set_.own_keys.end();
    const bool is_known = !is_own(association) && set_.catalogue != nullptr &&
                          set_.catalogue->find_named(association, set_.now) != nullptr;
    const bool is_served = std::any_of(
        set_.served.begin(), set_.served.end(),
        [&](const Chain* chain) { return find_named(*chain, association).has_value(); });
    if (is_held || is_known || is_served) return;
    add("TLSA-D15", Level::kWarning,
        fmt::format("'{}' matches nothing that is served or held", association.rdata_text()),
        "remove it, unless somebody else needs it");
  }

  void digests() {
    for (const auto usage : {Usage::kDaneTa, Usage::kDaneEe}) {
      for (const auto selector : {Selector::kCertificate, Selector::kKeyInfo}) {
        const bool is_alone =
            has({usage, selector, Matching::kSha512}) && !has({usage, selector, Matching::kSha256});
        if (!is_alone) continue;
        add("TLSA-D06", Level::kWarning,
            "only SHA-512, while clients must know SHA-256 only (RFC 6698 section 6)",
            "publish matching type 1 as well");
      }
    }
  }

  void coverage_of_issuers() {
    if (set_.catalogue == nullptr || !has_anchor()) return;
    for (const auto* chain : set_.served) {
      const auto question = coverage_question(*set_.catalogue, *chain, set_.now);
      if (question) issuers(coverage(*set_.catalogue, set_.associations, *question), *question);
    }
  }

  void issuers(const Coverage& found, const CoverageQuestion& question) {
    if (found.is_whole()) return;
    std::vector<std::string> names;
    names.reserve(found.missing.size());
    for (const auto* issuer : found.missing) names.push_back(issuer->entry.name);
    add("TLSA-D04", Level::kError,
        fmt::format("{} may issue the next certificate with {} as well, which no record names",
                    question.authority, fmt::join(names, ", ")),
        "publish '2 1 1' for each of them");
  }

  void chains() {
    const auto matched = static_cast<std::size_t>(
        std::count_if(set_.served.begin(), set_.served.end(),
                      [this](const Chain* chain) { return matches_any(*chain); }));
    for (const auto* chain : set_.served) {
      findings_.merge(judge_anchors(*chain, set_.associations, set_.now));
      if (!matches_any(*chain)) unmatched(*chain, matched > 0);
      expired(*chain);
      name(*chain);
    }
  }

  void unmatched(const Chain& chain, bool has_matched_other) {
    const auto& credential = chain.leaf().credential;
    if (has_matched_other) {
      add("TLSA-D09", Level::kError,
          fmt::format("no record for the {} certificate, only for the other one",
                      credential.key_type),
          "publish records for each kind of key that the service has");
      return;
    }
    add("TLSA-D10", Level::kError,
        fmt::format("no record matches the certificate of {}", credential.subject),
        "serve the old one again, or publish a record for this one beside the others");
  }

  /// Dates and names count for usage 2 and not for 3 (RFC 7671 sections 5.1 and 5.2).
  void expired(const Chain& chain) {
    const auto& credential = chain.leaf().credential;
    if (chain.leaf().ends() >= set_.now) return;
    const bool counts = has_anchor();
    add(counts ? "TLSA-EXPIRED" : "TLSA-D18", counts ? Level::kError : Level::kWarning,
        fmt::format("the certificate of {} expired at {}{}", credential.subject,
                    danewerk::to_text(chain.leaf().ends()),
                    counts ? "" : ", which only clients of DANE overlook"),
        "renew it with the same key");
  }

  void name(const Chain& chain) {
    const auto& credential = chain.leaf().credential;
    if (!has_anchor() || set_.names.empty() || is_for_any(credential, set_.names)) return;
    add("TLSA-NAME", Level::kError,
        fmt::format("the certificate of {} is not for {}", credential.subject, set_.names.front()),
        "records with usage 2 need the TLSA owner's host in it (RFC 7671 section 5.2)");
  }

  void endpoints() {
    for (const auto& endpoint : set_.endpoints) {
      if (endpoint.offers_tls == Known::kNo) {
        add("TLSA-D08", Level::kError,
            fmt::format("{} offers no TLS, and the records promise it", endpoint.address),
            "offer STARTTLS to everybody (RFC 7672 section 2.2)");
      }
      if (endpoint.chain != nullptr && !matches_any(*endpoint.chain)) {
        add("TLSA-D10", Level::kError,
            fmt::format("{} presents a certificate that no record matches", endpoint.address),
            "reload it with the served certificate");
      }
      if (!endpoint.is_watched) {
        add("TLSA-D16", Level::kWarning, fmt::format("nobody looks at {}", endpoint.address),
            "have each address watched, IPv4 and IPv6");
      }
    }
  }

  void siblings() {
    std::vector<std::string> same;
    for (const auto& sibling : set_.siblings) {
      if (sibling.associations.empty()) {
        add("TLSA-D09", Level::kError,
            fmt::format("{} is a mail host of the same domain and has no records", sibling.host),
            "publish records for every mail host");
      }
      if (sibling.is_on_the_same_plan && sibling.associations == set_.associations &&
          !set_.associations.empty()) {
        same.push_back(sibling.host);
      }
    }
    if (same.empty()) return;
    add("TLSA-D13", Level::kWarning,
        fmt::format("one key for {} as well, changed everywhere at once: no mail host is left "
                    "when that goes wrong",
                    fmt::join(same, ", ")),
        "give each mail host a key of its own");
  }

  void operation() {
    if (set_.keeps_key == Known::kNo && set_.has_standby == Known::kNo && names_keys()) {
      add("TLSA-D02", Level::kError,
          "the key changes at each renewal, and records for the next one are not published first",
          "have the client keep its key, or let danewerk stage renewals");
    }
    if (set_.is_mail_host == Known::kNo && is_mail()) {
      add("TLSA-D11", Level::kError, "no MX names this host: nobody looks for records here",
          "records belong to the names that MX records have (RFC 7672 section 2.2.3)");
    }
    if (set_.has_good_denial == Known::kNo) {
      add("TLSA-D12", Level::kError,
          "answers that there is no TLSA record do not validate: mail for such names is put off",
          "have the zone signed by a name server that can prove it (RFC 7672 section 2.1.1)");
    }
    if (set_.ttl && *set_.ttl > kLongTtl && set_.has_standby == Known::kNo) {
      add("TLSA-D14", Level::kWarning,
          fmt::format("a TTL of {} without a standby key: an unplanned change takes that long",
                      danewerk::to_text(*set_.ttl)),
          "an hour, or `key-policy: next`");
    }
  }

  [[nodiscard]] bool has_anchor() const {
    return std::any_of(set_.associations.begin(), set_.associations.end(),
                       [](const Association& association) {
                         return association.combination.usage == Usage::kDaneTa;
                       });
  }
  [[nodiscard]] bool names_keys() const {
    return std::any_of(set_.associations.begin(), set_.associations.end(), is_own);
  }

  const RecordSet& set_;
  Findings findings_;
};

}  // namespace

Findings lint_set(const RecordSet& set) {
  return SetChecks(set).run();
}

}  // namespace danewerk::tlsa
