#include "observe/parents.h"

#include <doctest/doctest.h>

#include "unit/observe/samples.h"

namespace danewerk::observe {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): a test's own samples
using dns::RrType;
using Kind = DsAnswer::Kind;

constexpr std::string_view kDs =
    "4711 15 2 0000000000000000000000000000000000000000000000000000000000000000";
constexpr std::string_view kSoa = "ns. host. 1 2 3 4 5";

DsAnswer read(const net::Reply& reply) {
  return read_ds_answer({}, name("zone.example."), reply);
}

TEST_CASE("parents: a DS RRset with authority is shown, with its TTL") {
  auto reply = answered();
  reply.message.answers = {record("Zone.example.", RrType::kDs, kDs, 86400),
                           record("zone.example.", RrType::kRrsig,
                                  "DS 15 2 86400 20300101000000 20200101000000 1 example. AAAA")};
  const auto answer = read(reply);
  CHECK(answer.kind == Kind::kShows);
  CHECK(answer.ds.size() == 1);
  CHECK(answer.ttl == seconds(86400));
}

TEST_CASE("parents: without authority nothing counts") {
  auto reply = answered(0x8000);
  reply.message.answers = {record("zone.example.", RrType::kDs, kDs)};
  CHECK(read(reply).kind == Kind::kSilent);
  CHECK(read(reply).why == "answers without authority over the parent zone");
}

TEST_CASE("parents: a no counts with the SOA of a zone above (RFC 4035 section 3.1.4.1)") {
  auto reply = answered();
  reply.message.authorities = {record("example.", RrType::kSoa, kSoa)};
  CHECK(read(reply).kind == Kind::kNone);
  reply.message.rcode = dns::Rcode::kNxDomain;
  CHECK(read(reply).kind == Kind::kNone);
  reply.message.authorities = {record(".", RrType::kSoa, kSoa)};
  CHECK(read(reply).kind == Kind::kNone);
}

TEST_CASE("parents: a server of the zone itself knows nothing of its DS") {
  auto reply = answered();
  reply.message.authorities = {record("zone.example.", RrType::kSoa, kSoa)};
  CHECK(read(reply).kind == Kind::kSilent);
  reply.message.authorities = {record("other.", RrType::kSoa, kSoa)};
  CHECK(read(reply).kind == Kind::kSilent);
  reply.message.authorities = {};
  CHECK(read(reply).kind == Kind::kSilent);
}

TEST_CASE("parents: failures and foreign names are no answer") {
  auto reply = answered();
  reply.message.authorities = {record("example.", RrType::kSoa, kSoa)};
  reply.message.rcode = dns::Rcode::kServerFailure;
  CHECK(read(reply).why == "answers SERVFAIL when asked for the DS");
  reply.message.rcode = dns::Rcode::kNoError;
  reply.message.answers = {record("other.example.", RrType::kDs, kDs)};
  CHECK(read(reply).kind == Kind::kSilent);
  reply.message.answers = {
      {.owner = name("zone.example."), .type = RrType::kDs, .rdata = Bytes{1, 2, 3}}};
  CHECK(read(reply).kind == Kind::kSilent);
  CHECK(read(net::Reply{.why = "does not answer"}).why == "does not answer");
}

TEST_CASE("parents: an address without route does not speak for a server that answers at another") {
  const auto at = [](std::string server, DsAnswer answer) {
    answer.server.name = std::move(server);
    return answer;
  };
  const auto heard =
      one_voice_a_server({at("ns1.", shows({}, "192.0.2.1")), at("ns1.", silent("2001:db8::1")),
                          at("ns2.", silent("192.0.2.2"))});
  REQUIRE(heard.size() == 2);
  CHECK(heard[0].server.name == "ns1.");
  CHECK(heard[1].server.name == "ns2.");
  // Those that are listed without a name are servers of their own.
  CHECK(one_voice_a_server({shows({}), silent()}).size() == 2);
}

}  // namespace
}  // namespace danewerk::observe
