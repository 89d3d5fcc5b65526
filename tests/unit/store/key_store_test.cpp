#include "store/key_store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "crypto/algorithm.h"
#include "store/key_file_name.h"
#include "support/pool_keys.h"
#include "support/scoped_folder.h"

namespace danewerk::store {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;
using support::ScopedFolder;
using support::text_of;
using support::write_text;

constexpr sys_seconds kNow = sys_days(2026y / 11 / 21) + 1h;
constexpr NewKey kFast{.algorithm = crypto::Algorithm::kEd25519, .role = model::KeyRole::kKsk};

dns::Name name(std::string_view text) {
  auto parsed = dns::name_from_text(text);
  REQUIRE(parsed.has_value());
  return *std::move(parsed);
}

const dns::Name& zone() {
  static const auto kZone = name("example.org.");
  return kZone;
}

std::vector<model::Key> loaded(const KeyFolder& folder, const dns::Name& of = zone()) {
  auto keys = load_keys(folder, of);
  REQUIRE_MESSAGE(keys.has_value(), (keys ? std::string() : keys.error().message()));
  return keys->keys;
}

model::Key created(const KeyFolder& folder, const NewKey& wanted) {
  auto key = create_key(folder, zone(), wanted, kNow);
  REQUIRE_MESSAGE(key.has_value(), (key ? std::string() : key.error().message()));
  return *std::move(key);
}

Error refusal(const KeyFolder& folder) {
  auto keys = load_keys(folder, zone());
  REQUIRE_FALSE(keys.has_value());
  return std::move(keys).error();
}

bool says(const Error& error, std::string_view words) {
  const bool found = error.message().find(words) != std::string::npos;
  if (!found) MESSAGE(error.message());
  return found;
}

mode_t mode_of(const Path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

TEST_CASE("key store: a KSK of ours stays one while its ZSK is still to be made (promise P4)") {
  const ScopedFolder folder;
  const KeyFolder ours{folder / "keys"};
  REQUIRE(make_key_folder(ours.path).has_value());
  const auto made = created(ours, kFast);
  REQUIRE(made.role == model::KeyRole::kKsk);
  const auto keys = loaded(ours);
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].role == model::KeyRole::kKsk);
}

TEST_CASE("key store: what was created is loaded, with role, moment, and a working private half") {
  const ScopedFolder folder;
  const KeyFolder ours{folder / "keys"};
  REQUIRE(make_key_folder(ours.path).has_value());
  for (const auto role : {model::KeyRole::kZsk, model::KeyRole::kKsk, model::KeyRole::kCsk}) {
    const auto made = created(ours, {.algorithm = crypto::Algorithm::kEcdsaP256, .role = role});
    CHECK(made.role == role);
    CHECK(made.dnskey.flags == (role == model::KeyRole::kZsk ? 256 : 257));
    CHECK(made.timing.created == kNow);
    CHECK(made.is_active_at(kNow));
    REQUIRE(made.private_key != nullptr);
  }
  const auto keys = loaded(ours);
  REQUIRE(keys.size() == 3);
  CHECK(keys[0].signs_dnskey());
  CHECK(keys[1].signs_dnskey());
  CHECK(keys[2].role == model::KeyRole::kZsk);
  CHECK(loaded(ours, name("example.net.")).empty());
}

TEST_CASE("key store: every algorithm can be kept") {
  const ScopedFolder folder;
  const KeyFolder ours{folder.path()};
  for (const auto algorithm :
       {crypto::Algorithm::kRsaSha256, crypto::Algorithm::kRsaSha512, crypto::Algorithm::kEcdsaP256,
        crypto::Algorithm::kEcdsaP384, crypto::Algorithm::kEd25519, crypto::Algorithm::kEd448}) {
    CAPTURE(crypto::to_text(algorithm));
    CHECK(created(ours, {.algorithm = algorithm, .role = model::KeyRole::kZsk}).private_key !=
          nullptr);
  }
  CHECK(loaded(ours).size() == 6);
}

