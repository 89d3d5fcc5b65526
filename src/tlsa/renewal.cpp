#include "tlsa/renewal.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "tlsa/host_name.h"

namespace danewerk::tlsa {

namespace {

using Keys = RenewalPolicy::Keys;

/// In the order of RenewalCase.
constexpr std::array<std::string_view, 11> kCases{"first certificate",
                                                  "same key",
                                                  "same key, new issuer",
                                                  "announced key",
                                                  "announced key, new issuer",
                                                  "new key",
                                                  "new key, new issuer",
                                                  "key not allowed",
                                                  "anchor missing",
                                                  "name missing",
                                                  "anchor ends too early"};
constexpr std::array<std::string_view, 3> kHandlings{"deploy", "stage", "refuse"};

bool has(const std::vector<Combination>& records, Usage usage) {
  return std::any_of(records.begin(), records.end(),
                     [usage](const Combination& record) { return record.usage == usage; });
}

class Classifier {
 public:
  Classifier(const Chain& renewed, const RenewalPolicy& policy, const RenewalFacts& facts)
      : renewed_(renewed),
        policy_(policy),
        facts_(facts),
        has_own_(has(policy.records, Usage::kDaneEe)),
        has_issuer_(has(policy.records, Usage::kDaneTa)) {}

  Result<Renewal> run() const {
    if (has_issuer_) {
      if (auto refused = refuse_for_anchor()) return *std::move(refused);
    }
    if (facts_.served == nullptr || facts_.published.empty()) return first();
    if (has_issuer_) {
      if (auto refused = refuse_for_missing_anchor()) return *std::move(refused);
    }
    const bool is_covered = !has_issuer_ || is_issuer_named();
    if (facts_.served->leaf().key_info == renewed_.leaf().key_info) return same_key(is_covered);
    if (facts_.next_key && *facts_.next_key == key_digest(renewed_.leaf())) {
      return next_key(is_covered);
    }
    if (const auto why = key_refusal(); !why.empty()) {
      return Renewal{.which = RenewalCase::kKeyNotAllowed,
                     .handling = Handling::kRefuse,
                     .reason = std::string(why),
                     .hint = "have the client keep its key, or `danewerk tlsa next-key` first"};
    }
    return new_key(is_covered);
  }

 private:
  static Renewal refuse(RenewalCase which, std::string reason, std::string hint) {
    return {.which = which,
            .handling = Handling::kRefuse,
            .reason = std::move(reason),
            .hint = std::move(hint)};
  }

  /// What makes every record with usage 2 void (RFC 7671 section 5.2).
  [[nodiscard]] std::optional<Renewal> refuse_for_anchor() const {
    for (const auto& host : facts_.base_domains) {
      if (is_for_host(renewed_.leaf().credential, host)) continue;
      return refuse(RenewalCase::kNameMissing,
                    fmt::format("the certificate is not for {}, and clients of records with "
                                "usage 2 look at the name",
                                host),
                    "have it issued with that name");
    }
    const auto* issuer = renewed_.issuer();
    if (issuer == nullptr) {
      return refuse(RenewalCase::kAnchorMissing,
                    "the chain has no issuer, which records with usage 2 need",
                    "give fullchain.pem");
    }
    const auto* anchor = named_anchor();
    const auto* lasting = anchor == nullptr ? issuer : anchor;
    if (lasting->ends() < renewed_.leaf().ends()) {
      return refuse(RenewalCase::kAnchorTooShort,
                    fmt::format("the certificate of {} ends before the server's own, and records "
                                "with usage 2 match nothing from then on",
                                lasting->credential.subject),
                    "have records name another anchor");
    }
    return std::nullopt;
  }

  /// A published record names what signed the end of the chain, and nobody sends that.
  [[nodiscard]] std::optional<Renewal> refuse_for_missing_anchor() const {
    if (facts_.catalogue == nullptr || is_issuer_named()) return std::nullopt;
    const auto& top = renewed_.certificates[renewed_.line - 1].credential;
    for (const auto& association : facts_.published) {
      if (association.combination.usage != Usage::kDaneTa) continue;
      const auto* known = facts_.catalogue->find_named(association, facts_.now);
      if (known == nullptr || !crypto::is_signed_by(top, known->block.credential)) continue;
      return refuse(
          RenewalCase::kAnchorMissing,
          fmt::format("records name {}, which is above the chain and not in it", known->entry.name),
          "have it appended from the catalogue of issuers");
    }
    return std::nullopt;
  }

  /// The certificate in the chain that a published record names.
  [[nodiscard]] const Block* named_anchor() const {
    for (const auto& association : facts_.published) {
      if (association.combination.usage != Usage::kDaneTa) continue;
      const auto at = find_named(renewed_, association);
      if (at) return &renewed_.certificates[*at];
    }
    return nullptr;
  }

  /// Of each combination with usage 2 some published record is in the chain.
  [[nodiscard]] bool is_issuer_named() const {
    return std::all_of(policy_.records.begin(), policy_.records.end(), [this](const auto& record) {
      return record.usage != Usage::kDaneTa || is_named(record);
    });
  }
  [[nodiscard]] bool is_named(const Combination& record) const {
    return std::any_of(
        facts_.published.begin(), facts_.published.end(), [&](const Association& association) {
          return association.combination == record && find_named(renewed_, association).has_value();
        });
  }

