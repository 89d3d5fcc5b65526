#include "rollover/timing.h"

#include <algorithm>

#include <fmt/format.h>

#include "rollover/ds_sight.h"
#include "rollover/everywhere.h"
#include "rollover/ids.h"
#include "rollover/ledger.h"

namespace danewerk::rollover {

namespace {

using model::KeyRecord;
using model::LedgerKind;
using model::RingKey;
using model::Visibility;

bool is_coming(const RingKey& key, KeyRecord record) {
  return key.visibility(record) == Visibility::kRumoured;
}

/// Names what a moment is about, unless it says already who is to blame.
Moment about(Moment moment, std::string_view rule, std::string reason) {
  if (!moment.at) {
    moment.reason = fmt::format("{}: {}", std::move(reason), moment.reason);
    return moment;
  }
  moment.rule = rule;
  moment.reason = std::move(reason);
  return moment;
}

/// Whether the version before had no DNSKEY RRset: then the answer that there is none may be
/// cached (RFC 7583 section 3.2.1 has Ingp for it).
bool is_first_signed(model::VersionNumber version, const Outside& outside) {
  return version > 0 && !has_entry(LedgerKind::kDnskey, version - 1, outside.facts);
}

Moment dnskey_settles(const RingKey& key, KeyRecord record, const Outside& outside) {
  const auto version = key.at(record).version;
  auto moment = cached_until(LedgerKind::kDnskey, version, outside);
  const bool coming = is_coming(key, record);
  if (coming && is_first_signed(version, outside)) {
    moment = later_of(std::move(moment), cached_until(LedgerKind::kDenial, version, outside));
  }
  return about(std::move(moment), coming ? ids::kDnskeyIn : ids::kDnskeyOut,
               fmt::format("caches may hold a DNSKEY RRset {} {}{}", coming ? "without" : "with",
                           record == KeyRecord::kKrrsig ? "a signature by " : "", label(key)));
}

Moment signatures_settle(const RingKey& key, const Outside& outside) {
  const bool coming = is_coming(key, KeyRecord::kZrrsig);
  if (key.resigned == 0) {
    return Moment{.rule = ids::kSigning,
                  .reason = fmt::format("{} by {} {}", coming ? "signatures" : "old signatures",
                                        label(key), coming ? "are not all made yet" : "remain")};
  }
  auto moment = cached_until(LedgerKind::kSigned, key.resigned, outside);
  if (coming && is_first_signed(key.at(KeyRecord::kZrrsig).version, outside)) {
    moment = later_of(std::move(moment), cached_until(LedgerKind::kDenial, key.resigned, outside));
  }
  return about(std::move(moment), coming ? ids::kSignaturesIn : ids::kSignaturesOut,
               fmt::format("caches may hold RRsets {} signature by {}",
                           coming ? "without a" : "with a", label(key)));
}

Moment ds_settles(const RingKey& key, const Outside& outside) {
  const auto sight = ds_sight(key, outside);
  if (is_coming(key, KeyRecord::kDs)) {
    if (!sight.seen) {
      return Moment{.rule = ids::kDsUpload,
                    .reason = fmt::format("the parent does not show the DS of {}", label(key))};
    }
    return Moment{.at = *sight.seen + parent_interval(outside),
                  .rule = ids::kDsIn,
                  .reason = fmt::format("caches may hold a DS RRset without {}", label(key))};
  }
  if (!sight.gone) {
    return Moment{.rule = ids::kDsRemoval,
                  .reason = fmt::format("the parent may still show the DS of {}", label(key))};
  }
  return Moment{.at = *sight.gone + parent_interval(outside),
                .rule = ids::kDsOut,
                .reason = fmt::format("caches may hold a DS RRset with {}", label(key))};
}

}  // namespace

Moment settles(const RingKey& key, KeyRecord record, const Outside& outside) {
  switch (record) {
    case KeyRecord::kDnskey:
    case KeyRecord::kKrrsig:
      return dnskey_settles(key, record, outside);
    case KeyRecord::kZrrsig:
      return signatures_settle(key, outside);
    case KeyRecord::kDs:
      return ds_settles(key, outside);
  }
  return {};
}

seconds publication_interval(const Outside& outside) {
  return expected_propagation(outside) +
         present_value(LedgerKind::kDnskey, outside.policy.dnskey_ttl, outside.facts);
}

seconds parent_interval(const Outside& outside) {
  return outside.policy.parent_propagation_delay +
         std::max(outside.policy.parent_ds_ttl, outside.facts.largest_ds_ttl);
}

seconds lead(model::KeyRole role, const Outside& outside) {
  const auto ipub = publication_interval(outside);
  return role == model::KeyRole::kZsk ? ipub : ipub + parent_interval(outside);
}

}  // namespace danewerk::rollover
