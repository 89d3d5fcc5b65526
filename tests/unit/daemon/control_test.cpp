#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control_client.h"
#include "daemon/control_socket.h"
#include "daemon/peer.h"
#include "daemon/status_file.h"
#include "store/state_lock.h"
#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;          // NOLINT(google-build-using-namespace)
using namespace danewerk::daemon;  // NOLINT(google-build-using-namespace)
using danewerk::test::good;
using support::ScopedFolder;
using support::text_of;
using support::write_text;

namespace {

constexpr sys_seconds kNow{seconds(1'800'000'000)};

mode_t mode_of(const Path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

config::Config config_in(const Path& folder) {
  config::Config config;
  config.state = folder;
  config.file = folder / "danewerk.yaml";
  return config;
}

}  // namespace

TEST_CASE("control: the socket is its owner's alone, or the group's, from its first moment on") {
  const ScopedFolder folder;
  const auto alone = good(listen_at(folder / "alone", std::nullopt));
  CHECK(mode_of(folder / "alone") == 0600);
  const auto shared = good(listen_at(folder / "shared", ::getegid()));
  CHECK(mode_of(folder / "shared") == 0660);
}

TEST_CASE("control: the kernel says who asks") {
  const ScopedFolder folder;
  const auto listening = good(listen_at(folder / "control", std::nullopt));
  const auto client = good(connect_to(folder / "control", folder.path()));
  const Descriptor server(::accept(listening.get(), nullptr, nullptr));
  const auto peer = good(peer_of(server.get()));
  CHECK(peer.uid == ::geteuid());
  CHECK(is_allowed(peer, {.owner = ::geteuid()}));
}

TEST_CASE("control: a socket of a daemon that is gone is replaced, a file of somebody is not") {
  const ScopedFolder folder;
  {
    const auto gone = good(listen_at(folder / "control", std::nullopt));
  }
  const auto refused = connect_to(folder / "control", folder.path());
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::kUnavailable);
  CHECK(listen_at(folder / "control", std::nullopt));
  write_text(folder / "file", "precious");
  const auto kept = listen_at(folder / "file", std::nullopt);
  REQUIRE(!kept);
  CHECK(kept.error().code() == Errc::kRefused);
  CHECK(text_of(folder / "file") == "precious");
}

TEST_CASE("control: a path that no socket address has room for works all the same") {
  const ScopedFolder folder;
  auto deep = folder.path();
  for (int i = 0; i < 4; ++i) {
    deep /= std::string(60, 'x');
    std::filesystem::create_directory(deep);
  }
  const auto listening = good(listen_at(deep / "control", std::nullopt));
  CHECK(connect_to(deep / "control", deep));
}

TEST_CASE("control: without daemon commands act themselves; a pass is none") {
  const ScopedFolder folder;
  const auto config = config_in(folder.path());
  CHECK(!good(ControlClient::find(config, "jane")));
  const auto lock = good(store::StateLock::take(folder.path(), "danewerk run", seconds(0), kNow));
  REQUIRE(lock);
  CHECK(!good(ControlClient::find(config, "jane")));
  const auto none = require_daemon(config, "jane");
  REQUIRE(!none);
  CHECK(none.error().code() == Errc::kUnavailable);
}

TEST_CASE("control: a daemon that holds the lock is asked") {
  const ScopedFolder folder;
  const auto lock = good(store::StateLock::take(folder.path(), kDaemonName, seconds(0), kNow));
  REQUIRE(lock);
  const auto client = good(ControlClient::find(config_in(folder.path()), "jane"));
  REQUIRE(client);
  CHECK(client->can_look());
}

TEST_CASE("status file: zones of the state with their verdict, for everybody to read") {
  const ScopedFolder folder;
  auto config = config_in(folder / "state");
  config.policies["default"] = {};
  config.zones["a.example."] = {.name = "a.example."};
  auto state = good(store::State::open(config.state, store::State::Access::kWrite));
  auto transaction = good(state.begin());
  for (const auto* name : {"a.example.", "orphan.example."}) {
    model::ZoneState zone;
    zone.name = name;
    zone.serial = 7;
    CHECK(transaction.save(zone));
  }
  CHECK(transaction.commit());
  StatusFile status;
  CHECK(status.read(config, state, {}, kNow));
  const StatusFile::Heading heading{
      .written = kNow, .started = kNow, .trouble = "the disk is full"};
  CHECK(status.write(folder / "status.json", heading));
  CHECK(mode_of(folder / "status.json") == 0644);
  const auto json = Json::parse(text_of(folder / "status.json"));
  CHECK(json.at("written") == to_text(kNow));
  CHECK(json.at("trouble") == "the disk is full");
  REQUIRE(json.at("zones").size() == 2);
  CHECK(json.at("zones").at(0).at("health") == "CRITICAL");  // never signed
  CHECK(json.at("zones").at(1).at("health") == "WARNING");   // not configured
  CHECK(json.at("health").at("CRITICAL") == 1);

  auto again = good(state.begin());
  CHECK(again.remove_zone("orphan.example."));
  CHECK(again.commit());
  CHECK(status.read(config, state, {"orphan.example."}, kNow));
  CHECK(Json::parse(status.text(heading)).at("zones").size() == 1);
}
