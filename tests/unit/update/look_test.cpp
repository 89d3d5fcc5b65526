#include "update/look.h"

#include <doctest/doctest.h>

namespace danewerk::update {
namespace {

using Kind = ServerAnswer::Kind;

constexpr sys_seconds kNow{seconds(1'800'000'000)};

dns::Name name(std::string_view text) {
  return *dns::name_from_text(text);
}

Bytes name_octets(std::string_view text) {
  const auto of = name(text);
  return {of.view().wire().begin(), of.view().wire().end()};
}

dns::MessageRecord record(std::string_view owner, dns::RrType type, Bytes rdata,
                          dns::Ttl ttl = 3600) {
  return {.owner = name(owner), .type = type, .ttl = ttl, .rdata = std::move(rdata)};
}

dns::MessageRecord soa(std::uint32_t serial, dns::Ttl ttl = 7200) {
  Bytes rdata = {0, 0};
  for (const std::uint32_t number : {serial, 3600U, 900U, 604'800U, 1800U}) {
    append_u32(rdata, number);
  }
  return record("example.org.", dns::RrType::kSoa, std::move(rdata), ttl);
}

dns::MessageRecord rrsig(std::string_view owner, sys_seconds until) {
  Bytes rdata = {0, 52, 13, 4, 0, 0, 14, 16};
  append_u32(rdata, static_cast<std::uint32_t>(until.time_since_epoch().count()));
  append_u32(rdata, static_cast<std::uint32_t>((kNow - seconds(3600)).time_since_epoch().count()));
  append_u16(rdata, 1);
  const auto signer = name_octets("example.org.");
  rdata.insert(rdata.end(), signer.begin(), signer.end());
  rdata.push_back(1);
  return record(owner, dns::RrType::kRrsig, std::move(rdata));
}

net::Reply reply(std::vector<dns::MessageRecord> answers) {
  net::Reply made{.outcome = net::Outcome::kAnswered};
  made.message.head.flags = 0x8400;
  made.message.answers = std::move(answers);
  return made;
}

constexpr std::string_view kOwner = "_25._tcp.mx1.example.org.";

ServerAnswer read(const net::Reply& tlsa, const net::Reply& of_soa = reply({soa(5)})) {
  return read_answer({.owner = name(kOwner)}, name("example.org."), of_soa, tlsa, kNow);
}

TEST_CASE("look: records, TTL and the end of their signature are what a server shows") {
  const auto until = kNow + std::chrono::days(3);
  const auto answer =
      read(reply({record(kOwner, dns::RrType::kTlsa, {3, 1, 1, 7}), rrsig(kOwner, until)}));
  CHECK(answer.kind == Kind::kShows);
  CHECK(answer.records == std::set<Bytes>{{3, 1, 1, 7}});
  CHECK(answer.ttl == seconds(3600));
  CHECK(answer.is_signed);
  CHECK(answer.signed_until == until);
  CHECK(answer.soa.serial == 5);
  CHECK(answer.soa.expire == seconds(604'800));
}

TEST_CASE("look: that there is none is cached for the lesser of SOA TTL and MINIMUM") {
  const auto answer = read(reply({}), reply({soa(5, 600)}));
  CHECK(answer.kind == Kind::kShows);
  CHECK(answer.records.empty());
  CHECK(answer.ttl == seconds(600));
}

TEST_CASE("look: a signature that ended is none") {
  const auto answer = read(
      reply({record(kOwner, dns::RrType::kTlsa, {3, 1, 1, 7}), rrsig(kOwner, kNow - seconds(1))}));
  CHECK_FALSE(answer.is_signed);
}

TEST_CASE("look: an alias within the zone is followed, and its TTL counts") {
  const auto answer =
      read(reply({record(kOwner, dns::RrType::kCname, name_octets("tlsa._dane.example.org."), 900),
                  record("tlsa._dane.example.org.", dns::RrType::kTlsa, {3, 1, 1, 7})}));
  CHECK(answer.kind == Kind::kShows);
  CHECK(answer.target == "tlsa._dane.example.org.");
  CHECK(answer.alias_ttl == seconds(900));
  CHECK(answer.records.size() == 1);
}

TEST_CASE("look: an alias out of the zone, or a loop, does not count") {
  CHECK(read(reply({record(kOwner, dns::RrType::kCname, name_octets("a.example.net."))})).kind ==
        Kind::kLame);
  CHECK(read(reply({record(kOwner, dns::RrType::kCname, name_octets(kOwner))})).kind ==
        Kind::kLame);
}

TEST_CASE("look: neither an answer without authority, nor REFUSED, nor another zone's SOA counts") {
  auto lame = reply({});
  lame.message.head.flags = 0x8000;
  CHECK(read(lame).kind == Kind::kLame);
  auto refused = reply({});
  refused.message.rcode = dns::Rcode::kRefused;
  CHECK(read(refused).why == "answers REFUSED");
  CHECK(read(reply({}), reply({})).kind == Kind::kLame);
  CHECK(read({.outcome = net::Outcome::kSilent, .why = "does not answer"}).kind == Kind::kSilent);
}

TEST_CASE("look: records too short to be any are left out") {
  const auto answer = read(reply({record(kOwner, dns::RrType::kTlsa, {3, 1}),
                                  record("other.", dns::RrType::kTlsa, {3, 1, 1, 7})}));
  CHECK(answer.records.empty());
}

TEST_CASE("look: the zone of an owner is looked for at its host, where something is") {
  CHECK(dns::to_text(host_of(name(kOwner))) == "mx1.example.org.");
  CHECK(dns::to_text(host_of(name("mx1.example.org."))) == "mx1.example.org.");
}

}  // namespace
}  // namespace danewerk::update
