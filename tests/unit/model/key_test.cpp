#include "model/key.h"

#include <doctest/doctest.h>

namespace danewerk::model {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;

constexpr sys_seconds kNow = sys_days(2026y / 11 / 21);

/// The key of RFC 4034 section 5.4.
Dnskey rfc4034_key() {
  return {.flags = 256,
          .protocol = 3,
          .algorithm = 5,
          .public_key = from_base64("AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI"
                                    "9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLU"
                                    "Uh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==")
                            .value()};
}

dns::Name name(std::string_view text) {
  auto parsed = dns::name_from_text(text);
  REQUIRE(parsed.has_value());
  return *std::move(parsed);
}

TEST_CASE("key: tag and SHA-256 DS are those of RFC 4509 section 2.3, whatever the owner's case") {
  const auto key = rfc4034_key();
  CHECK(key.tag() == 60485);
  for (const auto* owner : {"dskey.example.com.", "DSKEY.Example.com."}) {
    CHECK(to_hex(ds_rdata(name(owner), key, kDsSha256)) ==
          "ec450502"
          "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a");
  }
}

TEST_CASE("key: RDATA and back") {
  const auto key = rfc4034_key();
  const auto again = dnskey_from_rdata(key.rdata());
  REQUIRE(again.has_value());
  CHECK(*again == key);
  auto rdata = key.rdata();
  CHECK_FALSE(dnskey_from_rdata(ByteView(rdata).first(4)).has_value());
  rdata[2] = 4;
  CHECK_FALSE(dnskey_from_rdata(rdata).has_value());
  rdata[2] = 3;
  rdata[0] = 0;
  CHECK_FALSE(dnskey_from_rdata(rdata).has_value());
}

TEST_CASE("key: revoking adds 128 to the sum that makes the tag (RFC 5011 section 2.1)") {
  const auto key = rfc4034_key();
  auto revoked = key;
  revoked.flags |= Dnskey::kRevoked;
  CHECK(key.revoked_tag() == revoked.tag());
  CHECK(revoked.revoked_tag() == revoked.tag());
  CHECK(key.revoked_tag() != key.tag());
}

TEST_CASE("key: identity is that of algorithm and public key, not of flags") {
  Key one{.dnskey = rfc4034_key()};
  Key other = one;
  other.dnskey.flags |= Dnskey::kRevoked | Dnskey::kSecureEntryPoint;
  CHECK(one.id() == other.id());
  CHECK(one.id().size() == 64);
  other.dnskey.algorithm = 7;
  CHECK(one.id() != other.id());
}

TEST_CASE("key: tags collide when a plain or revoked tag is shared by one algorithm") {
  const Dnskey one{.flags = 256, .protocol = 3, .algorithm = 8, .public_key = {1, 2, 3, 4}};
  auto swapped = one;  // the sum of words does not see their order
  swapped.public_key = {3, 4, 1, 2};
  CHECK(one.tag() == swapped.tag());
  CHECK(tags_collide(one, swapped));
  auto revoked_twin = one;  // 128 more in the low octet
  revoked_twin.public_key = {1, 2, 3, 4 + 128};
  CHECK(one.tag() != revoked_twin.tag());
  CHECK(one.revoked_tag() == revoked_twin.tag());
  CHECK(tags_collide(one, revoked_twin));
  CHECK(tags_collide(revoked_twin, one));
  auto elsewhere = swapped;
  elsewhere.algorithm = 10;
  CHECK_FALSE(tags_collide(one, elsewhere));
  auto different = one;
  different.public_key = {1, 2, 3, 5};
  CHECK_FALSE(tags_collide(one, different));
}

TEST_CASE("key: without moments it is in use always, held back never") {
  Key key{.dnskey = rfc4034_key()};
  CHECK(key.is_published_at(kNow));
  CHECK(key.is_active_at(kNow));
  key.timing.created = kNow + 1h;
  CHECK(key.is_active_at(kNow));
  key.timing.is_held_back = true;
  CHECK_FALSE(key.is_published_at(kNow));
  CHECK_FALSE(key.is_active_at(kNow));
}

TEST_CASE("key: each moment counts from its second on") {
  Key key{.dnskey = rfc4034_key()};
  key.timing = {.publish = kNow, .activate = kNow + 1h, .inactive = kNow + 2h, .remove = kNow + 3h};
  const std::vector<std::tuple<seconds, bool, bool>> expected{
      {-1s, false, false}, {0s, true, false},    {3599s, true, false},  {3600s, true, true},
      {7199s, true, true}, {7200s, true, false}, {10799s, true, false}, {10800s, false, false}};
  for (const auto& [after, is_published, is_active] : expected) {
    CAPTURE(after.count());
    CHECK(key.is_published_at(kNow + after) == is_published);
    CHECK(key.is_active_at(kNow + after) == is_active);
  }
}

TEST_CASE(
    "key: told only when to be published it does not sign; only when to sign it is published") {
  Key key{.dnskey = rfc4034_key()};
  key.timing.publish = kNow;
  CHECK(key.is_published_at(kNow));
  CHECK_FALSE(key.is_active_at(kNow));
  key.timing = {.activate = kNow + 1h};
  CHECK(key.is_published_at(kNow));
  CHECK_FALSE(key.is_active_at(kNow));
}

TEST_CASE("key: a revoked key signs until it is removed, with the bit set (RFC 5011 section 2.1)") {
  Key key{.dnskey = rfc4034_key()};
  key.timing = {.revoke = kNow, .inactive = kNow - 1h, .remove = kNow + 1h};
  CHECK_FALSE(key.is_active_at(kNow - 1s));
  CHECK_FALSE(key.dnskey_at(kNow - 1s).is_revoked());
  CHECK(key.is_active_at(kNow));
  CHECK(key.dnskey_at(kNow).is_revoked());
  CHECK(key.dnskey_at(kNow).tag() == key.dnskey.revoked_tag());
  CHECK_FALSE(key.is_active_at(kNow + 1h));
}

TEST_CASE("key: roles have names, and say what a key signs") {
  for (const auto role : {KeyRole::kKsk, KeyRole::kZsk, KeyRole::kCsk}) {
    CHECK(role_from_text(to_text(role)) == role);
    const Key key{.dnskey = rfc4034_key(), .role = role};
    CHECK(key.signs_dnskey() == (role != KeyRole::kZsk));
    CHECK(key.signs_zone() == (role != KeyRole::kKsk));
  }
  CHECK_FALSE(role_from_text("KSK").has_value());
}

}  // namespace
}  // namespace danewerk::model
