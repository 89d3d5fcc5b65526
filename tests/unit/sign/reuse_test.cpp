/// \file
/// Which signatures stay, and which are made again.

#include <doctest/doctest.h>

#include "sign/sign_change.h"
#include "support/signed_zone.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::sign;     // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kHead =
    "$ORIGIN example.\n$TTL 3600\n@ SOA ns.example.net. mail 1 2 3 4 300\n@ NS ns.example.net.\n";

dns::Zone small_zone() {
  return signed_zone(zone_of(kHead + "a A 192.0.2.1\nb A 192.0.2.1\n"), ed25519_keys());
}

SignedZone signed_again(const dns::Change& change, const SignOptions& options) {
  return test::good(sign_change(change, ed25519_keys(), options));
}

/// The zone as a reader finds it in a file, with one word of a line replaced.
dns::Zone reread(const dns::Zone& zone, const std::string& start = "~",
                 const std::string& from = {}, const std::string& to = {}) {
  std::string text;
  bool found = from.empty();
  for (auto line : lines_of(zone)) {
    const auto at = line.starts_with(start) ? line.find(from) : std::string::npos;
    if (!from.empty() && at != std::string::npos) {
      line.replace(at, from.size(), to);
      found = true;
    }
    text += line + "\n";
  }
  REQUIRE(found);
  return zone_of(text);
}

SignOptions checked() {
  return {.policy = policy(), .all = true};
}

}  // namespace

TEST_CASE("reuse: without a change and nothing due, nothing is looked at (P6)") {
  const auto zone = small_zone();
  const auto again = signed_again({zone, zone}, {.policy = policy()});
  CHECK(again.visited_rrsets == 0);
  CHECK(again.made == 0);
  CHECK(again.zone.names().root() == zone.names().root());
  CHECK(again.zone.denial().root() == zone.denial().root());
}

TEST_CASE("reuse: what expires within the refresh limit is made again, the rest stays") {
  const auto zone = small_zone();
  auto later = policy();
  later.refresh = std::chrono::days(7);
  later.now += std::chrono::days(22);
  CHECK(signed_again({zone, zone}, {.policy = later}).made == 0);
  later.now += std::chrono::days(1);  // expires in 7 days exactly
  const auto renewed = signed_again({zone, zone}, {.policy = later});
  CHECK(renewed.made == lines_of(zone, "RRSIG").size());
  for (const auto& line : lines_of(renewed.zone, "RRSIG")) {
    CHECK_MESSAGE(line.find(" 20260223000000 20260123") != std::string::npos, line);
  }
}

TEST_CASE("reuse: signatures from a file are checked, and stay when they are good") {
  const auto zone = small_zone();
  const auto again = signed_again({dns::Zone(zone.apex()), reread(zone)}, checked());
  CHECK(again.made == 0);
  CHECK(again.kept == lines_of(zone, "RRSIG").size());
  CHECK(lines_of(again.zone) == lines_of(zone));
}

TEST_CASE("reuse: a signature over other data is replaced, unless we know who made it") {
  const auto zone = small_zone();
  const auto changed = reread(zone, "a.example. 3600 A", "192.0.2.1", "192.0.2.2");
  const auto again = signed_again({dns::Zone(zone.apex()), changed}, checked());
  CHECK(again.made == 1);
  const auto right = signed_zone(zone_of(kHead + "a A 192.0.2.2\nb A 192.0.2.1\n"), ed25519_keys());
  CHECK(lines_of(again.zone) == lines_of(right));

  auto trusting = checked();
  trusting.policy.kept = SignaturePolicy::Kept::kTrusted;
  CHECK(signed_again({dns::Zone(zone.apex()), changed}, trusting).made == 0);
}

TEST_CASE(
    "reuse: wrong labels, original TTL, signer, tag or times are never kept, trusted or not") {
  const auto zone = small_zone();
  auto trusting = checked();
  trusting.policy.kept = SignaturePolicy::Kept::kTrusted;
  using Edit = std::pair<std::string, std::string>;
  for (const auto& [from, to] :
       {Edit{"A 15 2 3600", "A 15 1 3600"}, Edit{"A 15 2 3600", "A 15 2 3601"},
        Edit{"A 15 2 3600", "A 13 2 3600"}, Edit{" example. ", " example.net. "},
        Edit{" 11784 ", " 11785 "}, Edit{" 20251231230000 ", " 20260101000001 "},
        Edit{" 20260131000000 ", " 20260101000000 "}}) {
    const auto edited = reread(zone, "a.example. 3600 RRSIG A", from, to);
    const auto again = signed_again({dns::Zone(zone.apex()), edited}, trusting);
    CHECK_MESSAGE(again.made == 1, from, " became ", to);
    CHECK_MESSAGE(lines_of(again.zone) == lines_of(zone), from, " became ", to);
  }
}

TEST_CASE("reuse: signatures where none belong go") {
  const auto zone = signed_zone(zone_of(kHead + "i NS ns.i\nns.i A 192.0.2.1\n"), ed25519_keys());
  auto text = std::string();
  for (const auto& line : lines_of(zone)) text += line + "\n";
  const std::string tail = " 3600 20260131000000 20251231230000 11784 example. AAAA\n";
  text += "i.example. 3600 RRSIG NS 15 2" + tail + "ns.i.example. 3600 RRSIG A 15 3" + tail;
  const auto again = signed_again({dns::Zone(zone.apex()), zone_of(text)}, checked());
  CHECK(again.made == 0);
  CHECK(lines_of(again.zone) == lines_of(zone));
}

TEST_CASE("reuse: signatures of keys that sign no more go, those of new keys come") {
  const auto content = zone_of(kHead + "a A 192.0.2.1\n");
  const auto both = signing_keys({"p256-ksk-1", "p256-zsk-1", "p256-zsk-2"});
  const auto zone = signed_zone(content, both);
  auto one = both;
  std::erase_if(one.signing, [](const SigningKey& key) { return key.tag == 1215; });
  const auto again = test::good(sign_change({zone, zone}, one, checked()));
  CHECK(again.made == 0);
  for (const auto& line : lines_of(again.zone, "RRSIG")) {
    CHECK(line.find(" 1215 ") == std::string::npos);
  }
  const auto back = test::good(sign_change({again.zone, again.zone}, both, checked()));
  CHECK(back.made == back.kept - 1);  // all but DNSKEY are signed by both ZSKs
}

TEST_CASE("sign_apex: signs what stands at the apex and nothing else") {
  const auto zone = prepared(zone_of(kHead + "a A 192.0.2.1\n"), ed25519_keys());
  const auto apex = test::good(sign_apex(zone, ed25519_keys(), policy()));
  CHECK(apex.made == 4);  // SOA, NS, DNSKEY, NSEC3PARAM
  CHECK(lines_of(apex.zone, "RRSIG").size() == 4);
}
