#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "dns/name.h"
#include "dns/node.h"
#include "dns/rdata_text.h"
#include "verify/bitmap.h"
#include "verify/canonical.h"
#include "verify/keys.h"
#include "verify/nsec3.h"
#include "verify/rrsig.h"

namespace danewerk {

namespace {

Bytes rdata(dns::RrType type, std::string_view text) {
  auto made = dns::rdata_from_text(type, text);
  REQUIRE(made.has_value());
  return *std::move(made);
}

Bytes canonical(dns::RrType type, const Bytes& octets) {
  Bytes out;
  verify::append_canonical_rdata(out, type, octets);
  return out;
}

}  // namespace

TEST_CASE("canonical: names are folded in the types of RFC 4034 section 6.2, elsewhere not") {
  using dns::RrType;
  const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> table{
      {"NS", {"Ns.Example.", "ns.example."}},
      {"SOA", {"Ns.Example. Admin.Example. 1 2 3 4 5", "ns.example. admin.example. 1 2 3 4 5"}},
      {"MX", {"10 Mail.Example.", "10 mail.example."}},
      {"SRV", {"1 2 3 Host.Example.", "1 2 3 host.example."}},
      {"NAPTR", {R"(1 2 "U" "SIP" "A" Host.Example.)", R"(1 2 "U" "SIP" "A" host.example.)"}},
      {"DNAME", {"Other.Example.", "other.example."}},
      {"RP", {"A.Example. B.Example.", "a.example. b.example."}},
      {"NSEC", {"Next.Example. A", "Next.Example. A"}},  // RFC 6840 section 5.1
      {"TXT", {"\"Case\"", "\"Case\""}},
      {"HINFO", {"\"PC\" \"Linux\"", "\"PC\" \"Linux\""}},
      {"SVCB", {"1 Svc.Example.", "1 Svc.Example."}},
  };
  for (const auto& [type_text, forms] : table) {
    CAPTURE(type_text);
    const auto type = *dns::type_from_text(type_text);
    CHECK(canonical(type, rdata(type, forms.first)) == rdata(type, forms.second));
  }
}

TEST_CASE("canonical: agrees with the form that the zone sorts by, for any octets and type") {
  CHECK(rc::check("same octets", [](std::vector<std::uint8_t> octets) {
    const auto number = *rc::gen::inRange<std::uint16_t>(0, 70);
    const auto type = static_cast<dns::RrType>(number);
    if (!dns::is_well_formed_rdata(type, octets)) return;
    Bytes theirs;
    dns::append_canonical(theirs, type, octets);
    RC_ASSERT(canonical(type, octets) == theirs);
  }));
}

TEST_CASE("canonical: RDATA too short for its type stays as it is") {
  CHECK(canonical(dns::RrType::kMx, {0}) == Bytes{0});
  CHECK(canonical(dns::RrType::kMx, {0, 1, 5, 'A'}) == Bytes{0, 1, 5, 'A'});
  CHECK(canonical(dns::RrType::kNaptr, {0, 1, 0, 1, 200}) == Bytes{0, 1, 0, 1, 200});
}

TEST_CASE("bitmap: the example of RFC 4034 section 4.3") {
  verify::BitmapCheck check;
  for (const std::uint16_t type : std::vector<std::uint16_t>{1, 15, 46, 47, 1234}) check.add(type);
  Bytes right =
      *from_hex("0006400100000003041b000000000000000000000000000000000000000000000000000020");
  CHECK(check.matches(right));
  Bytes trailing = right;
  trailing[7 + 2] = 0x1c;
  trailing.push_back(0);
  CHECK(!check.matches(trailing));
  CHECK(check.difference(trailing) == "the type bit map is not well-formed");
}

TEST_CASE("bitmap: what differs is told by type") {
  verify::BitmapCheck check;
  check.add(16);
  check.add(1);
  CHECK(!check.matches(*from_hex("000120")));
  CHECK(check.difference(*from_hex("000120")) == "type bit map: A TXT are missing, NS is too many");
}

TEST_CASE("keys: tag of the key in RFC 4034 section 5.4") {
  const Bytes key =
      rdata(dns::RrType::kDnskey,
            "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYC"
            "mZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9Xzc"
            "nOf+EPbtG9DMBmADjFDc2w/rljwvFw==");
  CHECK(verify::key_tag(key) == 60485);
}

TEST_CASE("nsec3: hashes of RFC 5155 appendix A") {
  const Bytes salt = *from_hex("aabbccdd");
  const verify::Nsec3Params params{.algorithm = 1, .iterations = 12, .salt = salt};
  const std::vector<std::pair<std::string, std::string>> table{
      {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
      {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
      {"Ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
      {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
      {"2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.", "kohar7mbb8dc2ce8a9qvl8hon4k53uhi"},
  };
  for (const auto& [name, hash] : table) {
    verify::Owner owner;
    owner.assign_wire(dns::name_from_text(name)->view().wire());
    CHECK(to_base32hex(verify::nsec3_hash(params, owner).view()) == hash);
  }
}

TEST_CASE("nsec3: RDATA that ends too early is not read (RFC 5155 section 3.2)") {
  const Bytes whole = rdata(dns::RrType::kNsec3,
                            "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA");
  const auto fields = verify::read_nsec3(whole);
  REQUIRE(fields.has_value());
  CHECK(fields->is_opt_out());
  CHECK(fields->params.iterations == 12);
  CHECK(fields->next.size() == 20);
  for (std::size_t size = 0; size < 5 + 4 + 1 + 20; ++size) {
    CHECK(!verify::read_nsec3(ByteView(whole).first(size)));
  }
}

TEST_CASE("rrsig: RDATA that ends too early is not read (RFC 4034 section 3.1)") {
  const Bytes whole = rdata(dns::RrType::kRrsig,
                            "A 5 3 86400 20030322173103 20030220173103 2642 example.com. AQID");
  const auto fields = verify::read_rrsig(whole);
  REQUIRE(fields.has_value());
  CHECK(fields->tag == 2642);
  CHECK(fields->labels == 3);
  CHECK(fields->original_ttl == 86400);
  CHECK(fields->signature.size() == 3);
  for (std::size_t size = 0; size + 3 <= whole.size(); ++size) {
    CHECK(!verify::read_rrsig(ByteView(whole).first(size)));
  }
}

TEST_CASE("rrsig: times are compared by serial arithmetic (RFC 4034 section 3.1.5)") {
  CHECK(verify::time_difference(5, 3) == 2);
  CHECK(verify::time_difference(3, 5) == -2);
  CHECK(verify::time_difference(1, 0xffffffffU) == 2);
}

}  // namespace danewerk
