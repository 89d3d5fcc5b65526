/// \file
/// The one-shot signer on files: what is written, what is left alone, what is refused.

#include <doctest/doctest.h>

#include "engine/sign_task.h"
#include "support/pool_keys.h"
#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)
using test::good;

namespace {

constexpr const char* kZone =
    "$TTL 3600\n"
    "@ SOA ns.example.net. mail.example.net. 1 7200 3600 86400 300\n"
    "@ NS ns.example.net.\n"
    "@ NS ns2.example.net.\n"
    "www A 192.0.2.1\n"
    "_25._tcp.mx TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000\n";

/// A folder with a zone file and keys, and a signer at a moment that the test moves.
class Desk {
 public:
  Desk() {
    task.origin = *dns::name_from_text("example.");
    write_text(folder_ / "zone", kZone, 0644);
    std::filesystem::create_directory(folder_ / "keys");
    std::filesystem::permissions(folder_ / "keys", std::filesystem::perms::owner_all);
    for (const char* name : {"ed25519-ksk-1", "ed25519-zsk-1"}) {
      copy_pool_key(name, task.origin, folder_ / "keys");
    }
    task.input = folder_ / "zone";
    task.keys = folder_ / "keys";
    task.output = folder_ / "signed";
    task.at = sys_seconds(std::chrono::seconds(1'795'224'000));
    task.jobs = 2;
  }
  void write_zone(const std::string& text) { write_text(folder_ / "zone", text, 0644); }
  engine::SignOutcome sign() { return good(engine::sign_file(task)); }
  [[nodiscard]] std::string output() const { return text_of(folder_ / "signed"); }
  [[nodiscard]] const ScopedFolder& folder() const { return folder_; }

  engine::SignTask task;

 private:
  ScopedFolder folder_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("sign: the same input and moment give the same bytes") {
  Desk desk;
  CHECK(desk.sign().written);
  const auto first = desk.output();
  desk.task.jobs = 1;
  CHECK(desk.sign().written);
  CHECK(desk.output() == first);
}

TEST_CASE("sign: with reuse and nothing due, the file is not touched") {
  Desk desk;
  desk.sign();
  desk.task.reuse = desk.task.output;
  desk.task.at += std::chrono::days(2);
  const auto before = std::filesystem::last_write_time(desk.task.output);
  const auto outcome = desk.sign();
  CHECK_FALSE(outcome.written);
  CHECK(outcome.is_good());
  CHECK(std::filesystem::last_write_time(desk.task.output) == before);
}

TEST_CASE("sign: with reuse, one changed record costs its signatures and no more") {
  Desk desk;
  desk.task.serial = seal::SerialPolicy::kIncrement;
  desk.sign();
  desk.task.reuse = desk.task.output;
  desk.write_zone(replaced(kZone, "192.0.2.1", "192.0.2.2"));
  const auto outcome = desk.sign();
  CHECK(outcome.written);
  CHECK(outcome.serial == 3);
  CHECK(outcome.signatures_made == 2);  // the address and the SOA
  CHECK(desk.output().find("192.0.2.2") != std::string::npos);
}

TEST_CASE("sign: with reuse, what is due is renewed though nothing changed") {
  Desk desk;
  desk.sign();
  desk.task.reuse = desk.task.output;
  desk.task.at += std::chrono::days(29);
  const auto outcome = desk.sign();
  CHECK(outcome.written);
  CHECK(outcome.serial == 1);  // keep: unchanged content keeps its serial
  CHECK(*outcome.earliest_expiration == desk.task.at + desk.task.validity);
}

TEST_CASE("sign: a re-used file that somebody touched is checked signature by signature") {
  Desk desk;
  desk.sign();
  // Another address under the old signature, and a last line that no longer fits.
  write_text(desk.task.output, replaced(desk.output(), "192.0.2.1", "192.0.2.9"), 0644);
  desk.task.reuse = desk.task.output;
  desk.write_zone(replaced(replaced(kZone, "192.0.2.1", "192.0.2.9"), " 1 7200", " 2 7200"));
  const auto outcome = desk.sign();
  CHECK(outcome.written);
  CHECK(outcome.signatures_made == 2);  // the address, whose signature is false, and the SOA
  CHECK(outcome.signatures_kept == 10);
}

TEST_CASE("sign: a zone with errors leaves the last good version (promise P3)") {
  Desk desk;
  desk.sign();
  const auto before = desk.output();
  desk.write_zone(std::string(kZone) + "www CNAME elsewhere\n");
  const auto outcome = desk.sign();
  CHECK_FALSE(outcome.written);
  CHECK(outcome.findings.count("ZONE-CNAME-AND-OTHER") == 1);
  CHECK(desk.output() == before);
}

TEST_CASE("sign: the zone file is never overwritten by what is made of it (promise P4)") {
  Desk desk;
  desk.task.output = desk.task.input;
  const auto refused = engine::sign_file(desk.task);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Errc::kRefused);
  CHECK(text_of(desk.task.input) == kZone);
}

TEST_CASE("sign: no new keys for a zone that was signed with others (promise P4)") {
  Desk desk;
  desk.sign();
  std::filesystem::remove_all(desk.task.keys);
  desk.task.new_keys = engine::SignTask::NewKeys{crypto::Algorithm::kEd25519, 0};
  const auto refused = engine::sign_file(desk.task);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Errc::kRefused);
  CHECK(std::filesystem::is_empty(desk.task.keys));
}

TEST_CASE("sign: a key file that cannot be read is an error, never a reason to make a key") {
  Desk desk;
  desk.task.new_keys = engine::SignTask::NewKeys{crypto::Algorithm::kEd25519, 0};
  for (const auto& file : std::filesystem::directory_iterator(desk.task.keys)) {
    if (file.path().extension() == ".private") write_text(file.path(), "Private-key-format: v9\n");
  }
  CHECK_FALSE(engine::sign_file(desk.task).has_value());
  CHECK_FALSE(std::filesystem::exists(desk.task.output));
}

TEST_CASE("sign: without verification the file has no last line of ours") {
  Desk desk;
  desk.task.verification = engine::SignTask::Verification::kNone;
  CHECK(desk.sign().written);
  CHECK(desk.output().find("; danewerk") == std::string::npos);
}
