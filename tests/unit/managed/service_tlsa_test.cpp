#include <doctest/doctest.h>

#include "managed/records.h"
#include "support/result.h"
#include "support/zone_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::managed;  // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)
using test::good;

namespace {

using Lines = std::vector<std::string>;

const std::string kZone =
    "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\nexample. 60 NS ns.example.net.\n"
    "mx.example. 60 A 192.0.2.1\nsub.example. 60 NS ns.example.net.\n";

/// 3 1 1 with one octet of data: short is enough here.
Bytes record(std::uint8_t octet) {
  return {3, 1, 1, octet};
}

ServiceTlsa service(std::vector<Bytes> wanted, std::vector<Bytes> ours = {},
                    const std::string& owner = "_25._tcp.mx.example.") {
  return {.owner = good(dns::name_from_text(owner)),
          .wanted = std::move(wanted),
          .ours = std::move(ours),
          .ttl = 300};
}

Managed with(const dns::Zone& zone, std::vector<ServiceTlsa> tlsa) {
  Records records;
  records.tlsa = std::move(tlsa);
  return good(add_records(zone, records));
}

}  // namespace

TEST_CASE("TLSA: records of a service come at a name that had none") {
  const auto managed = with(zone_of(kZone), {service({record(1), record(2)})});
  CHECK(lines_of(managed.zone, "TLSA") ==
        Lines{"_25._tcp.mx.example. 300 TLSA 3 1 1 01", "_25._tcp.mx.example. 300 TLSA 3 1 1 02"});
  CHECK(managed.misplaced.empty());
}

TEST_CASE("TLSA: what is ours and not wanted any more goes, and the name with the last of it") {
  const auto before = with(zone_of(kZone), {service({record(1), record(2)})}).zone;
  const auto one = with(before, {service({record(2)}, {record(1), record(2)})}).zone;
  CHECK(lines_of(one, "TLSA") == Lines{"_25._tcp.mx.example. 300 TLSA 3 1 1 02"});
  const auto none = with(one, {service({}, {record(1), record(2)})}).zone;
  CHECK(lines_of(none, "TLSA").empty());
  CHECK_FALSE(none.has_names_below(
      dns::sort_key(good(dns::name_from_text("mx.example.")).view(), none.apex())));
}

TEST_CASE("TLSA: the author's own stay beside ours, with the lower TTL (RFC 2181 section 5.2)") {
  const auto zone = zone_of(kZone + "_25._tcp.mx.example. 60 TLSA 3 1 1 09\n");
  const auto both = with(zone, {service({record(1)})}).zone;
  CHECK(lines_of(both, "TLSA") ==
        Lines{"_25._tcp.mx.example. 60 TLSA 3 1 1 01", "_25._tcp.mx.example. 60 TLSA 3 1 1 09"});
  const auto theirs = with(both, {service({}, {record(1)})}).zone;
  CHECK(lines_of(theirs, "TLSA") == Lines{"_25._tcp.mx.example. 60 TLSA 3 1 1 09"});
}

TEST_CASE("TLSA: nothing changes where all stands already") {
  const auto zone = with(zone_of(kZone), {service({record(1)})}).zone;
  const auto again = with(zone, {service({record(1)}, {record(1), record(2)})}).zone;
  std::size_t differences = 0;
  dns::for_each_difference({zone, again}, [&](const auto& /*difference*/) { ++differences; });
  CHECK(differences == 0);
}

TEST_CASE("TLSA: no place beside an alias or below a delegation (RFC 1034 section 3.6.2)") {
  const auto zone = zone_of(kZone + "_25._tcp.mx.example. 60 CNAME tlsa.example.\n");
  CHECK(with(zone, {service({record(1)})}).misplaced.size() == 1);
  CHECK(with(zone, {service({}, {record(1)})}).misplaced.empty());
  const auto below = service({record(1)}, {}, "_25._tcp.mx.sub.example.");
  const auto managed = with(zone_of(kZone), {below});
  CHECK(managed.misplaced.size() == 1);
  CHECK(lines_of(managed.zone, "TLSA").empty());
}
