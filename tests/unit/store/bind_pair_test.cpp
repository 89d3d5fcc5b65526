#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crypto/algorithm.h"
#include "store/key_file_name.h"
#include "store/key_store.h"
#include "store/key_text.h"
#include "support/pool_keys.h"
#include "support/scoped_folder.h"

namespace danewerk::store {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;
using support::ScopedFolder;
using support::text_of;
using support::write_text;

constexpr sys_seconds kMidnight = sys_days(2026y / 11 / 21);
constexpr std::array kPool{"rsa2048-ksk-1",        "rsa2048-zsk-1", "rsa4096-ksk-1",
                           "rsa2048-sha512-zsk-1", "p256-ksk-1",    "p384-zsk-1",
                           "ed25519-ksk-1",        "ed448-zsk-1"};

dns::Name zone() {
  return *dns::name_from_text("example.org.");
}

std::vector<model::Key> loaded(const ScopedFolder& folder) {
  auto keys = load_keys({folder.path(), FolderKind::kForeign}, zone());
  REQUIRE_MESSAGE(keys.has_value(), (keys ? std::string() : keys.error().message()));
  return keys->keys;
}

Result<BindPrivate> private_with(std::string text, const std::string& before,
                                 const std::string& after) {
  const auto at = text.find(before);
  REQUIRE(at != std::string::npos);
  return parse_bind_private(text.replace(at, before.size(), after));
}

std::string pool_private(const std::string& key_name) {
  return text_of(std::string(DW_TESTS_DIR) + "/keys/" + support::pool_stem(key_name) + ".private");
}

TEST_CASE("BIND pair: every algorithm that dnssec-keygen makes is loaded") {
  const ScopedFolder folder;
  for (const auto* key_name : kPool) support::copy_pool_key(key_name, zone(), folder.path());
  const auto keys = loaded(folder);
  CHECK(keys.size() == kPool.size());
  for (const auto& key : keys) {
    CHECK(key.private_key != nullptr);
    CHECK(key.timing.publish == sys_days(2020y / 1 / 1));
    CHECK(key.is_active_at(kMidnight));
  }
}

TEST_CASE("BIND pair: written and read again it is the same key, private text byte for byte") {
  for (const auto* key_name : kPool) {
    CAPTURE(key_name);
    const ScopedFolder folder;
    const auto key = support::pool_key(key_name);
    const auto stem = write_bind_pair(folder.path(), zone(), key);
    REQUIRE(stem.has_value());
    CHECK(stem->filename().string() == bind_stem(zone(), key.dnskey));
    // Made by dnssec-keygen, read and written by us: fields, order and padding are BIND's.
    CHECK(text_of(stem->string() + ".private") == pool_private(key_name));
    const auto again = read_bind_pair(stem->string() + ".private", zone(), FolderKind::kForeign);
    REQUIRE(again.has_value());
    CHECK(again->dnskey == key.dnskey);
    CHECK(again->timing.activate == key.timing.activate);
    CHECK_FALSE(write_bind_pair(folder.path(), zone(), key).has_value());
  }
}

TEST_CASE("BIND pair: moments are read from the private file, all of them") {
  const auto half = private_with(pool_private("ed25519-zsk-1"), "Publish: 20200101000000\n",
                                 "Publish: 20261101000000\nRevoke: 20261201000000\n"
                                 "Inactive: 20261202000000\nDelete: 20261203000000\n"
                                 "SyncPublish: 20261102000000\nFuture: what may come\n");
  REQUIRE(half.has_value());
  CHECK(half->timing.publish == sys_days(2026y / 11 / 1));
  CHECK(half->timing.activate == sys_days(2020y / 1 / 1));
  CHECK(half->timing.revoke == sys_days(2026y / 12 / 1));
  CHECK(half->timing.inactive == sys_days(2026y / 12 / 2));
  CHECK(half->timing.remove == sys_days(2026y / 12 / 3));
  CHECK_FALSE(half->timing.is_held_back);
}

TEST_CASE(
    "BIND pair: without moments, format v1.2 is in use, v1.3 is held back (dnssec-keygen -G)") {
  const std::string moments = "Publish: 20200101000000\nActivate: 20200101000000\n";
  const auto held = private_with(pool_private("ed25519-zsk-1"), moments, "");
  REQUIRE(held.has_value());
  CHECK(held->timing.is_held_back);
  auto old = pool_private("ed25519-zsk-1");
  old.replace(old.find("v1.3"), 4, "v1.2");
  const auto in_use = private_with(old, moments, "");
  REQUIRE(in_use.has_value());
  CHECK_FALSE(in_use->timing.is_held_back);
}

TEST_CASE("BIND pair: a key without moments is written as one in use") {
  auto key = support::pool_key("p256-zsk-1");
  key.timing = {.created = kMidnight};
  const auto text = bind_private_text(key);
  REQUIRE(text.has_value());
  const auto again = parse_bind_private(as_text(text->view()));
  REQUIRE(again.has_value());
  CHECK(again->timing.activate == kMidnight);
  CHECK_FALSE(again->timing.is_held_back);
  key.timing.is_held_back = true;
  const auto held = bind_private_text(key);
  REQUIRE(held.has_value());
  CHECK(parse_bind_private(as_text(held->view()))->timing.is_held_back);
}

TEST_CASE("BIND pair: a .key file alone is a public key, a .private alone an error") {
  const ScopedFolder folder;
  const auto stem = support::copy_pool_key("rsa2048-ksk-1", zone(), folder.path()).string();
  std::filesystem::remove(stem + ".private");
  const auto keys = loaded(folder);
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].private_key == nullptr);
  CHECK(keys[0].timing.publish == sys_days(2020y / 1 / 1));
  const auto record = text_of(stem + ".key");
  std::filesystem::remove(stem + ".key");
  write_text(stem + ".private", pool_private("rsa2048-ksk-1"));
  CHECK_FALSE(load_keys({folder.path(), FolderKind::kForeign}, zone()).has_value());
}

