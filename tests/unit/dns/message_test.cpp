#include "dns/message.h"

#include <tuple>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

#include "dns/rdata_text.h"

namespace danewerk::dns {
namespace {

Name name(std::string_view text) {
  auto read = name_from_text(text);
  REQUIRE(read.has_value());
  return *std::move(read);
}

Bytes octets(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ' && c != '\n') digits += c;
  }
  const auto read = from_hex(digits);
  REQUIRE(read.has_value());
  return *read;
}

/// Head of a response with id 0x1234 and AA: one question, and so many records.
std::string head(std::string_view counts) {
  return "1234 8400 0001 " + std::string(counts);
}
/// "example. SOA", at offset 12.
constexpr std::string_view kQuestion = " 07 6578616d706c65 00 0006 0001 ";

std::string refused(std::string_view hex) {
  const auto read = read_message(octets(hex));
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code() == Errc::kBadInput);
  return read.error().message();
}

TEST_CASE(
    "message: a query has one question, RD off, and offers 1232 octets (RFC 6891 section 6.2.3)") {
  const Query query{.id = 0x1234, .name = name("example."), .type = RrType::kSoa};
  CHECK(write_query(query) == octets("1234 0000 0001 0000 0000 0001 07 6578616d706c65 00 0006 0001"
                                     "00 0029 04d0 00000000 0000"));
}

TEST_CASE("message: RD, DO and no EDNS are written when they are asked for") {
  Query query{.id = 1, .name = Name(), .type = RrType::kNs};
  query.is_recursion_desired = true;
  query.is_dnssec_ok = true;
  CHECK(write_query(query) ==
        octets("0001 0100 0001 0000 0000 0001 00 0002 0001 00 0029 04d0 00008000 0000"));
  query.has_edns = false;
  CHECK(write_query(query) == octets("0001 0100 0001 0000 0000 0000 00 0002 0001"));
}

TEST_CASE(
    "message: compressed names in owner and RDATA are read in full (RFC 1035 section 4.1.4)") {
  // example. SOA: ns.example. (compressed), a pointer to that name's first label.
  const auto read = read_message(octets(head("0001 0000 0000") + std::string(kQuestion) +
                                        "c00c 0006 0001 00000e10 001b"
                                        "02 6e73 c00c  c025  00000007 00000001 00000002 00000003"
                                        "00000004"));
  REQUIRE(read.has_value());
  REQUIRE(read->answers.size() == 1);
  const auto& soa = read->answers.front();
  CHECK(to_text(soa.owner) == "example.");
  CHECK(soa.ttl == 3600);
  CHECK(rdata_to_text(soa.type, soa.rdata) == "ns.example. ns.example. 7 1 2 3 4");
  CHECK(read->head.is_authoritative());
  CHECK(is_answer_to(*read, {.id = 0x1234, .name = name("EXAMPLE."), .type = RrType::kSoa}));
}

TEST_CASE("message: an answer to another question, id or class is none (RFC 5452 section 9.1)") {
  const Query query{.id = 0x1234, .name = name("example."), .type = RrType::kSoa};
  const auto answers = [&](std::string_view hex) {
    const auto read = read_message(octets(hex));
    REQUIRE(read.has_value());
    return is_answer_to(*read, query);
  };
  const std::string none = " 0000 0000 0000 ";
  CHECK(answers("1234 8400 0001" + none + "07 6578616d706c65 00 0006 0001"));
  CHECK_FALSE(answers("1235 8400 0001" + none + "07 6578616d706c65 00 0006 0001"));
  CHECK_FALSE(answers("1234 0400 0001" + none + "07 6578616d706c65 00 0006 0001"));
  CHECK_FALSE(answers("1234 a400 0001" + none + "07 6578616d706c65 00 0006 0001"));
  CHECK_FALSE(answers("1234 8400 0001" + none + "07 6578616d706c66 00 0006 0001"));
  CHECK_FALSE(answers("1234 8400 0001" + none + "07 6578616d706c65 00 0002 0001"));
  CHECK_FALSE(answers("1234 8400 0001" + none + "07 6578616d706c65 00 0006 0003"));
  CHECK_FALSE(answers("1234 8400 0000" + none));
  // FORMERR from a server that did not get as far as the question.
  CHECK(answers("1234 8001 0000" + none));
}

TEST_CASE("message: a name that points at itself, forward or into the head is refused") {
  const auto with_owner = [&](std::string_view owner) {
    return refused(head("0001 0000 0000") + std::string(kQuestion) + std::string(owner) +
                   " 0001 0001 00000000 0004 c0000201");
  };
  CHECK(with_owner("c019") == "a name that is none");
  CHECK(with_owner("c020") == "a name that is none");
  CHECK(with_owner("c000") == "a name that is none");
  CHECK(with_owner("01 61 c019") == "a name that is none");
  CHECK(with_owner("40") == "a name that is none");
}