TEST_CASE("key store: folder and files are the owner's alone (promise P7)") {
  const ScopedFolder folder;
  const KeyFolder ours{folder / "keys"};
  const auto before = ::umask(0);
  REQUIRE(make_key_folder(ours.path).has_value());
  const auto key = created(ours, kFast);
  ::umask(before);
  CHECK(mode_of(ours.path) == 0700);
  CHECK(mode_of(key.file) == 0600);
  const auto stem = ours.path / own_stem(zone(), key);
  CHECK(mode_of(stem.string() + ".pem") == 0600);
  CHECK(mode_of(stem.string() + ".dnskey") == 0600);
}

TEST_CASE("key store: ours is refused when group or others can reach folder or file (promise P7)") {
  const ScopedFolder folder;
  const KeyFolder ours{folder / "keys"};
  REQUIRE(make_key_folder(ours.path).has_value());
  const auto key = created(ours, kFast);
  for (const mode_t mode : {0710U, 0750U, 0701U, 0777U}) {
    REQUIRE(::chmod(ours.path.c_str(), mode) == 0);
    CHECK(refusal(ours).code() == Errc::kRefused);
  }
  REQUIRE(::chmod(ours.path.c_str(), 0700) == 0);
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    REQUIRE(::chmod(key.file.c_str(), mode) == 0);
    const auto error = refusal(ours);
    CHECK(error.code() == Errc::kRefused);
    CHECK(says(error, "only its owner"));
    CHECK(error.hint().starts_with("chmod 0600"));
  }
  REQUIRE(::chmod(key.file.c_str(), 0600) == 0);
  CHECK(loaded(ours).size() == 1);
}

TEST_CASE(
    "key store: a foreign folder is refused only when others can read or write (promise P7)") {
  const ScopedFolder folder;
  const KeyFolder foreign{folder / "keys", FolderKind::kForeign};
  REQUIRE(make_key_folder(foreign.path).has_value());
  const auto stem = support::copy_pool_key("ed25519-zsk-1", zone(), foreign.path);
  const auto private_file = stem.string() + ".private";
  const auto public_file = stem.string() + ".key";
  REQUIRE(::chmod(foreign.path.c_str(), 0775) == 0);
  REQUIRE(::chmod(private_file.c_str(), 0660) == 0);
  CHECK(loaded(foreign).size() == 1);
  REQUIRE(::chmod(private_file.c_str(), 0644) == 0);
  CHECK(says(refusal(foreign), "others may not read a private key"));
  REQUIRE(::chmod(private_file.c_str(), 0602) == 0);
  CHECK(says(refusal(foreign), "others may not write"));
  // What is advised is enough: of others nothing is left, of the group what it may have.
  for (const auto& [mode, advised] :
       {std::pair(0606U, "0600"), std::pair(0644U, "0640"), std::pair(0777U, "0640")}) {
    REQUIRE(::chmod(private_file.c_str(), mode) == 0);
    CHECK(refusal(foreign).hint().starts_with(std::string("chmod ") + advised + " '"));
  }
  REQUIRE(::chmod(private_file.c_str(), 0600) == 0);
  REQUIRE(::chmod(public_file.c_str(), 0646) == 0);
  CHECK(says(refusal(foreign), "others may not write"));
  REQUIRE(::chmod(public_file.c_str(), 0644) == 0);
  REQUIRE(::chmod(foreign.path.c_str(), 0777) == 0);
  CHECK(says(refusal(foreign), "others may not write"));
}

