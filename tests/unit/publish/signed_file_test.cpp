#include "publish/signed_file.h"

#include <doctest/doctest.h>

#include "support/scoped_folder.h"
#include "support/signed_zone.h"
#include "verify/verify.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::publish;  // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

/// Only the verifier can make one.
verify::VerifiedZone verified() {
  const auto content = zone_of(
      "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\nexample. 60 NS ns.example.net.\n");
  auto report =
      verify::verify_zone(signed_zone(content, ed25519_keys()), {.at = new_year(), .ds = {}});
  REQUIRE(report.verified.has_value());
  return *report.verified;
}

/// What stands in FOLDER, published there with a last line.
std::filesystem::path published(const ScopedFolder& folder, const std::string& text) {
  const auto target = folder / "out.zone";
  auto file = test::good(SignedFile::create(target, 0640));
  REQUIRE(file.write(text.substr(0, text.size() / 2)).has_value());
  REQUIRE(file.write(text.substr(text.size() / 2)).has_value());
  REQUIRE(file.publish(verified()).has_value());
  return target;
}

bool is_ours(const std::filesystem::path& file) {
  return test::good(is_verified_output(file));
}

}  // namespace

TEST_CASE("signed_file: the last line is a comment with version and digest of all before it") {
  const ScopedFolder folder;
  const auto file = published(folder, "a\n");
  CHECK(text_of(file) ==
        "a\n; danewerk 1 sha256 "
        "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7\n");
  CHECK(is_ours(file));
}

TEST_CASE("signed_file: nothing is at the target before it is published, and no trace otherwise") {
  const ScopedFolder folder;
  {
    auto file = test::good(SignedFile::create(folder / "out.zone", 0640));
    REQUIRE(file.write("a\n").has_value());
    CHECK(file.octets() == 2);
    CHECK_FALSE(std::filesystem::exists(folder / "out.zone"));
    CHECK(text_of(file.unpublished()) == "a\n");
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("signed_file: what was not verified has no last line") {
  const ScopedFolder folder;
  auto file = test::good(SignedFile::create(folder / "out.zone", 0640));
  REQUIRE(file.write("a\n").has_value());
  REQUIRE(file.publish_unverified().has_value());
  CHECK(text_of(folder / "out.zone") == "a\n");
  CHECK_FALSE(is_ours(folder / "out.zone"));
}

TEST_CASE("signed_file: a file cut at any length is not ours") {
  const ScopedFolder folder;
  const auto text = text_of(published(folder, "example. 60 IN A 192.0.2.1\n"));
  for (std::size_t size = 0; size < text.size(); ++size) {
    write_text(folder / "cut", text.substr(0, size));
    CHECK_MESSAGE(!is_ours(folder / "cut"), size);
  }
}

TEST_CASE("signed_file: a file with any octet changed, or one more, is not ours") {
  const ScopedFolder folder;
  const auto text = text_of(published(folder, "example. 60 IN A 192.0.2.1\n"));
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto touched = text;
    touched[at] = static_cast<char>(touched[at] ^ 1);
    write_text(folder / "touched", touched);
    CHECK_MESSAGE(!is_ours(folder / "touched"), at);
  }
  write_text(folder / "longer", text + "\n");
  CHECK_FALSE(is_ours(folder / "longer"));
  write_text(folder / "added", text + "example. 60 IN A 192.0.2.2\n");
  CHECK_FALSE(is_ours(folder / "added"));
}

TEST_CASE("signed_file: a file larger than one read is digested whole") {
  const ScopedFolder folder;
  const auto file = published(folder, std::string(600'000, 'x') + "\n");
  CHECK(is_ours(file));
  auto text = text_of(file);
  text[300'000] = 'y';
  write_text(file, text);
  CHECK_FALSE(is_ours(file));
}

TEST_CASE("signed_file: a file that is not there is an error, not a no") {
  CHECK_FALSE(is_verified_output("/nonexistent/zone").has_value());
}
