/// \file
/// Services that answer, and offer no TLS: records would have senders defer their mail (RFC 7672
/// section 2.2). None come on their account, and none go.

#include <algorithm>

#include <doctest/doctest.h>

#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

namespace {

using enum model::BindingMode;

const BindingWait& wait_of(const BindingDriver& mail, std::string_view rule) {
  const auto found = std::ranges::find(mail.last.waits, rule, &BindingWait::rule);
  REQUIRE(found != mail.last.waits.end());
  return *found;
}

}  // namespace

TEST_CASE("binding INIT: no record comes while a service answers without TLS") {
  BindingDriver mail(kStable);
  mail.without_tls["mx"] = true;
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  mail.run_for(days(2));
  CHECK(mail.served() == "k1");
  CHECK(mail.last.label == BindingLabel::kInit);
  CHECK(mail.published().empty());
  const auto& wait = wait_of(mail, ids::kTlsaPlain);
  CHECK(wait.is_operators);
  CHECK(wait.reason == "mx answers without TLS: with records published, senders would defer");
  CHECK_FALSE(mail.found(ids::kTlsaSilent));  // it was reached
  CHECK_FALSE(mail.found(ids::kTlsaPlain));   // nobody is refused
  CHECK_FALSE(mail.binding.confirmed);        // so it is looked at again
  mail.without_tls["mx"] = false;
  mail.run_for(minutes(20));
  CHECK(mail.published() == "311:k1");
  CHECK_FALSE(mail.waits_for(ids::kTlsaPlain));
}

TEST_CASE("binding INIT: one of several services without TLS is enough") {
  BindingDriver mail(kStable);
  mail.endpoints = {"mx", "mx v6"};
  mail.without_tls["mx v6"] = true;
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  mail.run_for(hours(1));
  CHECK(mail.published().empty());
  mail.without_tls["mx v6"] = false;
  mail.silent["mx v6"] = true;
  mail.run_for(hours(1));
  CHECK(mail.published() == "311:k1");
}

TEST_CASE("binding: where a service drops TLS, records stay, and it is told of") {
  auto mail = bound(kNext);
  mail.without_tls["mx"] = true;
  mail.run_for(days(1));
  CHECK(mail.published() == "311:k1");
  CHECK(mail.found(ids::kTlsaPlain));
  SUBCASE("a next key is announced beside the current one") {
    REQUIRE(mail.next_key("k2"));
    mail.run_for(days(1));
    CHECK(mail.published() == "311:k1 311:k2");
    CHECK_FALSE(mail.waits_for(ids::kTlsaPlain));
  }
  SUBCASE("another combination does not come") {
    mail.forms = {"311", "211"};
    mail.run_for(days(1));
    CHECK(mail.published() == "311:k1");
    CHECK(mail.waits_for(ids::kTlsaPlain));
    mail.without_tls["mx"] = false;
    mail.run_for(days(1));
    CHECK(mail.published() == "211:i1 211:i2 311:k1");
  }
  SUBCASE("until it has TLS again") {
    mail.without_tls["mx"] = false;
    mail.pass();
    CHECK_FALSE(mail.found(ids::kTlsaPlain));
  }
}

TEST_CASE("binding: a service without TLS whose owner has no records refuses nobody") {
  auto mail = bound(kStable);
  auto asked = mail.situation();
  auto& endpoint = asked.endpoints.front();
  endpoint.is_without_tls = true;
  const auto finds_it = [&] {
    const auto decision = decide(asked);
    return std::ranges::find(decision.findings, ids::kTlsaPlain, &BindingFinding::rule) !=
           decision.findings.end();
  };
  CHECK(finds_it());
  endpoint.owner = kOwner;
  CHECK(finds_it());
  endpoint.owner = "_110._tcp.mx.";
  CHECK_FALSE(finds_it());
}

}  // namespace danewerk::rollover
