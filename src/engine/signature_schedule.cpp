#include "engine/signature_schedule.h"

#include <algorithm>

#include "engine/zone_facts.h"

namespace danewerk::engine {

namespace {

bool is_anything_due(const dns::Zone& zone, dns::Deadline limit) {
  // Deadlines are moments of RRSIGs: compared by serial arithmetic (RFC 4034 section 3.1.5).
  const auto due = [&](dns::Deadline earliest) {
    return earliest != 0 && static_cast<std::int32_t>(earliest - limit) <= 0;
  };
  return due(zone.names().earliest()) || due(zone.denial().earliest());
}

}  // namespace

seconds refresh_of(const model::Policy& policy, const model::Facts& facts) {
  seconds expire(0);
  auto ttl = policy.dnskey_ttl;
  for (const auto& entry : facts.ledger) {
    if (entry.kind == model::LedgerKind::kExpire) expire = std::max(expire, entry.value);
    if (entry.kind == model::LedgerKind::kSigned) ttl = std::max(ttl, entry.value);
  }
  return model::effective_refresh(policy, expire, ttl);
}

sign::SignaturePolicy schedule(const dns::Change& change, const model::Policy& policy,
                               const model::Facts& facts, sys_seconds now) {
  auto known = facts;
  const auto add = [&](model::LedgerKind kind, seconds value) {
    known.ledger.push_back({.kind = kind, .value = value, .first = 0, .until = 0});
  };
  add(model::LedgerKind::kExpire, soa_of(change.after).expire);
  if (facts.ledger.empty()) add(model::LedgerKind::kSigned, largest_signed_ttl(change, {}));
  const auto refresh = refresh_of(policy, known);
  const auto spread = model::effective_spread(policy, refresh);
  sign::SignaturePolicy signatures{.now = now,
                                   .inception_offset = policy.signatures.inception_offset,
                                   .validity = policy.signatures.validity,
                                   .spread = spread,
                                   .refresh = refresh,
                                   .kept = sign::SignaturePolicy::Kept::kTrusted};
  signatures.dnskey_validity = policy.signatures.dnskey_validity;
  signatures.dnskey_refresh = policy.signatures.dnskey_refresh;
  // One version for all that falls due within the window, so that a quiet zone makes about one a
  // day; never so wide that what is made now would be due again at once.
  const auto room = policy.signatures.validity - spread - refresh;
  if (is_anything_due(change.before, signatures.due_limit())) {
    signatures.refresh += std::min(policy.signatures.batch, std::max(room / 2, seconds(0)));
  }
  return signatures;
}

}  // namespace danewerk::engine
