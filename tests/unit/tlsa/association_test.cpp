#include "tlsa/association.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace danewerk::tlsa {
namespace {

constexpr Combination k311{};

TEST_CASE("association: a combination is read from numbers and from the names of RFC 7218") {
  for (const auto* text : {"3 1 1", " 3\t1 1 ", "DANE-EE SPKI SHA2-256", "dane-ee 1 sha2-256"}) {
    CAPTURE(text);
    const auto combination = combination_from_text(text);
    REQUIRE(combination.has_value());
    CHECK(*combination == k311);
  }
  CHECK(to_text(*combination_from_text("0 0 0")) == "0 0 0");
  CHECK(to_text(*combination_from_text("2 1 2")) == "2 1 2");
  CHECK(explained(k311) == "DANE-EE(3) SPKI(1) SHA2-256(1)");
  for (const auto* text : {"", "3 1", "3 1 1 1", "4 1 1", "3 2 1", "3 1 3", "311", "-3 1 1",
                           "3 1 x", "256 1 1", "03 1 1x"}) {
    CAPTURE(text);
    CHECK_FALSE(combination_from_text(text).has_value());
  }
}

TEST_CASE(
    "association: text forms, known and unknown type (RFC 6698 section 2.2, RFC 3597 section 5)") {
  const Association association{k311, Bytes(32, 0xab)};
  std::string hex;
  for (int i = 0; i < 32; ++i) hex += "ab";
  const auto owner = owner_from_text("_25._tcp.mx1.mail.example");
  REQUIRE(owner.has_value());
  CHECK(record_text(owner->name, std::nullopt, association) ==
        "_25._tcp.mx1.mail.example. IN TLSA 3 1 1 " + hex);
  CHECK(unknown_record_text(owner->name, 3600, association) ==
        "_25._tcp.mx1.mail.example. 3600 IN TYPE52 \\# 35 030101" + hex);
}

TEST_CASE("association: RDATA and back, and octets that are none") {
  CHECK(rc::check("round trip", [](std::uint8_t usage, std::uint8_t selector, Bytes data) {
    data.push_back(1);
    const Association made{{Usage{static_cast<std::uint8_t>(usage % 4)},
                            Selector{static_cast<std::uint8_t>(selector % 2)}, Matching::kFull},
                           data};
    const auto again = association_from_rdata(made.rdata());
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == made);
  }));
  Bytes rdata{3, 1, 1};
  CHECK_FALSE(association_from_rdata({}).has_value());
  CHECK_FALSE(association_from_rdata(rdata).has_value());
  rdata.resize(3 + 31);
  CHECK_FALSE(association_from_rdata(rdata).has_value());
  rdata.push_back(0);
  CHECK(association_from_rdata(rdata).has_value());
  rdata[2] = 2;
  CHECK_FALSE(association_from_rdata(rdata).has_value());
  rdata[2] = 3;
  CHECK_FALSE(association_from_rdata(rdata).has_value());
  rdata[2] = 1;
  rdata[0] = 4;
  CHECK_FALSE(association_from_rdata(rdata).has_value());
}

TEST_CASE("association: an owner names port, protocol and host (RFC 6698 section 3)") {
  const auto owner = owner_from_text("_443._TCP.www.Mail.example.");
  REQUIRE(owner.has_value());
  REQUIRE(owner->service.has_value());
  CHECK(owner->service->port == 443);
  CHECK(owner->service->protocol == "tcp");
  CHECK(dns::to_text(owner->service->host) == "www.Mail.example.");
  const auto alias = owner_from_text("tlsa._dane.mail.example.");
  REQUIRE(alias.has_value());
  CHECK_FALSE(alias->service.has_value());
  for (const auto* text :
       {"mx1.mail.example", "25._tcp.mx1.example", "_25.tcp.mx1.example", "_25._tcp", "_0._tcp.mx1",
        "_65536._tcp.mx1", "_025._tcp.mx1", "_smtp._tcp.mx1", "_25._icmp.mx1", "_25._tcp..mx1", "",
        "_._tcp.mx1", "_+25._tcp.mx1"}) {
    CAPTURE(text);
    CHECK_FALSE(owner_from_text(text).has_value());
  }
}

}  // namespace
}  // namespace danewerk::tlsa
