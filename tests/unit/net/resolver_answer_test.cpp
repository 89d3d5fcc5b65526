#include "net/resolver_answer.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "dns/rdata_text.h"

namespace danewerk::net {
namespace {

using dns::RrType;

const sys_seconds kNow{seconds(1'800'000'000)};

void append_record(Bytes& out, const std::string& owner, RrType type, const std::string& rdata) {
  const auto name = *dns::name_from_text(owner);
  const auto data = *dns::rdata_from_text(type, rdata);
  const auto wire = name.view().wire();
  out.insert(out.end(), wire.begin(), wire.end());
  append_u16(out, static_cast<std::uint16_t>(type));
  append_u16(out, dns::kClassIn);
  append_u32(out, 600);
  append_u16(out, static_cast<std::uint16_t>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

struct Record {
  std::string owner;
  RrType type;
  std::string rdata;
};

Bytes packet(const std::string& name, RrType type, const std::vector<Record>& answers,
             const std::vector<Record>& authorities = {}) {
  auto out =
      dns::write_query({.name = *dns::name_from_text(name), .type = type, .has_edns = false});
  out[2] |= 0x80;
  out[7] = static_cast<std::uint8_t>(answers.size());
  out[9] = static_cast<std::uint8_t>(authorities.size());
  for (const auto& record : answers) append_record(out, record.owner, record.type, record.rdata);
  for (const auto& record : authorities) {
    append_record(out, record.owner, record.type, record.rdata);
  }
  return out;
}

Lookup read(const std::string& name, RrType type, const Bytes& octets) {
  Lookup lookup{.question = {*dns::name_from_text(name), type}};
  lookup.last = lookup.question.name;
  CHECK(enter_answer(octets, kNow, lookup).has_value());
  return lookup;
}

const std::string kRrsig = "13 3 600 20270201000000 20270101000000 1 zone.example. AAAA";

TEST_CASE("resolver: aliases are followed to the records at their end") {
  const auto lookup = read("a.example", RrType::kA,
                           packet("a.example", RrType::kA,
                                  {{"b.example.", RrType::kCname, "c.zone.example."},
                                   {"a.example.", RrType::kCname, "B.example."},
                                   {"c.zone.example.", RrType::kA, "192.0.2.2"},
                                   {"c.zone.example.", RrType::kA, "192.0.2.1"},
                                   {"d.example.", RrType::kA, "192.0.2.3"},
                                   {"c.zone.example.", RrType::kRrsig, "A " + kRrsig}}));
  REQUIRE(lookup.aliases.size() == 2);
  CHECK(dns::to_canonical_text(lookup.last) == "c.zone.example.");
  CHECK(lookup.records == std::vector<Bytes>{{192, 0, 2, 1}, {192, 0, 2, 2}});
  CHECK(lookup.ttl == 600);
  REQUIRE(lookup.signature.has_value());
  CHECK(to_dns_text(lookup.signature->expiration) == "20270201000000");
  REQUIRE(lookup.zone.has_value());
  CHECK(dns::to_text(*lookup.zone) == "zone.example.");
}

TEST_CASE("resolver: aliases in a circle end") {
  const auto lookup = read("a.example", RrType::kA,
                           packet("a.example", RrType::kA,
                                  {{"a.example.", RrType::kCname, "b.example."},
                                   {"b.example.", RrType::kCname, "a.example."}}));
  CHECK(lookup.records.empty());
  CHECK(lookup.aliases.size() == 16);
}

TEST_CASE("resolver: asked for an alias itself, that is the record") {
  const auto lookup =
      read("a.example", RrType::kCname,
           packet("a.example", RrType::kCname, {{"a.example.", RrType::kCname, "b.example."}}));
  CHECK(lookup.records.size() == 1);
  CHECK(lookup.aliases.empty());
}

TEST_CASE("resolver: a denial names the zone by its SOA (RFC 2308 section 3)") {
  const std::string soa = "ns. host. 1 2 3 4 5";
  const auto lookup =
      read("a.example", RrType::kTlsa,
           packet("a.example", RrType::kTlsa, {}, {{"example.", RrType::kSoa, soa}}));
  REQUIRE(lookup.zone.has_value());
  CHECK(dns::to_text(*lookup.zone) == "example.");
  const auto other = read("a.example", RrType::kTlsa,
                          packet("a.example", RrType::kTlsa, {}, {{"other.", RrType::kSoa, soa}}));
  CHECK_FALSE(other.zone.has_value());
}

TEST_CASE("resolver: the signature that ends first counts") {
  const auto lookup = read("a.example", RrType::kA,
                           packet("a.example", RrType::kA,
                                  {{"a.example.", RrType::kA, "192.0.2.1"},
                                   {"a.example.", RrType::kRrsig,
                                    "A 8 2 600 20270301000000 20270101000000 1 example. AAAA"},
                                   {"a.example.", RrType::kRrsig, "A " + kRrsig}}));
  REQUIRE(lookup.signature.has_value());
  CHECK(to_dns_text(lookup.signature->expiration) == "20270201000000");
}

TEST_CASE("resolver: octets that are no message are refused, cut ones too") {
  const auto whole = packet("a.example", RrType::kA,
                            {{"a.example.", RrType::kCname, "b.example."},
                             {"b.example.", RrType::kRrsig, "A " + kRrsig}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Lookup lookup{.question = {*dns::name_from_text("a.example"), RrType::kA}};
    lookup.last = lookup.question.name;
    CHECK_FALSE(enter_answer(ByteView(whole).first(size), kNow, lookup).has_value());
  }
  CHECK(rc::check("changed octets", [&](std::size_t at, std::uint8_t value) {
    auto octets = whole;
    octets[at % octets.size()] = value;
    Lookup lookup{.question = {*dns::name_from_text("a.example"), RrType::kA}};
    lookup.last = lookup.question.name;
    static_cast<void>(enter_answer(octets, kNow, lookup));
    RC_ASSERT(lookup.aliases.size() <= 16);
  }));
}

}  // namespace
}  // namespace danewerk::net