TEST_CASE("key store: a file that cannot be read or understood is an error, never no key") {
  const ScopedFolder folder;
  const KeyFolder ours{folder / "keys"};
  REQUIRE(make_key_folder(ours.path).has_value());
  const auto key = created(ours, kFast);
  const auto stem = (ours.path / own_stem(zone(), key)).string();
  const auto record = text_of(stem + ".dnskey");
  const auto pem = text_of(stem + ".pem");

  write_text(stem + ".pem", "");
  CHECK(says(refusal(ours), ".pem"));
  write_text(stem + ".pem", pem.substr(0, pem.size() / 2));
  CHECK(refusal(ours).code() == Errc::kBadInput);
  std::filesystem::remove(stem + ".pem");
  CHECK(refusal(ours).code() == Errc::kUnavailable);
  std::filesystem::create_directory(stem + ".pem");
  CHECK(says(refusal(ours), "no regular file"));
  std::filesystem::remove(stem + ".pem");
  REQUIRE(::mkfifo((stem + ".pem").c_str(), 0600) == 0);
  CHECK(says(refusal(ours), "no regular file"));
  std::filesystem::remove(stem + ".pem");
  write_text(stem + ".pem", std::string(70000, 'x'));
  CHECK(says(refusal(ours), "larger than"));
  write_text(stem + ".pem", pem);

  write_text(stem + ".dnskey", record.substr(0, record.size() / 2));
  CHECK(refusal(ours).code() == Errc::kBadInput);
  write_text(stem + ".dnskey", "");
  CHECK(refusal(ours).code() == Errc::kBadInput);
  write_text(stem + ".dnskey", record);
  CHECK(loaded(ours).size() == 1);
  CHECK_FALSE(load_keys({folder / "nowhere"}, zone()).has_value());
}

TEST_CASE("key store: each note of a record is held against the key") {
  const ScopedFolder folder;
  const KeyFolder ours{folder.path()};
  const auto key = created(ours, kFast);
  const auto file = (ours.path / own_stem(zone(), key)).string() + ".dnskey";
  const auto record = text_of(file);
  const auto with = [&](const std::string& before, const std::string& after) {
    auto text = record;
    const auto at = text.find(before);
    REQUIRE(at != std::string::npos);
    text.replace(at, before.size(), after);
    write_text(file, text);
    return refusal(ours);
  };
  CHECK(says(with("danewerk-key: 1", "danewerk-key: 2"), "format 2 is not known"));
  CHECK(says(with("; role: ksk\n", ""), "'role' is missing"));
  CHECK(says(with("role: ksk", "role: boss"), "no role"));
  CHECK(says(with("role: ksk", "role: zsk"), "contradicts flags 257"));
  CHECK(says(with("created: 2026", "created: last"), "created"));
  CHECK(says(with("\nexample.org. ", "\nexample.net. "), "example.net."));
  CHECK(with("; id: ", "; id: 0").code() == Errc::kCorrupt);
  CHECK(says(with(" 257 3 15 ", " 257 3 16 "), ""));
}

TEST_CASE("key store: a private half without its record is left aside with a warning") {
  const ScopedFolder folder;
  const KeyFolder ours{folder.path()};
  const auto key = created(ours, kFast);
  std::filesystem::remove((ours.path / own_stem(zone(), key)).string() + ".dnskey");
  const auto result = load_keys(ours, zone());
  REQUIRE(result.has_value());
  CHECK(result->keys.empty());
  CHECK(result->findings.count("KEY-UNFINISHED") == 1);
  CHECK_FALSE(result->findings.has_errors());
}

TEST_CASE("key store: the halves of two keys are refused") {
  const ScopedFolder folder;
  const KeyFolder ours{folder.path()};
  const auto one = created(ours, kFast);
  const auto other = created(ours, kFast);
  write_text(one.file, text_of(other.file));
  CHECK(says(refusal(ours), "do not belong together"));

  const ScopedFolder bind;
  const auto stem = support::copy_pool_key("rsa2048-ksk-1", zone(), bind.path()).string();
  const auto second = support::copy_pool_key("rsa2048-ksk-2", zone(), bind.path()).string();
  write_text(stem + ".private", text_of(second + ".private"));
  CHECK(says(refusal({bind.path(), FolderKind::kForeign}), "do not belong together"));
}