  /// What is not published yet of what the chain needs.
  [[nodiscard]] Result<std::vector<Association>> lacking() const {
    std::vector<Combination> unnamed;
    std::copy_if(policy_.records.begin(), policy_.records.end(), std::back_inserter(unnamed),
                 [this](const Combination& record) { return !is_named(record); });
    return associations_for(renewed_, unnamed);
  }

  Result<Renewal> first() const {
    Renewal out{.which = RenewalCase::kFirst,
                .reason = "nothing is published yet: it may be served at once, and records follow"};
    DW_TRY(out.publish, associations_for(renewed_, policy_.records));
    return out;
  }

  /// Staged until `lacking` is published and old enough.
  Result<Renewal> stage(RenewalCase which, std::string reason) const {
    Renewal out{.which = which, .handling = Handling::kStage, .reason = std::move(reason)};
    DW_TRY(out.publish, lacking());
    return out;
  }

  Result<Renewal> same_key(bool is_covered) const {
    if (is_covered) {
      // A record with selector 0 is another one all the same.
      DW_TRY(auto publish, lacking());
      if (publish.empty()) {
        return Renewal{.which = RenewalCase::kSameKey, .reason = "records match it already"};
      }
      return stage(RenewalCase::kSameKey,
                   "the key is kept, but records name the whole certificate: new ones first");
    }
    DW_TRY(auto out, stage(RenewalCase::kSameKeyNewIssuer,
                           "the key is kept, but no record names the new issuer: a record for it "
                           "has to be old enough first"));
    // Clients that try all records still find that of the key.
    out.may_relax = has_own_;
    return out;
  }

  Result<Renewal> next_key(bool is_covered) const {
    if (!is_covered) {
      return stage(RenewalCase::kNextKeyNewIssuer,
                   "the key was announced, but no record names the new issuer");
    }
    DW_TRY(auto publish, lacking());
    if (publish.empty()) {
      return Renewal{.which = RenewalCase::kNextKey,
                     .reason = "the key was announced: it is served once that is old enough"};
    }
    return stage(RenewalCase::kNextKey, "the key was announced, but not all of its records");
  }

  /// Why a key that nobody announced is not taken; empty when it is.
  [[nodiscard]] std::string_view key_refusal() const {
    if (policy_.is_key_pinned) return "the key is another one, and `pin-key` allows only this one";
    if (policy_.keys == Keys::kNext) return "the key is neither the current nor the announced one";
    if (policy_.keys == Keys::kStable && facts_.next_key) {
      return "another key is announced as the next one";
    }
    return {};
  }

  Result<Renewal> new_key(bool is_covered) const {
    if (!is_covered) {
      return stage(RenewalCase::kNewKeyNewIssuer,
                   "both the key and the issuer are new, so that no published record matches: "
                   "records for both have to be old enough first");
    }
    if (!has_own_) {
      return Renewal{.which = RenewalCase::kNewKey,
                     .reason = "the key is new, and records name its issuer alone"};
    }
    DW_TRY(auto out, stage(RenewalCase::kNewKey,
                           "the key is new: a record for it has to be old enough first"));
    if (policy_.keys == Keys::kStable) {
      out.hint = "the client changes keys: see danewerk(1) for how to make it keep them";
    }
    const bool is_fast =
        policy_.keys == Keys::kAny && has_issuer_ && policy_.pace == RenewalPolicy::Pace::kFast;
    if (!is_fast) return out;
    out.handling = Handling::kDeploy;
    out.may_relax = true;
    out.replaces_own = true;
    out.reason =
        "the key is new, and records name its issuer: its own record takes the place of "
        "the old one at once";
    return out;
  }

  const Chain& renewed_;
  const RenewalPolicy& policy_;
  const RenewalFacts& facts_;
  bool has_own_ = false;
  bool has_issuer_ = false;
};

}  // namespace

std::string_view to_text(RenewalCase which) {
  return kCases.at(static_cast<std::size_t>(which));
}

std::string_view to_text(Handling handling) {
  return kHandlings.at(static_cast<std::size_t>(handling));
}

Result<std::vector<Association>> associations_for(const Chain& chain,
                                                  const std::vector<Combination>& records) {
  std::vector<Association> out;
  for (const auto& record : records) {
    const Block* subject = record.names_issuer() ? chain.issuer() : &chain.leaf();
    if (subject == nullptr) {
      return fail(Errc::kBadInput,
                  fmt::format("'{}' needs the issuer's certificate, which is not in the chain",
                              to_text(record)),
                  "give fullchain.pem");
    }
    DW_TRY(auto data, association_data(*subject, record.selector, record.matching));
    out.push_back({record, std::move(data)});
  }
  return out;
}

Result<Renewal> classify(const Chain& renewed, const RenewalPolicy& policy,
                         const RenewalFacts& facts) {
  return Classifier(renewed, policy, facts).run();
}

}  // namespace danewerk::tlsa
