#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "dns/node.h"

using danewerk::Bytes;
using danewerk::ByteView;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it

namespace {

Bytes octets(std::string_view text) {
  const auto view = danewerk::as_bytes(text);
  return {view.begin(), view.end()};
}

Bytes canonical(unsigned type, const Bytes& rdata) {
  Bytes out{0xee};
  append_canonical(out, static_cast<RrType>(type), rdata);
  REQUIRE(out.front() == 0xee);
  out.erase(out.begin());
  return out;
}

using namespace std::string_view_literals;

}  // namespace

TEST_CASE("canonical: names are folded in every type of the list (RFC 4034 section 6.2)") {
  const Bytes upper = octets("\1A\2BC\0"sv);
  const Bytes lower = octets("\1a\2bc\0"sv);
  struct Case {
    unsigned type;
    std::string_view before;
    int names;
  };
  const auto cases = std::to_array<Case>({{2, "", 1},
                                          {3, "", 1},
                                          {4, "", 1},
                                          {5, "", 1},
                                          {6, "", 2},
                                          {7, "", 1},
                                          {8, "", 1},
                                          {9, "", 1},
                                          {12, "", 1},
                                          {14, "", 2},
                                          {15, "AB", 1},
                                          {17, "", 2},
                                          {18, "AB", 1},
                                          {21, "AB", 1},
                                          {24, "ABCDEFGHIJKLMNOPQR", 1},
                                          {26, "AB", 2},
                                          {30, "", 1},
                                          {33, "ABCDEF", 1},
                                          {35, "ABCD\1A\0\2BC"sv, 1},
                                          {36, "AB", 1},
                                          {39, "", 1},
                                          {46, "ABCDEFGHIJKLMNOPQR", 1}});
  for (const Case& one : cases) {
    CAPTURE(one.type);
    Bytes given = octets(one.before);
    Bytes wanted = given;
    for (int i = 0; i < one.names; ++i) {
      given.insert(given.end(), upper.begin(), upper.end());
      wanted.insert(wanted.end(), lower.begin(), lower.end());
    }
    given.insert(given.end(), {'T', 'A', 'I', 'L'});
    wanted.insert(wanted.end(), {'T', 'A', 'I', 'L'});
    CHECK(canonical(one.type, given) == wanted);
    CHECK(compare_canonical(static_cast<RrType>(one.type), given, wanted) == 0);
  }
}

TEST_CASE("canonical: A6 has its name behind the rest of the address (RFC 2874 section 3.1)") {
  CHECK(canonical(38, octets("\x70"
                             "AB\1A\0"sv)) == octets("\x70"
                                                     "AB\1a\0"sv));
  CHECK(canonical(38, octets("\x80\1A\0"sv)) == octets("\x80\1a\0"sv));
  CHECK(canonical(38, octets("\0ABCDEFGHIJKLMNOP"sv)) == octets("\0ABCDEFGHIJKLMNOP"sv));
  CHECK(canonical(38, octets("\x81\1A\0"sv)) == octets("\x81\1A\0"sv));
}

TEST_CASE(
    "canonical: NSEC, HINFO, TXT, SVCB and unknown types stay as they are (RFC 6840 section 5.1)") {
  const Bytes rdata = octets("\1A\2BC\0\1A"sv);
  for (const unsigned type : {13U, 16U, 47U, 64U, 65U, 50U, 55U, 65280U}) {
    CAPTURE(type);
    CHECK(canonical(type, rdata) == rdata);
  }
  CHECK(compare_canonical(RrType::kNsec, octets("\1A\0"sv), octets("\1a\0"sv)) < 0);
}

TEST_CASE("canonical: RDATA is ordered as octets, the shorter first (RFC 4034 section 6.3)") {
  CHECK(compare_canonical(RrType::kTxt, octets("a"), octets("ab")) < 0);
  CHECK(compare_canonical(RrType::kTxt, {}, octets("\0"sv)) < 0);
  CHECK(compare_canonical(RrType::kTxt, {}, {}) == 0);
  CHECK(compare_canonical(RrType::kA, Bytes{200, 0, 0, 1}, Bytes{100, 0, 0, 1}) > 0);
  CHECK(compare_canonical(RrType::kNs, octets("\1B\0"sv), octets("\1a\0"sv)) > 0);
  CHECK(compare_canonical(RrType::kNs, octets("\1A\0"sv), octets("\1b\0"sv)) < 0);
}

TEST_CASE("canonical: malformed RDATA is taken as it is, and not read beyond its end") {
  for (const auto bad : {"\5AB"sv, "\1A"sv, "\xc0\x0c"sv, ""sv, "\1A\1"sv}) {
    for (const unsigned type : {2U, 6U, 15U, 33U, 35U, 38U, 46U}) {
      CHECK(canonical(type, octets(bad)) == octets(bad));
    }
  }
  CHECK(rc::check("compare is compare of the canonical forms", [] {
    const auto type = static_cast<RrType>(*rc::gen::inRange(1, 50));
    const auto gen = rc::gen::container<Bytes>(
        rc::gen::element<std::uint8_t>(0, 1, 1, 2, 3, 'A', 'a', 'B', 'b', 0xc0));
    const Bytes a = *gen;
    const Bytes b = *gen;
    Bytes x;
    Bytes y;
    append_canonical(x, type, a);
    append_canonical(y, type, b);
    const int order = compare_canonical(type, a, b);
    RC_ASSERT((order < 0) == (x < y));
    RC_ASSERT((order == 0) == (x == y));
  }));
}