TEST_CASE("key store: an RSA key below 2048 bits is reported") {
  const ScopedFolder folder;
  const KeyFolder ours{folder.path()};
  created(ours, {.algorithm = crypto::Algorithm::kRsaSha256, .bits = 1024});
  const auto result = load_keys(ours, zone());
  REQUIRE(result.has_value());
  CHECK(result->findings.count("KEY-RSA-SHORT") == 1);
  CHECK(result->findings.list()[0].level == Level::kWarning);
  const auto refused = create_key(ours, zone(), {.bits = 1000}, kNow);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Errc::kRefused);
}

TEST_CASE("key store: a colliding tag is thrown away and the key made again") {
  const auto one = support::pool_key("ed25519-ksk-1");
  const auto other = support::pool_key("ed25519-zsk-1");
  int made = 0;
  const auto key = distinct_key({one}, one.dnskey.flags, [&] {
    ++made;
    const auto& source = made < 3 ? one : other;
    return crypto::private_key_from_fields(crypto::Algorithm::kEd25519,
                                           *source.private_key->fields());
  });
  REQUIRE(key.has_value());
  CHECK(made == 3);
  CHECK((*key)->public_key() == other.dnskey.public_key);
  const auto never = distinct_key({one}, one.dnskey.flags, [&] {
    return crypto::private_key_from_fields(crypto::Algorithm::kEd25519, *one.private_key->fields());
  });
  CHECK_FALSE(never.has_value());
}

TEST_CASE("key store: keys that a tag cannot tell apart are refused") {
  const ScopedFolder folder;
  const KeyFolder foreign{folder.path(), FolderKind::kForeign};
  const auto one = support::pool_key("rsa2048-zsk-1").dnskey;
  // 128 more in a low octet: what the REVOKE bit adds to the sum (RFC 4034 appendix B).
  auto other = one;
  std::size_t at = 101;
  while (one.public_key[at] >= 0x80) at += 2;
  other.public_key[at] |= 0x80U;
  REQUIRE(other.tag() == one.revoked_tag());
  for (const auto& key : {one, other}) {
    write_text((folder / bind_stem(zone(), key)).string() + ".key",
               "example.org. IN DNSKEY 256 3 8 " + to_base64(key.public_key) + "\n");
  }
  CHECK(says(refusal(foreign), "cannot be told apart"));
}

TEST_CASE("key store: importing needs both halves, and refuses what is there already") {
  const ScopedFolder folder;
  const KeyFolder ours{folder.path()};
  const auto key = support::pool_key("p256-ksk-1");
  const auto stored = import_key(ours, zone(), key, kNow);
  REQUIRE(stored.has_value());
  CHECK(stored->id() == key.id());
  CHECK(stored->role == model::KeyRole::kKsk);
  CHECK(loaded(ours).size() == 1);
  const auto again = import_key(ours, zone(), key, kNow);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code() == Errc::kRefused);
  auto half = support::pool_key("p256-ksk-2");
  half.private_key = nullptr;
  CHECK_FALSE(import_key(ours, zone(), half, kNow).has_value());
}

TEST_CASE("key store: nothing of a failed write is left behind") {
  const ScopedFolder folder;
  const KeyFolder ours{folder / "keys"};
  REQUIRE(make_key_folder(ours.path).has_value());
  const auto key = support::pool_key("ed448-zsk-1");
  // The record cannot take its place: a folder is in the way.
  const auto stem = ours.path / own_stem(zone(), key);
  std::filesystem::create_directories(stem.string() + ".dnskey/full");
  CHECK_FALSE(import_key(ours, zone(), key, kNow).has_value());
  for (const auto& entry : std::filesystem::directory_iterator(ours.path)) {
    CHECK(entry.path().extension() != ".tmp");
  }
}

}  // namespace
}  // namespace danewerk::store
