#include "sign/signing_keys.h"

#include <doctest/doctest.h>

#include "support/signed_zone.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::sign;     // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

/// "tag: what it signs" in the order of RRSIGs.
std::string roles(const SigningKeys& keys) {
  std::string text;
  for (const auto& key : keys.signing) {
    text += std::to_string(key.tag) + ":" + (key.signs_dnskey ? " dnskey" : "") +
            (key.signs_zone ? " zone" : "") + "; ";
  }
  return text;
}

SigningKeys chosen(const std::vector<model::Key>& keys) {
  return test::good(SigningKeys::choose(keys, new_year()));
}

std::string refusal(const std::vector<model::Key>& keys) {
  const auto result = SigningKeys::choose(keys, new_year());
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code() == Errc::kBadInput);
  return result.error().message();
}

}  // namespace

TEST_CASE("signing_keys: KSK signs DNSKEY, ZSK the rest, in order of algorithm and tag") {
  CHECK(roles(chosen(pool_keys({"ed25519-zsk-1", "p256-ksk-1", "ed25519-ksk-1", "p256-zsk-1"}))) ==
        "18547: dnskey; 50304: zone; 11784: zone; 31945: dnskey; ");
}

TEST_CASE("signing_keys: a CSK signs everything") {
  auto keys = pool_keys({"p256-ksk-1"});
  keys[0].role = model::KeyRole::kCsk;
  CHECK(roles(chosen(keys)) == "18547: dnskey zone; ");
}

TEST_CASE("signing_keys: KSKs of an algorithm without ZSK sign everything, each of them") {
  CHECK(roles(chosen(pool_keys({"p256-ksk-1", "p256-ksk-2", "ed25519-ksk-1", "ed25519-zsk-1"}))) ==
        "18547: dnskey zone; 59978: dnskey zone; 11784: zone; 31945: dnskey; ");
}

TEST_CASE("signing_keys: a published algorithm needs a KSK and a ZSK (RFC 4035 section 2.2)") {
  CHECK(refusal(pool_keys({"p256-ksk-1", "p256-zsk-1", "ed25519-zsk-1"})) ==
        "algorithm 15 is published by key 11784, but no active key of it signs the DNSKEY RRset");
  auto keys = pool_keys({"p256-ksk-1", "p256-zsk-1"});
  keys[0].timing.inactive = new_year() - seconds(1);
  CHECK(refusal(keys).find("no active key of it signs the DNSKEY RRset") != std::string::npos);
}

TEST_CASE("signing_keys: keys of the past and of the future do not sign") {
  auto keys = pool_keys({"p256-ksk-1", "p256-zsk-1", "p256-zsk-2"});
  keys[2].timing.publish = new_year();
  keys[2].timing.activate = new_year() + std::chrono::days(1);
  const auto now = chosen(keys);
  CHECK(roles(now) == "18547: dnskey; 50304: zone; ");
  CHECK(now.published.size() == 3);
  keys[1].timing.inactive = new_year() + std::chrono::days(1);
  const auto later = test::good(SigningKeys::choose(keys, new_year() + std::chrono::days(1)));
  CHECK(roles(later) == "1215: zone; 18547: dnskey; ");
  CHECK(later.published.size() == 3);
}

TEST_CASE("signing_keys: no key published is an error") {
  auto keys = pool_keys({"p256-ksk-1", "p256-zsk-1"});
  for (auto& key : keys) key.timing.publish = new_year() + seconds(1);
  for (auto& key : keys) key.timing.activate = new_year() + seconds(1);
  CHECK(refusal(keys) == "no key is published at this moment");
  CHECK(refusal({}) == "no key is published at this moment");
}

TEST_CASE("signing_keys: a revoked key is published as such and signs DNSKEY alone (RFC 5011)") {
  auto keys = pool_keys({"p256-ksk-1", "p256-ksk-2", "p256-zsk-1"});
  keys[0].timing.revoke = new_year() - seconds(1);
  const auto now = chosen(keys);
  const auto tag = keys[0].dnskey.revoked_tag();
  CHECK(std::count_if(now.published.begin(), now.published.end(),
                      [](const model::Dnskey& key) { return key.is_revoked(); }) == 1);
  for (const auto& key : now.signing) {
    CHECK(key.signs_zone == (key.tag == 50304));
    CHECK(key.signs_dnskey == (key.tag != 50304));
  }
  CHECK(std::any_of(now.signing.begin(), now.signing.end(),
                    [&](const SigningKey& key) { return key.tag == tag; }));
}

TEST_CASE("signing_keys: a revoked key never signs the zone, not even where there is no ZSK") {
  auto keys = pool_keys({"p256-ksk-1", "p256-ksk-2"});
  keys[0].timing.revoke = new_year() - seconds(1);
  for (const auto& key : chosen(keys).signing) CHECK(key.signs_zone == (key.tag == 59978));
  keys[1].timing.inactive = new_year() - seconds(1);
  CHECK(refusal(keys).find("no active key of it signs the zone") != std::string::npos);
}
