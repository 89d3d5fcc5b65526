#include <functional>
#include <set>

#include <doctest/doctest.h>

#include "config/config.h"

namespace danewerk::config {

TEST_CASE("digest: every value of policy and zone is in it") {
  using model::Policy;
  using Change = std::function<void(Policy&, ZoneConfig&)>;
  const std::vector<Change> changes{
      [](Policy&, ZoneConfig&) {},
      [](Policy& p, ZoneConfig&) { p.algorithm = crypto::Algorithm::kEd25519; },
      [](Policy& p, ZoneConfig&) { p.is_unsigned = true; },
      [](Policy& p, ZoneConfig&) { p.has_csk = true; },
      [](Policy& p, ZoneConfig&) { p.ksk.bits = 3072; },
      [](Policy& p, ZoneConfig&) { p.ksk.lifetime = seconds(0); },
      [](Policy& p, ZoneConfig&) { p.ksk_roll = model::KskRoll::kDoubleDs; },
      [](Policy& p, ZoneConfig&) { p.zsk.bits = 3072; },
      [](Policy& p, ZoneConfig&) { p.zsk.lifetime.reset(); },
      [](Policy& p, ZoneConfig&) { p.zsk_roll_in = seconds(0); },
      [](Policy& p, ZoneConfig&) { p.standby_ksks = 1; },
      [](Policy& p, ZoneConfig&) { p.standby_zsks = 1; },
      [](Policy& p, ZoneConfig&) { p.is_manual = true; },
      [](Policy& p, ZoneConfig&) { p.denial.kind = model::DenialKind::kNsec; },
      [](Policy& p, ZoneConfig&) { p.denial.iterations = 1; },
      [](Policy& p, ZoneConfig&) { p.denial.salt = {1}; },
      [](Policy& p, ZoneConfig&) { p.denial.opt_out = true; },
      [](Policy& p, ZoneConfig&) { p.signatures.validity = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.signatures.refresh = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.signatures.spread = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.signatures.batch = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.signatures.inception_offset = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.signatures.dnskey_validity = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.signatures.dnskey_refresh = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.dnskey_ttl = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.max_zone_ttl = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.propagation_delay = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.parent_propagation_delay = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.parent_ds_ttl = seconds(1); },
      [](Policy& p, ZoneConfig&) { p.cds = model::CdsPolicy::kAlways; },
      [](Policy& p, ZoneConfig&) { p.ds_digests = {4}; },
      [](Policy& p, ZoneConfig&) { p.serial = model::SerialPolicy::kDate; },
      [](Policy& p, ZoneConfig&) { p.has_zonemd = true; },
      [](Policy& p, ZoneConfig&) { p.key_retention = seconds(1); },
      [](Policy&, ZoneConfig& z) { z.name = "a."; },
      [](Policy&, ZoneConfig& z) { z.policy = "a"; },
      [](Policy&, ZoneConfig& z) { z.file = "a"; },
      [](Policy&, ZoneConfig& z) { z.output = "a"; },
      [](Policy&, ZoneConfig& z) { z.output_mode = 0600; },
      [](Policy&, ZoneConfig& z) { z.after_publish.words = {"a", "b"}; },
      [](Policy&, ZoneConfig& z) { z.after_publish.words = {"a b"}; },
      [](Policy&, ZoneConfig& z) { z.after_publish.timeout = seconds(1); },
      [](Policy&, ZoneConfig& z) { z.secondaries = {{{"192.0.2.1", 53}}}; },
      [](Policy&, ZoneConfig& z) { z.secondaries = {{{"192.0.2.1", 54}}}; },
      [](Policy&, ZoneConfig& z) { z.secondaries = {{{"192.0.2.1", 53}, "k."}}; },
      [](Policy&, ZoneConfig& z) { z.secondaries = {{{"192.0.2.1", 53}, "", false}}; },
      [](Policy&, ZoneConfig& z) { z.secondaries = {{{"192.0.2.1", 53}, "", true, false}}; },
      [](Policy&, ZoneConfig& z) { z.allow_transfer = {{{"192.0.2.1", 32}, ""}}; },
      [](Policy&, ZoneConfig& z) { z.allow_transfer = {{{"192.0.2.1", 32}, "k."}}; },
      [](Policy&, ZoneConfig& z) { z.parents = ParentsNone(); },
      [](Policy&, ZoneConfig& z) { z.parents = ParentServers{{{"192.0.2.1", 53}}}; },
      [](Policy&, ZoneConfig& z) { z.parents = ParentZone{"org."}; }};
  std::set<std::string> digests;
  for (const auto& change : changes) {
    Policy policy;
    ZoneConfig zone{.name = "example.org."};
    change(policy, zone);
    digests.insert(policy_digest(policy, zone));
  }
  CHECK(digests.size() == changes.size());
}

TEST_CASE("digest: where a zone is written in the file does not matter") {
  ZoneConfig zone{.name = "example.org."};
  const auto before = policy_digest({}, zone);
  zone.place = {"b", 3, 4};
  CHECK(policy_digest({}, zone) == before);
}

}  // namespace danewerk::config
