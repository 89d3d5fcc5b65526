#include "store/service_key.h"

#include <set>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/scoped_folder.h"

namespace danewerk::store {
namespace {

using support::ScopedFolder;
using support::text_of;

const std::string kId(64, 'a');

Secret secret(std::string_view text) {
  const auto octets = as_bytes(text);
  return Secret(Bytes(octets.begin(), octets.end()));
}

mode_t mode_of(const Path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

TEST_CASE("service key: written 0600 in a folder of 0700, once, and read back (promise P7)") {
  const ScopedFolder folder;
  const KeyFolder keys{folder / "keys"};
  const ServiceKeyName name{"mail", kId};
  CHECK_FALSE(read_service_key(keys, name)->has_value());
  const auto file = write_service_key(keys, name, secret("PEM"));
  REQUIRE(file.has_value());
  CHECK(file->filename() == "tls-mail-aaaaaaaaaaaaaaaa.pem");
  CHECK(mode_of(*file) == 0600);
  CHECK(mode_of(keys.path) == 0700);
  CHECK(as_text((*read_service_key(keys, name))->view()) == "PEM");
  // What is there is never written over.
  CHECK_FALSE(write_service_key(keys, name, secret("other")).has_value());
  CHECK(text_of(*file) == "PEM");
}

TEST_CASE("service key: what others can reach is refused") {
  const ScopedFolder folder;
  const KeyFolder keys{folder / "keys"};
  const ServiceKeyName name{"mail", kId};
  const auto file = write_service_key(keys, name, secret("PEM"));
  REQUIRE(file.has_value());
  REQUIRE(::chmod(file->c_str(), 0640) == 0);
  CHECK_FALSE(read_service_key(keys, name).has_value());
  REQUIRE(::chmod(file->c_str(), 0600) == 0);
  REQUIRE(::chmod(keys.path.c_str(), 0750) == 0);
  CHECK_FALSE(read_service_key(keys, name).has_value());
  CHECK_FALSE(write_service_key(keys, {"other", kId}, secret("PEM")).has_value());
}

TEST_CASE("service key: whatever a binding is called, its file stays in the folder, and its own") {
  const KeyFolder keys{"keys"};
  std::set<std::string> files;
  for (const auto* name : {"mail", "Mail", "../mail", "a/b", "", ".", "..", "a%2Fb", "tls mail"}) {
    const auto file = service_key_file(keys, {name, kId});
    CHECK_MESSAGE(file.parent_path() == "keys", name);
    CHECK_MESSAGE(files.insert(file.string()).second, name);
  }
}

TEST_CASE("service key: one that was set aside is not found again") {
  const ScopedFolder folder;
  const KeyFolder keys{folder / "keys"};
  const ServiceKeyName name{"mail", kId};
  CHECK(set_aside_service_key(keys, name).has_value());
  const auto file = write_service_key(keys, name, secret("PEM"));
  REQUIRE(file.has_value());
  CHECK(set_aside_service_key(keys, name).has_value());
  CHECK_FALSE(read_service_key(keys, name)->has_value());
  CHECK(text_of(file->string() + ".removed") == "PEM");
}

}  // namespace
}  // namespace danewerk::store