TEST_CASE("BIND pair: a KSK of an algorithm without ZSK is a CSK, others keep their role") {
  const ScopedFolder folder;
  support::copy_pool_key("rsa2048-ksk-1", zone(), folder.path());
  support::copy_pool_key("p256-ksk-1", zone(), folder.path());
  support::copy_pool_key("p256-zsk-1", zone(), folder.path());
  const auto keys = loaded(folder);
  REQUIRE(keys.size() == 3);
  CHECK(keys[0].role == model::KeyRole::kCsk);
  CHECK(keys[1].role == model::KeyRole::kKsk);
  CHECK(keys[2].role == model::KeyRole::kZsk);
}

TEST_CASE(
    "BIND pair: a revoked key beside its plain form is one key, revoked (RFC 5011 section 2.1)") {
  const ScopedFolder folder;
  support::copy_pool_key("ed25519-ksk-1", zone(), folder.path());
  support::copy_pool_key("ed25519-zsk-1", zone(), folder.path());
  auto revoked = support::pool_key("ed25519-ksk-1");
  revoked.dnskey.flags |= model::Dnskey::kRevoked;
  REQUIRE(write_bind_pair(folder.path(), zone(), revoked).has_value());
  const auto keys = loaded(folder);
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].dnskey.flags == 385);
  CHECK(keys[0].is_revoked_at(kMidnight));
}

TEST_CASE("BIND pair: names of ldns, which keeps the case of the zone, are found") {
  const ScopedFolder folder;
  const auto stem = support::copy_pool_key("ed25519-zsk-1", zone(), folder.path()).string();
  const auto to = (folder / "KExample.ORG.+015+11784").string();
  std::filesystem::rename(stem + ".key", to + ".key");
  std::filesystem::rename(stem + ".private", to + ".private");
  CHECK(loaded(folder).size() == 1);
}

