#include "probe/names.h"

#include <doctest/doctest.h>

#include "dns/rdata_text.h"

namespace danewerk::probe {
namespace {

net::Lookup mx_of(const std::vector<std::string>& records) {
  net::Lookup lookup{.question = {*dns::name_from_text("example.org"), dns::RrType::kMx},
                     .security = net::Security::kSecure,
                     .rcode = dns::Rcode::kNoError};
  lookup.last = lookup.question.name;
  for (const auto& text : records) {
    lookup.records.push_back(*dns::rdata_from_text(dns::RrType::kMx, text));
  }
  return lookup;
}

TEST_CASE("names: mail hosts come in order of preference (RFC 5321 section 5.1)") {
  const auto hosts = mail_hosts(mx_of({"20 b.example.", "10 a.example.", "20 c.example."}));
  REQUIRE(hosts.size() == 3);
  CHECK(dns::to_text(hosts[0].host) == "a.example.");
  CHECK(dns::to_text(hosts[1].host) == "b.example.");
  CHECK(hosts[2].preference == 20);
}

TEST_CASE("names: without MX the domain is its own mail host (RFC 5321 section 5.1)") {
  const auto hosts = mail_hosts(mx_of({}));
  REQUIRE(hosts.size() == 1);
  CHECK(dns::to_text(hosts[0].host) == "example.org.");
  auto gone = mx_of({});
  gone.rcode = dns::Rcode::kNxDomain;
  CHECK(mail_hosts(gone).empty());
  auto bogus = mx_of({});
  bogus.security = net::Security::kBogus;
  CHECK(mail_hosts(bogus).empty());
}

TEST_CASE("names: a null MX takes no mail (RFC 7505 section 3)") {
  const auto null = mx_of({"0 ."});
  CHECK(is_null_mx(null));
  CHECK(mail_hosts(null).empty());
  CHECK_FALSE(is_null_mx(mx_of({"0 .", "10 a.example."})));
}

TEST_CASE("names: RDATA of MX that is none is passed over") {
  auto lookup = mx_of({"10 a.example."});
  lookup.records.push_back({0});
  lookup.records.push_back({0, 10});
  lookup.records.push_back({0, 10, 5, 'a'});
  CHECK(mail_hosts(lookup).size() == 1);
}

TEST_CASE("names: TLSA RDATA as its fields (RFC 6698 section 2.1)") {
  const auto numbers = numbers_from(Bytes{3, 1, 1, 0xab});
  REQUIRE(numbers.has_value());
  CHECK(numbers->usage == 3);
  CHECK(numbers->data == Bytes{0xab});
  CHECK_FALSE(numbers_from(Bytes{3, 1, 1}).has_value());
  CHECK_FALSE(numbers_from({}).has_value());
}

}  // namespace
}  // namespace danewerk::probe
