#pragma once

/// \file
/// The way from content to a signed version, for tests of the stages that stand on it. Needs
/// dw_denial, dw_managed, dw_sign, dw_source and dw_store.

#include <string>
#include <vector>

#include "denial/nsec3.h"
#include "denial/update.h"
#include "managed/records.h"
#include "sign/sign_change.h"
#include "support/pool_keys.h"
#include "support/result.h"
#include "support/zone_text.h"

namespace danewerk::support {

/// 2026-01-01T00:00:00Z: within the use of all pool keys.
inline sys_seconds new_year() {
  return test::good(parse_instant("20260101000000"));
}

/// Keys of tests/keys that are in use always.
inline std::vector<model::Key> pool_keys(const std::vector<std::string>& names) {
  std::vector<model::Key> keys;
  for (const auto& name : names) {
    keys.push_back(pool_key(name));
    keys.back().timing = {};
    keys.back().role = (keys.back().dnskey.flags & model::Dnskey::kSecureEntryPoint) != 0
                           ? model::KeyRole::kKsk
                           : model::KeyRole::kZsk;
  }
  return keys;
}

inline sign::SigningKeys signing_keys(const std::vector<std::string>& names) {
  return test::good(sign::SigningKeys::choose(pool_keys(names), new_year()));
}

/// Ed25519: the same data have the same signature.
inline sign::SigningKeys ed25519_keys() {
  return signing_keys({"ed25519-ksk-1", "ed25519-zsk-1"});
}

inline sign::SignaturePolicy policy() {
  return {.now = new_year()};
}

/// Content with its managed and denial records, not signed.
inline dns::Zone prepared(const dns::Zone& content, const sign::SigningKeys& keys,
                          const model::DenialParameters& parameters = {}) {
  managed::Records records{.dnskeys = keys.published};
  if (parameters.kind == model::DenialKind::kNsec3) {
    records.nsec3param = denial::nsec3param_rdata(parameters);
  }
  const auto managed = test::good(managed::add_records(content, records));
  return test::good(
      denial::update({dns::Zone(content.apex()), managed.zone}, {.parameters = parameters}));
}

/// The first signed version of a content.
inline dns::Zone signed_zone(const dns::Zone& content, const sign::SigningKeys& keys,
                             const model::DenialParameters& parameters = {}) {
  const auto zone = prepared(content, keys, parameters);
  return test::good(sign::sign_change({dns::Zone(zone.apex()), zone}, keys, {.policy = policy()}))
      .zone;
}

}  // namespace danewerk::support
