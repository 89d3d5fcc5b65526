#include "update/send.h"

#include <doctest/doctest.h>

namespace danewerk::update {
namespace {

net::Reply reply(dns::Rcode rcode) {
  net::Reply made{.outcome = net::Outcome::kAnswered};
  made.message.rcode = rcode;
  return made;
}

TEST_CASE("send: records are added and deleted one by one, the RRset is never named") {
  const auto owner = *dns::name_from_text("_25._tcp.mx1.example.org.");
  dns::Update update;
  add_to(update, owner, {.add = {{3, 1, 1, 7}}, .remove = {{3, 1, 1, 8}}, .ttl = seconds(3600)});
  REQUIRE(update.records.size() == 2);
  CHECK(update.records[0].act == dns::Update::Act::kAdd);
  CHECK(update.records[0].ttl == 3600);
  CHECK(update.records[0].rdata == Bytes{3, 1, 1, 7});
  CHECK(update.records[1].act == dns::Update::Act::kDelete);
  CHECK(update.records[1].rdata == Bytes{3, 1, 1, 8});
  CHECK(update.not_aliases.size() == 1);
}

TEST_CASE("send: what is only deleted may stand beside an alias") {
  dns::Update update;
  add_to(update, *dns::name_from_text("a."), {.remove = {{3, 1, 1, 8}}});
  CHECK(update.not_aliases.empty());
}

TEST_CASE("send: NOERROR alone is a yes (RFC 2136 section 3.8)") {
  CHECK(read_reply(reply(dns::Rcode::kNoError)).outcome == Sent::Outcome::kAccepted);
  for (const auto rcode :
       {dns::Rcode::kRefused, dns::Rcode::kNotAuth, dns::Rcode::kNotZone, dns::Rcode::kYxRrset,
        dns::Rcode::kServerFailure, dns::Rcode::kNotImplemented, dns::Rcode::kFormatError}) {
    const auto sent = read_reply(reply(rcode));
    CHECK(sent.outcome == Sent::Outcome::kRefused);
    CHECK(sent.why.find(dns::to_text(rcode)) != std::string::npos);
    CHECK_FALSE(sent.hint.empty());
  }
}

TEST_CASE("send: without an answer nobody knows whether it was done") {
  const auto sent = read_reply({.outcome = net::Outcome::kSilent, .why = "does not answer"});
  CHECK(sent.outcome == Sent::Outcome::kUnknown);
  CHECK(sent.why == "does not answer");
}

}  // namespace
}  // namespace danewerk::update
