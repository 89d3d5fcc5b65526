/// \file
/// What endpoints present that nobody decided.

#include <doctest/doctest.h>

#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

using enum model::BindingMode;

TEST_CASE("binding drift: what is to be served is put there again, at once") {
  auto mail = bound(kStable, {"311"});
  mail.stuck["mx"] = {.id = "cx", .key = "kx", .issuers = {"i1"}};
  mail.run_for(minutes(10));
  mail.pass();
  mail.run_for(minutes(10));
  CHECK(mail.did("restore c1"));
  CHECK(mail.published() == "311:k1");
  REQUIRE(mail.binding.incidents.size() == 1);
  CHECK(mail.binding.incidents.front().rule == ids::kTlsaDrift);
}

TEST_CASE("binding drift: where we do not serve, the record of a live key that we knew is added") {
  auto mail = bound(kStable, {"311"});
  mail.policy.has_served_folder = false;
  mail.binding.keys.push_back({.id = "kx", .use = model::BindingKeyUse::kRetired});
  mail.stuck["mx"] = {.id = "cx", .key = "kx", .issuers = {"i1"}};
  mail.run_for(minutes(10));
  mail.run_for(minutes(10));
  CHECK(mail.published() == "311:k1 311:kx");
  REQUIRE(mail.binding.incidents.size() == 1);
  CHECK(mail.binding.incidents.front().is_open);
}

TEST_CASE("binding drift: a key that nobody ever had is told of, and never published") {
  auto mail = bound(kStable, {"311"});
  mail.policy.has_served_folder = false;
  mail.stuck["mx"] = {.id = "cx", .key = "kx", .issuers = {"i1"}};
  mail.run_for(minutes(10));
  mail.run_for(minutes(10));
  CHECK(mail.published() == "311:k1");
  CHECK(mail.found(ids::kTlsaStranger));
  CHECK(mail.found(ids::kTlsaDrift));
}

TEST_CASE("binding drift of some endpoints: they are reloaded, the records stay") {
  auto mail = bound(kStable, {"311"});
  mail.endpoints = {"mx", "mx v6"};
  mail.run_for(minutes(20));
  mail.stuck["mx v6"] = {.id = "cx", .key = "kx", .issuers = {"i1"}};
  mail.run_for(minutes(10));
  mail.run_for(minutes(10));
  CHECK(mail.last.reload == std::vector<std::string>{"mx v6"});
  CHECK(mail.published() == "311:k1");
  CHECK(mail.binding.incidents.empty());
}

}  // namespace danewerk::rollover
