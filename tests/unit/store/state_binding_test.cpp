#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include "store/state.h"
#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;         // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::store;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;
using test::good;
using Access = State::Access;

namespace {

const auto kNow = sys_seconds(seconds(1'795'000'000));

/// Every field is something.
model::BindingState full_state() {
  const Bytes one{3, 1, 1, 0xAB};
  const Bytes two{2, 1, 1, 0xCD};
  const model::Chain chain{.id = "chain",
                           .key = "key",
                           .issuers = {"issuer", "root"},
                           .satisfies = {one, two},
                           .wanted = {one},
                           .key_record = one,
                           .not_before = kNow,
                           .not_after = kNow + seconds(9),
                           .anchor_not_after = kNow + seconds(10),
                           .issuer = model::IssuerStanding::kVerified,
                           .arrived = kNow};
  model::BindingState state;
  state.binding = {.name = "mail",
                   .keys = {{.id = "key",
                             .use = model::BindingKeyUse::kRetired,
                             .records = {one},
                             .since = kNow,
                             .is_stolen = true,
                             .certified_until = kNow + seconds(12)}},
                   .served = chain,
                   .staged = {chain},
                   .previous = {chain, chain},
                   .deployed = kNow,
                   .confirmed = kNow + seconds(1),
                   .pending = model::PendingDeployment{.chain = "chain",
                                                       .rule = "ROLL-TLSA-EMERGENCY",
                                                       .reason = "it must",
                                                       .is_exchange = true,
                                                       .is_known_by_key = true,
                                                       .is_outage = true},
                   .is_from_backup = true,
                   .is_exchange = true,
                   .is_roll_wanted = true,
                   .is_stopping = true,
                   .emergency = model::Emergency{.kind = model::EmergencyKind::kKeyLost,
                                                 .choice = model::EmergencyChoice::kNextKey,
                                                 .since = kNow,
                                                 .former = {chain}},
                   .banned = {{.rdata = two, .until = kNow}, {.rdata = one}},
                   .stolen_until = kNow,
                   .confirmed_issuers = {two},
                   .adopted = {one},
                   .dropped = {two},
                   .incidents = {{.at = kNow,
                                  .rule = "ROLL-TLSA-DRIFT",
                                  .what = "it \"drifted\"\n",
                                  .until = kNow,
                                  .is_open = true}}};
  state.endpoints = {
      {.name = "mx1",
       .owner = "_25._tcp.mx1.",
       .is_probed = false,
       .is_silent = true,
       .is_without_tls = true,
       .why = "does not offer STARTTLS",
       .sight = model::Endpoint::Sight{
           .key = "key", .satisfies = {one}, .wanted = {two}, .hits = 2, .at = kNow}}};
  state.files = {{.path = "/etc/x", .size = 7, .modified = -5, .inode = 9, .digest = {1, 2}}};
  state.pems = {{"chain", "-----BEGIN"}};
  state.appended_roots = {{"aa", "bb"}};
  state.told_again = kNow;
  state.wake = kNow;
  state.last_pass = kNow;
  state.last_outcome = "all well";
  state.label = "stable";
  state.findings = {
      {.id = "TLSA-NAME", .level = "error", .text = "x", .since = kNow, .told = kNow}};
  state.waits_json = "[]";
  return state;
}

model::TlsaOwner full_owner(const std::string& name) {
  const Bytes one{3, 1, 1, 0xAB};
  return {.name = name,
          .versions = {{.records = {one},
                        .ttl = seconds(300),
                        .first = 3,
                        .until = 9,
                        .made = kNow,
                        .everywhere = kNow,
                        .last_served = kNow + seconds(1),
                        .signed_until = kNow + seconds(2)},
                       {}},
          .records = {{.rdata = one,
                       .state = {.visibility = model::Visibility::kOmnipresent,
                                 .since = kNow,
                                 .version = 4}}},
          .alias_ttl = seconds(60),
          .foreign = {one},
          .shown = {{.address = "192.0.2.53@53",
                     .seen = {{.version = 3, .at = kNow}},
                     .trouble = "shows no TLSA records"}}};
}

}  // namespace

TEST_CASE("state: a binding comes back as it was saved, field by field") {
  const ScopedFolder folder;
  const auto saved = full_state();
  {
    auto state = good(State::open(folder / "state", Access::kWrite));
    CHECK(good(state.binding_names()).empty());
    CHECK_FALSE(good(state.load_binding("mail")).has_value());
    auto transaction = good(state.begin());
    REQUIRE(transaction.save_binding(saved).has_value());
    REQUIRE(transaction.commit().has_value());
  }
  auto state = good(State::open(folder / "state", Access::kRead));
  CHECK(good(state.binding_names()) == std::vector<std::string>{"mail"});
  CHECK(good(state.load_binding("mail")) == saved);
}

TEST_CASE("state: owners of TLSA records come back by zone, in order") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  auto transaction = good(state.begin());
  for (const auto* name : {"b", "a"}) {
    REQUIRE(transaction.save_tlsa_owner("example.", full_owner(name)).has_value());
  }
  REQUIRE(transaction.save_tlsa_owner("", full_owner("c")).has_value());
  REQUIRE(transaction.remove_tlsa_owner("example.", "c").has_value());
  REQUIRE(transaction.commit().has_value());
  CHECK(good(state.tlsa_owners("example.")) ==
        std::vector<model::TlsaOwner>{full_owner("a"), full_owner("b")});
  CHECK(good(state.tlsa_owners("")).size() == 1);
}

TEST_CASE("state: a binding is forgotten whole, and may come again") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  for (int round = 0; round < 2; ++round) {
    auto transaction = good(state.begin());
    REQUIRE(transaction.save_binding(full_state()).has_value());
    REQUIRE(transaction.remove_binding("mail").has_value());
    REQUIRE(transaction.commit().has_value());
    CHECK(good(state.binding_names()).empty());
  }
}

TEST_CASE("state: what an older version wrote is read") {
  const ScopedFolder folder;
  good(State::open(folder / "state", Access::kWrite));
  SQLite::Database database((folder / "state" / "state.db").string(), SQLite::OPEN_READWRITE);
  // Nobody told yet who was reached without TLS.
  database.exec(
      R"(INSERT INTO binding VALUES ('mail', '{"binding": {"name": "mail"}, "endpoints": )"
      R"([{"name": "mx1", "is-probed": true, "is-silent": true, "why": "x"}]}'))");
  auto state = good(State::open(folder / "state", Access::kRead));
  const auto read = good(state.load_binding("mail"));
  REQUIRE(read.has_value());
  CHECK(read->endpoints == std::vector<model::Endpoint>{
                               {.name = "mx1", .is_probed = true, .is_silent = true, .why = "x"}});
}

TEST_CASE("state: a binding that is not what was written is an error with its name") {
  const ScopedFolder folder;
  good(State::open(folder / "state", Access::kWrite));
  SQLite::Database database((folder / "state" / "state.db").string(), SQLite::OPEN_READWRITE);
  for (const auto* text : {"{", "[]", R"({"binding": {"served": {"key": 7}}})",
                           R"({"binding": {"keys": [{"use": "stolen twice"}]}})",
                           R"({"binding": {"adopted": ["0g"]}})"}) {
    database.exec("DELETE FROM binding");
    SQLite::Statement insert(database, "INSERT INTO binding VALUES ('mail', ?)");
    insert.bind(1, text);
    insert.exec();
    auto state = good(State::open(folder / "state", Access::kRead));
    const auto read = state.load_binding("mail");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code() == Errc::kCorrupt);
    CHECK(read.error().message().find("mail") != std::string::npos);
  }
}
