#include "observe/first_keys.h"

#include <doctest/doctest.h>

#include "unit/observe/samples.h"

namespace danewerk::observe {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): a test's own samples

Look look_with(std::vector<DsAnswer> parents) {
  Look look{.zone = name("example.")};
  look.parents = {.was_asked = true, .answers = std::move(parents)};
  return look;
}

TEST_CASE("first keys: they may be made when nobody shows any (promise P4)") {
  CHECK(judge_first_keys(look_with({shows({}), shows({})}), {}).may_be_made());
  // Nobody to ask: `parents: none`.
  CHECK(judge_first_keys(Look{.zone = name("example.")}, {}).may_be_made());
}

TEST_CASE("first keys: a DS at any parent that no key of ours accounts for forbids them") {
  const auto look = look_with({shows({}), shows({ds(key(1))})});
  const auto judged = judge_first_keys(look, {});
  REQUIRE(judged.foreign.size() == 1);
  CHECK(judged.foreign.front().starts_with("parent server 192.0.2.1@53 shows DS "));
  CHECK(judge_first_keys(look, {key(1)}).may_be_made());
  CHECK_FALSE(judge_first_keys(look, {key(2)}).may_be_made());
}

TEST_CASE("first keys: a DNSKEY at a secondary forbids them; a revoked one of ours does not") {
  auto look = look_with({shows({})});
  auto reply = answered();
  reply.message.answers.push_back(
      {.owner = name("Example."), .type = dns::RrType::kDnskey, .rdata = key(1).rdata()});
  look.dnskeys.push_back(read_dnskey_answer("192.0.2.53@53", name("example."), reply));
  CHECK(judge_first_keys(look, {}).foreign ==
        std::vector{"secondary 192.0.2.53@53 shows DNSKEY " + std::to_string(key(1).tag()) +
                    " (algorithm 15)"});
  auto revoked = key(1);
  revoked.flags |= model::Dnskey::kRevoked;
  CHECK(judge_first_keys(look, {revoked}).may_be_made());
}

TEST_CASE("first keys: parents that cannot be asked forbid them, secondaries do not") {
  CHECK(judge_first_keys(look_with({shows({}), silent()}), {}).unanswered.size() == 1);
  auto lost = look_with({});
  lost.parents.why = "no resolver says";
  CHECK(judge_first_keys(lost, {}).unanswered == std::vector<std::string>{"no resolver says"});
  auto alone = look_with({shows({})});
  alone.dnskeys.push_back(read_dnskey_answer("192.0.2.53@53", name("example."), net::Reply{}));
  CHECK(judge_first_keys(alone, {}).may_be_made());
}

}  // namespace
}  // namespace danewerk::observe
