#include "engine/endpoint_look.h"

#include <doctest/doctest.h>

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using engine::EndpointMemory;
using engine::live_trouble;
using engine::SeenEndpoint;

namespace {

const Bytes kNew{1};
const Bytes kOld{2};

SeenEndpoint at(const std::string& place, const Bytes& leaf, const std::string& variant = "") {
  return {.place = place, .name = place + variant, .chain = {leaf}};
}
SeenEndpoint silent(const std::string& place) {
  return {.place = place, .name = place, .why = "refuses the connection"};
}
SeenEndpoint without_tls(const std::string& place) {
  auto seen = silent(place);
  seen.why = "does not offer STARTTLS";
  seen.is_without_tls = true;
  return seen;
}

}  // namespace

TEST_CASE("endpoints: a service that answered before and is silent now speaks against a reload") {
  const auto trouble =
      live_trouble({"mx:25 at 192.0.2.1 (RSA)"}, {silent("mx:25 at 192.0.2.1")}, kNew);
  CHECK(trouble == "mx:25 at 192.0.2.1 does not answer any more: refuses the connection");
}

TEST_CASE("endpoints: one that offers TLS no more speaks against a reload, one without does not") {
  const auto trouble =
      live_trouble({"mx:25 at 192.0.2.1 (RSA)"}, {without_tls("mx:25 at 192.0.2.1")}, kNew);
  CHECK(trouble == "mx:25 at 192.0.2.1 offers no TLS any more: does not offer STARTTLS");
  CHECK(live_trouble({}, {without_tls("mx:25 at 192.0.2.1")}, kNew).empty());
}

TEST_CASE("endpoints: one that answers without TLS is not one that cannot be reached") {
  const model::Binding binding{};
  const std::vector<model::Endpoint> none;
  EndpointMemory memory(none, binding, sys_seconds{});
  // Several attempts at one place, of which the first was not even answered.
  memory.miss(silent("mx:25 at 192.0.2.1"));
  memory.miss(without_tls("mx:25 at 192.0.2.1"));
  memory.miss(silent("mx:25 at 192.0.2.2"));
  const auto all = std::move(memory).endpoints();
  REQUIRE(all.size() == 2);
  CHECK(all.front().is_without_tls);
  CHECK_FALSE(all.front().is_silent);
  CHECK(all.front().why == "does not offer STARTTLS");
  CHECK_FALSE(all.back().is_without_tls);
  CHECK(all.back().is_silent);
}

TEST_CASE("endpoints: an address that begins like another is not the other") {
  CHECK(live_trouble({"mx:25 at 192.0.2.10 (RSA)"},
                     {silent("mx:25 at 192.0.2.1"), at("mx:25 at 192.0.2.10", kNew, " (RSA)")},
                     kNew)
            .empty());
}

TEST_CASE("endpoints: a host whose addresses cannot be looked up says nothing of its services") {
  CHECK(live_trouble({"mx:25 at 192.0.2.1 (RSA)"}, {silent("mx:25")}, kNew).empty());
}

TEST_CASE("endpoints: all present something else; some may, other machines are behind them") {
  CHECK(live_trouble({}, {at("a", kOld)}, kNew) ==
        "a presents another certificate than it was given");
  CHECK(live_trouble({}, {at("a", kOld), at("b", kNew)}, kNew).empty());
  CHECK(live_trouble({}, {}, kNew).empty());
}

TEST_CASE(
    "endpoints: where nobody answers, what was seen there is remembered, and no more counted") {
  const sys_seconds now{std::chrono::hours(1)};
  const model::Binding binding{};
  const std::vector<model::Endpoint> none;
  EndpointMemory first(none, binding, now);
  first.see(at("mx:25 at 192.0.2.1", kNew, " (RSA)"), {.key = "k"});
  const auto known = std::move(first).endpoints();
  EndpointMemory second(known, binding, now + std::chrono::hours(1));
  second.miss(silent("mx:25 at 192.0.2.1"));
  const auto missed = std::move(second).endpoints();
  REQUIRE(missed.size() == 1);
  CHECK(missed.front().is_silent);
  REQUIRE(missed.front().sight.has_value());
  CHECK(missed.front().sight->hits == 1);
  // Seen again, with nothing new: nothing is written (promise P6).
  EndpointMemory third(missed, binding, now + std::chrono::hours(2));
  third.see(at("mx:25 at 192.0.2.1", kNew, " (RSA)"), {.key = "k"});
  const auto again = std::move(third).endpoints();
  EndpointMemory fourth(again, binding, now + std::chrono::hours(3));
  fourth.see(at("mx:25 at 192.0.2.1", kNew, " (RSA)"), {.key = "k"});
  CHECK(std::move(fourth).endpoints() == again);
}
