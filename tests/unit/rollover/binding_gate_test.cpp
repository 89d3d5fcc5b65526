/// \file
/// Gate G: what every version that may be held says to a chain, and what follows when one refuses.

#include <doctest/doctest.h>

#include "rollover/tlsa_gate.h"
#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

namespace {

using enum model::BindingMode;

}  // namespace

TEST_CASE("gate: every combination alone has to accept the chain (RFC 7671 section 8)") {
  const auto rrset = BindingDriver::records({"311:k1", "211:i1", "111:x"});
  const auto refused = [&](const std::vector<std::string>& satisfied, GateKind kind) {
    const auto found = refusing(rrset, BindingDriver::records(satisfied), kind);
    return found ? model::to_text(*found) : "";
  };
  CHECK(refused({"311:k1", "211:i1"}, GateKind::kStrict).empty());
  CHECK(refused({"311:k1"}, GateKind::kStrict) == "2 1 1");
  CHECK(refused({"311:k1"}, GateKind::kRelaxed).empty());
  CHECK(refused({"111:x"}, GateKind::kRelaxed) == "2 1 1");
  CHECK(refused({}, GateKind::kForced).empty());
}

TEST_CASE("gate: relaxed by policy serves at once, and is written down") {
  auto mail = issuer_mode();
  mail.policy.is_gate_relaxed = true;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.when("deploy c2") == mail.now);
  REQUIRE(mail.binding.incidents.size() == 1);
  CHECK(mail.binding.incidents.front().rule == ids::kTlsaRelaxed);
}

TEST_CASE("gate: an outage goes on while some endpoint presents what caused it") {
  auto mail = issuer_mode();
  mail.policy.is_gate_relaxed = true;
  const auto key = mail.served();
  mail.stuck["mx"] = renewed(mail, "c2", key, "i9");
  mail.offer(mail.stuck["mx"]);
  mail.offer(renewed(mail, "c3", key, "i1"));
  mail.run_for(minutes(30));
  CHECK(mail.binding.incidents.at(0).is_open);
  mail.stuck.clear();
  mail.run_for(days(1));
  CHECK_FALSE(mail.binding.incidents.at(0).is_open);
}

TEST_CASE("gate: an outage goes on while a service that nobody looks at may reload late") {
  auto mail = issuer_mode();
  mail.is_probed = false;
  mail.policy.is_gate_relaxed = true;
  const auto key = mail.served();
  mail.offer(renewed(mail, "c2", key, "i9"));
  mail.run_for(hours(1));
  REQUIRE(mail.did("deploy c2"));
  mail.offer(renewed(mail, "c3", key, "i1"));
  const auto deployed = mail.when("deploy c3");
  mail.run_until(deployed + hours(23));
  CHECK(mail.binding.incidents.at(0).is_open);
  mail.run_for(days(2));
  CHECK_FALSE(mail.binding.incidents.at(0).is_open);
}

TEST_CASE("gate: an outage goes on while versions may be held that refuse what is presented") {
  auto mail = issuer_mode();
  mail.policy.is_gate_relaxed = true;
  const auto key = mail.served();
  mail.stuck["mx"] = renewed(mail, "c2", key, "i9");
  mail.offer(mail.stuck["mx"]);
  mail.forms = {"311"};  // of which c2 matches all
  mail.offer(renewed(mail, "c3", key, "i1"));
  mail.run_for(minutes(30));
  CHECK(mail.binding.incidents.at(0).is_open);
  mail.run_for(days(2));
  CHECK(mail.published() == "311:" + key);
  CHECK_FALSE(mail.binding.incidents.at(0).is_open);
}

TEST_CASE("gate: the verdict names the version, the combination and when it ends") {
  auto mail = bound(kStable, {"311"});
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  const auto views = std::vector<OwnerView>{mail.situation().owners.front().view};
  const auto verdict = gate(BindingDriver::records({"311:k2"}), views, GateKind::kStrict);
  REQUIRE(verdict.first);
  CHECK(verdict.first->owner == kOwner);
  CHECK(model::to_text(verdict.first->combination) == "3 1 1");
  CHECK(verdict.opens.at == began + kAged);
}

}  // namespace danewerk::rollover
