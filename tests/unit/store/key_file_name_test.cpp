#include "store/key_file_name.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "store/key_store.h"
#include "support/pool_keys.h"
#include "support/scoped_folder.h"

namespace danewerk::store {
namespace {

dns::Name name(std::string_view text) {
  auto parsed = dns::name_from_text(text);
  REQUIRE(parsed.has_value());
  return *std::move(parsed);
}

TEST_CASE("key file name: ours and BIND's, lower case") {
  const auto key = support::pool_key("ed25519-ksk-1");
  CHECK(own_prefix(name("Example.ORG.")) == "example.org+");
  CHECK(own_stem(name("Example.ORG."), key) == "example.org+015+31945+" + key.id().substr(0, 16));
  CHECK(bind_stem(name("Example.ORG."), key.dnskey) == "Kexample.org.+015+31945");
}

TEST_CASE("key file name: the root zone has one") {
  CHECK(own_prefix(name(".")) == "@+");
  CHECK(bind_prefix(name(".")) == "K.+");
}

TEST_CASE("key file name: no name leaves the folder, hides, or splits") {
  CHECK(own_prefix(name("\\046\\046\\047x.example.")) == "%2E%2E%2Fx.example+");
  CHECK(own_prefix(name("\\000.example.")) == "%00.example+");
  CHECK(own_prefix(name("a+b.example.")) == "a%2Bb.example+");
  CHECK(own_prefix(name("*.example.")) == "%2A.example+");
  CHECK(own_prefix(name("\\064.")) == "%40+");  // "@" is the root alone
  CHECK(own_prefix(name("a\\.b.example.")) != own_prefix(name("a.b.example.")));
}

TEST_CASE("key file name: the longest names fit, and differ when their ends differ") {
  std::string text;
  for (int i = 0; i < 3; ++i) text += std::string(63, 'a') + ".";
  const auto one = name(text + std::string(60, 'b') + ".");
  const auto other = name(text + std::string(59, 'b') + "c.");
  CHECK(own_prefix(one).size() <= 180);
  CHECK(own_prefix(one) != own_prefix(other));
  const support::ScopedFolder folder;
  const auto key = support::pool_key("ed25519-zsk-1");
  REQUIRE(import_key({folder.path()}, one, key, sys_seconds{}).has_value());
  CHECK(load_keys({folder.path()}, one)->keys.size() == 1);
  CHECK(load_keys({folder.path()}, other)->keys.empty());
}

TEST_CASE("key file name: odd zones keep and find their keys") {
  const auto key = support::pool_key("ed25519-zsk-1");
  for (const auto* text : {".", "\\046\\046\\047x.", "K.", "a\\.b.c.", "\\255.example.", "@."}) {
    CAPTURE(text);
    const support::ScopedFolder folder;
    const auto zone = name(text);
    REQUIRE(import_key({folder.path()}, zone, key, sys_seconds{}).has_value());
    REQUIRE(write_bind_pair(folder.path(), zone, key).has_value());
    const auto found = load_keys({folder.path(), FolderKind::kForeign}, zone);
    REQUIRE_MESSAGE(found.has_value(), (found ? std::string() : found.error().message()));
    CHECK(found->keys.size() == 1);
    CHECK(found->findings.count("KEY-TWICE") == 1);
  }
}

TEST_CASE("key file name: numbers are read from whole stems only") {
  CHECK(numbers_of("008+12345")->tag == 12345);
  CHECK(numbers_of("008+00045+0123456789abcdef")->algorithm == 8);
  for (const auto* bad : {"", "8+12345", "008+1234", "008+65536", "256+12345", "008-12345",
                          "008+12345+", "008+12345+0123456789ABCDEF", "008+12345+0123456789abcde",
                          "008+12345x", "+08+12345", "008++2345"}) {
    CAPTURE(bad);
    CHECK_FALSE(numbers_of(bad).has_value());
  }
}

TEST_CASE("key file name: any wire name gives a plain file name of its own") {
  CHECK(rc::check("plain file names", [](const std::vector<Bytes>& labels) {
    Bytes wire;
    for (const auto& label : labels) {
      const auto size = std::min<std::size_t>(label.size(), 63);
      if (size == 0 || wire.size() + size + 2 > 255) continue;
      wire.push_back(static_cast<std::uint8_t>(size));
      wire.insert(wire.end(), label.begin(), label.begin() + static_cast<long>(size));
    }
    wire.push_back(0);
    const auto prefix = own_prefix(dns::NameView(wire));
    RC_ASSERT(prefix.size() <= 181);
    RC_ASSERT(prefix.front() != '.');
    RC_ASSERT(prefix.find('/') == std::string::npos);
    RC_ASSERT(prefix.find('\0') == std::string::npos);
  }));
}

}  // namespace
}  // namespace danewerk::store