TEST_CASE("message: a name of more than 255 octets is refused, one of 255 is read") {
  // CNAMEs, each a label of 63 octets and a pointer to the one before.
  std::string hex = head("0004 0000 0000") + std::string(kQuestion);
  std::size_t last = 12;
  std::size_t end = 25;
  const auto add = [&](std::size_t label) {
    hex += fmt::format("00 0005 0001 00000000 {:04x}{:02x}", label + 3, label);
    for (std::size_t i = 0; i < label; ++i) hex += "61";
    hex += fmt::format("{:04x}", 0xc000U | last);
    last = end + 11;
    end = last + label + 3;
  };
  for (int i = 0; i < 3; ++i) add(63);
  const auto before = std::tuple(hex, last, end);
  // 3 * 64 + "example." (9) = 201; 53 more octets and their length make 255.
  add(53);
  const auto read = read_message(octets(hex));
  REQUIRE(read.has_value());
  CHECK(read->answers[3].rdata.size() == 255);
  std::tie(hex, last, end) = before;
  add(54);
  CHECK(refused(hex) == "RDATA that is none");
}

TEST_CASE("message: EDNS brings the upper bits of the RCODE (RFC 6891 section 6.1.3)") {
  const auto read = read_message(octets("1234 8000 0001 0000 0000 0001" + std::string(kQuestion) +
                                        "00 0029 04d0 01000000 0000"));
  REQUIRE(read.has_value());
  CHECK(read->rcode == Rcode::kBadVersion);
  CHECK(read->has_edns);
  CHECK(read->additionals.empty());
  CHECK(refused("1234 8000 0001 0000 0000 0002" + std::string(kQuestion) +
                "00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000") == "a bad OPT record");
}

TEST_CASE("message: TSIG is the last record and comes in parts (RFC 8945 section 5.1)") {
  const std::string tsig =
      "01 6b 00 00fa 00ff 00000000 001d 03 6d6163 00 000000000007 012c 0002 abcd 1111 0012 0006"
      "000000000009";
  const auto read =
      read_message(octets("1234 8400 0001 0000 0000 0001" + std::string(kQuestion) + tsig));
  REQUIRE(read.has_value());
  REQUIRE(read->tsig.has_value());
  CHECK(to_text(read->tsig->key) == "k.");
  CHECK(to_text(read->tsig->algorithm) == "mac.");
  CHECK(read->tsig->time_signed == 7);
  CHECK(read->tsig->fudge == 300);
  CHECK(read->tsig->mac == octets("abcd"));
  CHECK(read->tsig->original_id == 0x1111);
  CHECK(read->tsig->error == 18);
  CHECK(read->tsig->other == octets("000000000009"));
  CHECK(read->tsig->at == 25);
  CHECK(refused("1234 8400 0001 0000 0000 0002" + std::string(kQuestion) + tsig +
                "00 0029 04d0 00000000 0000") == "TSIG is not the last record");
  CHECK(refused("1234 8400 0001 0001 0000 0000" + std::string(kQuestion) + tsig) ==
        "OPT or TSIG outside its section");
}

TEST_CASE("message: a TTL with its highest bit set is 0 (RFC 2181 section 8)") {
  const auto read = read_message(
      octets(head("0001 0000 0000") + std::string(kQuestion) + "c00c fde8 0001 80000001 0001 ff"));
  REQUIRE(read.has_value());
  CHECK(read->answers.front().ttl == 0);
  CHECK(read->answers.front().rdata == Bytes{0xff});
}

TEST_CASE("message: one that is cut off anywhere, or too long, is refused") {
  const auto whole =
      octets(head("0001 0000 0001") + std::string(kQuestion) +
             "c00c 0023 0001 00000001 0014 0001 0002 01 61 01 62 00 05 7265706c79 c00c" +
             "c00c 002b 0001 00000001 0005 1234 08 02 ff");
  // The second record stands in the additional section; NAPTR's RDATA is 4 + 2 + 2 + 1 + name.
  auto fixed = whole;
  fixed[36] = 17;
  CHECK(read_message(fixed).has_value());
  for (std::size_t size = 0; size < fixed.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read_message(ByteView(fixed).first(size)).has_value());
  }
  fixed.push_back(0);
  CHECK_FALSE(read_message(fixed).has_value());
}

TEST_CASE("message: whatever is written as a query is read as the same") {
  CHECK(rc::check("query", [] {
    const auto label = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
    Query query;
    query.id = *rc::gen::arbitrary<std::uint16_t>();
    query.name = *name_from_text(label.substr(0, 63) + ".");
    query.type = static_cast<RrType>(*rc::gen::arbitrary<std::uint16_t>());
    query.has_edns = *rc::gen::arbitrary<bool>();
    auto wire = write_query(query);
    wire[2] |= 0x80U;
    const auto read = read_message(wire);
    RC_ASSERT(read.has_value());
    RC_ASSERT(is_answer_to(*read, query));
    RC_ASSERT(read->has_edns == query.has_edns);
  }));
}

}  // namespace
}  // namespace danewerk::dns