TEST_CASE("BIND pair: a file whose name is not that of its key is refused") {
  const ScopedFolder folder;
  const auto stem = support::copy_pool_key("ed25519-zsk-1", zone(), folder.path()).string();
  std::filesystem::rename(stem + ".key", (folder / "Kexample.org.+015+00001.key"));
  std::filesystem::rename(stem + ".private", (folder / "Kexample.org.+015+00001.private"));
  CHECK_FALSE(load_keys({folder.path(), FolderKind::kForeign}, zone()).has_value());
}

TEST_CASE("BIND pair: private files that are none are refused") {
  const auto text = pool_private("rsa2048-zsk-1");
  CHECK(parse_bind_private(text).has_value());
  CHECK_FALSE(parse_bind_private("").has_value());
  CHECK_FALSE(private_with(text, "v1.3", "v2.0").has_value());
  CHECK_FALSE(private_with(text, "Algorithm: 8 (RSASHA256)\n", "").has_value());
  CHECK_FALSE(private_with(text, "Algorithm: 8 (RSASHA256)", "Algorithm: 13").has_value());
  CHECK_FALSE(private_with(text, "Algorithm: 8 (RSASHA256)", "Algorithm: 7").has_value());
  CHECK_FALSE(private_with(text, "Prime1: ", "Prime1: !").has_value());
  CHECK_FALSE(private_with(text, "Prime1: ", "Prime9: ").has_value());
  CHECK_FALSE(private_with(text, "Created: 2", "Created: x2").has_value());
  CHECK_FALSE(private_with(text, "Created: ", "Engine: cGtjczExAA==\nCreated: ").has_value());
}

TEST_CASE("DNSKEY record: TTL, class, parentheses, comments and mnemonics are understood") {
  const std::string key = "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
  for (const auto& text : {
           "example.com. 3600 IN DNSKEY 257 3 15 " + key,
           "example.com. IN 3600 DNSKEY 257 3 ED25519 " + key + " ; key id = 3613",
           "; comment\n\nexample.com.\tDNSKEY\t257 3 15 (\n l02Woi0iS8Aa25FQkUd9 ; half\n" +
               key.substr(20) + " )\r\n",
       }) {
    CAPTURE(text);
    const auto record = parse_key_record(text);
    REQUIRE_MESSAGE(record.has_value(), (record ? std::string() : record.error().message()));
    CHECK(record->dnskey.tag() == 3613);
    CHECK(dns::to_text(record->owner) == "example.com.");
  }
  const std::vector<std::string> bad{
      "",
      "; only a comment",
      "example.com. A 192.0.2.1",
      " IN DNSKEY 257 3 15 " + key,
      "example.com. DNSKEY 257 3",
      "example.com. DNSKEY 257 3 15",
      "example.com. DNSKEY 70000 3 15 " + key,
      "example.com. DNSKEY 257 4 15 " + key,
      "example.com. DNSKEY 257 3 15 " + key + "\nexample.com. DNSKEY 257 3 15 " + key,
      "example.com. DNSKEY 257 3 15 %%%"};
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(parse_key_record(text).has_value());
  }
}

TEST_CASE("key texts: random damage is an error or another text, never a crash") {
  const auto good = pool_private("rsa2048-zsk-1");
  const auto record =
      text_of(std::string(DW_TESTS_DIR) + "/keys/" + support::pool_stem("rsa2048-zsk-1") + ".key");
  const auto public_key = support::pool_key("rsa2048-zsk-1").dnskey.public_key;
  CHECK(rc::check("damaged key files", [&](std::size_t at, std::uint8_t octet, std::size_t end) {
    for (auto text : {good, record}) {
      text[at % text.size()] = static_cast<char>(octet);
      text.resize(end % (text.size() + 1));
      if (const auto half = parse_bind_private(text); half) {
        RC_ASSERT(half->key->public_key() == support::pool_key("rsa2048-zsk-1").dnskey.public_key);
      }
      if (const auto parsed = parse_key_record(text); parsed) {
        RC_ASSERT(parsed->dnskey.protocol == 3);
      }
    }
  }));
}

}  // namespace
}  // namespace danewerk::store
