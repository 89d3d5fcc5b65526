/// \file
/// Passes over managed zones under a moved clock: real files, a real state folder, real signatures.

#include "engine/run.h"

#include <algorithm>
#include <fstream>
#include <set>

#include <doctest/doctest.h>

#include "support/managed_site.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using support::kHour;
using support::kStart;
using support::ManagedSite;
using support::text_of;
using support::write_text;
using test::good;

namespace {

std::string zone_text(std::string_view address, unsigned serial) {
  return "$TTL 3600\n@ SOA ns.zone.test. admin.zone.test. " + std::to_string(serial) +
         " 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\nwww A " + std::string(address) + "\n";
}

/// A site of one zone, zone.test.
class Site : public ManagedSite {
 public:
  explicit Site(const std::string& policy = "", const std::string& zone_keys = "") {
    write_text(source(), zone_text("192.0.2.2", 1));
    configure(policy, zone_keys);
  }

  void configure(const std::string& policy, const std::string& zone_keys = "") {
    const bool has_algorithm = policy.find("algorithm") != std::string::npos;
    ManagedSite::configure("policies:\n  default: {propagation-delay: 1h, serial: increment" +
                           policy + (has_algorithm ? "" : ", algorithm: ed25519") +
                           "}\nzones:\n  zone.test: {file: zone.test, output: out.zone, "
                           "parents: none" +
                           zone_keys + "}\n");
  }

  void forget_state() { std::filesystem::remove_all(folder() / "state"); }
  [[nodiscard]] std::size_t key_files() const {
    const std::filesystem::directory_iterator all(keys());
    return static_cast<std::size_t>(std::count_if(begin(all), end(all), [](const auto& entry) {
      return entry.path().extension() == ".pem";
    }));
  }
  void freeze() {
    auto state = good(store::State::open(config().state, store::State::Access::kWrite));
    auto zone = good(state.load("zone.test."));
    zone->is_frozen = true;
    auto transaction = good(state.begin());
    REQUIRE(transaction.save(*zone).has_value());
    REQUIRE(transaction.commit().has_value());
  }

  [[nodiscard]] verify::Report judge(sys_seconds now) const {
    return ManagedSite::judge("out.zone", now);
  }
  [[nodiscard]] Path output() const { return folder() / "out.zone"; }
  [[nodiscard]] Path source() const { return folder() / "zone.test"; }
  [[nodiscard]] model::ZoneState state() const { return state_of("zone.test."); }
};

}  // namespace

TEST_CASE("run: the first pass makes keys, signs, verifies and publishes (promise P3)") {
  Site site;
  const auto report = site.pass(kStart);
  REQUIRE(report.zones.size() == 1);
  CHECK_FALSE(report.has_failures());
  CHECK(report.published == 1);
  CHECK(site.judge(kStart).is_good());
  const auto state = site.state();
  CHECK(state.version == 1);
  CHECK(state.ring.keys.size() == 2);
  CHECK(state.facts.publications.back().published == kStart);
}

TEST_CASE("run: a pass with nothing due makes no serial, no signature, no file (promise P6)") {
  Site site;
  site.pass(kStart);
  const auto before = text_of(site.output());
  const auto report = site.pass(kStart + std::chrono::minutes(5));
  CHECK(report.zones.empty());
  CHECK(report.idle == 1);
  CHECK(text_of(site.output()) == before);
  CHECK(site.state().version == 1);
}

TEST_CASE("run: changed content is published with a greater serial, by content and not by time") {
  Site site;
  site.pass(kStart);
  const auto first = site.state().serial;
  const auto when = std::filesystem::last_write_time(site.source());
  write_text(site.source(), zone_text("192.0.2.9", 1));
  std::filesystem::last_write_time(site.source(), when);
  const auto report = site.pass(kStart + kHour);
  REQUIRE(report.zones.size() == 1);
  CHECK_FALSE(report.has_failures());
  CHECK(site.state().serial == first + 1);
  CHECK(text_of(site.output()).find("192.0.2.9") != std::string::npos);
  CHECK(site.judge(kStart + kHour).is_good());
}

TEST_CASE("run: another `file:` is read though the one before is still there") {
  Site site;
  site.pass(kStart);
  write_text(site.folder() / "other", zone_text("192.0.2.9", 1));
  site.ManagedSite::configure("zones:\n  zone.test: {file: other, output: out.zone}\n");
  CHECK(site.pass(kStart + kHour).published == 1);
  CHECK(text_of(site.output()).find("192.0.2.9") != std::string::npos);
}

TEST_CASE("run: a zone file with errors leaves the last good version, and it is still re-signed") {
  Site site;
  site.pass(kStart);
  write_text(site.source(), "@ SOA this is no zone\n");
  auto now = kStart + kHour;
  const auto report = site.pass(now);
  CHECK(report.has_failures());
  REQUIRE(report.zones.size() == 1);
  CHECK_FALSE(report.zones[0].news.empty());
  CHECK(site.pass(now + kHour).zones[0].news.empty());  // told once, then daily
  for (now += std::chrono::days(1); now < kStart + std::chrono::days(60);
       now += std::chrono::days(1))
    site.pass(now);
  CHECK(site.state().version > 1);
  CHECK(site.judge(now).is_good());
  CHECK(text_of(site.output()).find("192.0.2.2") != std::string::npos);
}

TEST_CASE("run: a year of ZSK rolls, each version valid at every hour (promises P1, P3)") {
  Site site(", zsk: {lifetime: 30d}");
  unsigned versions = 0;
  std::string last;
  for (auto now = kStart; now < kStart + std::chrono::days(365); now += std::chrono::hours(6)) {
    const auto report = site.pass(now);
    REQUIRE_FALSE(report.has_failures());
    const auto text = text_of(site.output());
    if (text == last) continue;
    last = text;
    ++versions;
    const auto judged = site.judge(now);
    for (const auto& finding : judged.findings.list()) {
      if (finding.level == Level::kError) FAIL(to_text(finding));
    }
  }
  const auto state = site.state();
  // Tact + 30 d each: RFC 7583 section 3.2.1; the first is active at the start.
  unsigned takeovers = 0;
  for (const auto& key : state.ring.keys) takeovers += key.role == model::KeyRole::kZsk ? 1 : 0;
  CHECK(takeovers >= 4);  // keys that went less than `key-retention` ago are still known
  CHECK(versions > 36);   // three versions a roll at least
  CHECK(versions < 500);  // a quiet zone makes about one a day at most
  MESSAGE(versions << " versions in a year");
}

TEST_CASE("run: while after-publish fails nothing counts as published, and it is tried again") {
  Site site("", ", after-publish: [sh, -c, 'test -e go']");
  const auto there = std::filesystem::current_path();
  std::filesystem::current_path(site.folder());
  CHECK(site.pass(kStart).has_failures());
  CHECK_FALSE(site.state().facts.publications.back().published.has_value());
  CHECK(site.pass(kStart + std::chrono::days(2)).has_failures());
  CHECK(site.state().version == 1);
  write_text(site.folder() / "go", "");
  CHECK_FALSE(site.pass(kStart + std::chrono::days(3)).has_failures());
  CHECK(site.state().facts.publications.back().published == kStart + std::chrono::days(3));
  std::filesystem::current_path(there);
}

TEST_CASE("run: a key that cannot be found is not replaced; what is published stays (promise P4)") {
  Site site;
  site.pass(kStart);
  const auto before = text_of(site.output());
  std::filesystem::remove_all(site.folder() / "keys");
  std::filesystem::create_directory(site.folder() / "keys");
  std::filesystem::permissions(site.folder() / "keys", std::filesystem::perms::owner_all);
  write_text(site.source(), zone_text("192.0.2.9", 5));
  CHECK(site.pass(kStart + kHour).has_failures());
  CHECK(text_of(site.output()) == before);
  CHECK(std::filesystem::is_empty(site.folder() / "keys"));
}

TEST_CASE("run: state deleted, keys gone, output there: no new keys are made (promise P4)") {
  Site site;
  site.pass(kStart);
  std::filesystem::remove_all(site.folder() / "state");
  std::filesystem::remove_all(site.folder() / "keys");
  std::filesystem::create_directory(site.folder() / "keys");
  std::filesystem::permissions(site.folder() / "keys", std::filesystem::perms::owner_all);
  const auto before = text_of(site.output());
  CHECK(site.pass(kStart + kHour).has_failures());
  CHECK(text_of(site.output()) == before);
  CHECK(std::filesystem::is_empty(site.folder() / "keys"));
}

TEST_CASE("run: a clock that went back more than five minutes signs nothing (design, section 7)") {
  Site site;
  site.pass(kStart);
  CHECK_FALSE(engine::run_pass(site.task(kStart - kHour)).has_value());
  CHECK(engine::run_pass(site.task(kStart - std::chrono::minutes(4))).has_value());
}

TEST_CASE("run: a source that is signed already, or is the output itself, is refused") {
  Site site;
  site.pass(kStart);
  std::filesystem::copy_file(site.output(), site.source(),
                             std::filesystem::copy_options::overwrite_existing);
  const auto report = site.pass(kStart + kHour);
  REQUIRE(report.zones.size() == 1);
  CHECK(report.zones[0].findings.count("SOURCE-IS-SIGNED") == 1);
  CHECK(site.state().version == 1);
}

TEST_CASE("run: the next serial is greater than that of an output that was there before us") {
  Site site;
  write_text(site.output(), zone_text("192.0.2.2", 4'000));
  site.pass(kStart);
  CHECK(site.state().serial == 4'001);
}

TEST_CASE("run: the state remembers a version that did not reach the output file (promise P4)") {
  Site site;
  site.pass(kStart);
  std::filesystem::remove(site.output());
  auto now = kStart + kHour;
  const auto wake = site.state().wake;
  REQUIRE(wake.has_value());
  now = std::max(now, *wake);
  CHECK_FALSE(site.pass(now).has_failures());
  CHECK(std::filesystem::exists(site.output()));
}

TEST_CASE("run: an output file that was deleted or changed is made again by the next pass") {
  Site site;
  site.pass(kStart);
  const auto before = text_of(site.output());
  std::filesystem::remove(site.output());
  CHECK_FALSE(site.pass(kStart + std::chrono::minutes(5)).has_failures());
  CHECK(text_of(site.output()) == before);
  write_text(site.output(), "@ SOA scribbled over\n");
  CHECK_FALSE(site.pass(kStart + std::chrono::minutes(10)).has_failures());
  CHECK(text_of(site.output()) == before);
  CHECK(site.state().version == 1);
}

TEST_CASE("run: state deleted: the same keys go on, and the serial goes up (promise P4)") {
  Site site;
  site.pass(kStart);
  const auto keys = site.key_files();
  const auto serial = site.state().serial;
  auto ring = site.state().ring;
  site.forget_state();
  CHECK_FALSE(site.pass(kStart + kHour).has_failures());
  CHECK(site.key_files() == keys);
  CHECK(site.state().serial > serial);
  for (const auto& key : ring.keys) CHECK(site.state().ring.find(key.id) != nullptr);
}

TEST_CASE("run: state deleted in the middle of a roll: refused, for nobody knows who signs") {
  Site site(", zsk: {lifetime: 30d}");
  auto now = kStart;
  for (; site.key_files() < 3; now += std::chrono::hours(12)) site.pass(now);
  site.pass(now);
  site.forget_state();
  const auto before = text_of(site.output());
  const auto report = site.pass(now + kHour);
  CHECK(report.has_failures());
  CHECK(text_of(site.output()) == before);
  CHECK(site.key_files() == 3);
}

TEST_CASE("run: state deleted and spare keys in the folder: those that are shown are taken") {
  Site other;
  other.pass(kStart);
  Site site;
  site.pass(kStart);
  for (const auto& entry : std::filesystem::directory_iterator(other.keys())) {
    std::filesystem::copy(entry.path(), site.keys() / entry.path().filename(),
                          std::filesystem::copy_options::skip_existing);
  }
  auto ring = site.state().ring;
  site.forget_state();
  CHECK_FALSE(site.pass(kStart + kHour).has_failures());
  for (const auto& key : ring.keys) CHECK(site.state().ring.find(key.id) != nullptr);
  CHECK(site.key_files() == 4);
  // Without an output to tell, nobody knows.
  site.forget_state();
  std::filesystem::remove(site.output());
  CHECK(site.pass(kStart + kHour * 2).has_failures());
  CHECK_FALSE(std::filesystem::exists(site.output()));
}

TEST_CASE("run: --new-zone does not let the serial go back behind the output (promise P4)") {
  Site site;
  write_text(site.output(), zone_text("192.0.2.2", 4'000));
  auto task = site.task(kStart);
  task.first_keys = engine::PassTask::FirstKeys::kNewZone;
  CHECK_FALSE(good(engine::run_pass(task)).has_failures());
  CHECK(site.state().serial == 4'001);
}

TEST_CASE("run: passes over one zone alone are no gap (design, section 7)") {
  Site site;
  site.pass(kStart);
  for (auto now = kStart; now < kStart + std::chrono::days(60); now += std::chrono::days(1)) {
    auto task = site.task(now);
    task.zones = {"zone.test."};
    CHECK_FALSE(good(engine::run_pass(task)).has_failures());
    CHECK(site.state().facts.held.empty());
  }
}

TEST_CASE("run: after a gap longer than the validity the kernel must vouch for the clock") {
  Site site;
  site.pass(kStart);
  const auto before = text_of(site.output());
  auto task = site.task(kStart + std::chrono::days(40));
  task.is_clock_synchronised = false;
  CHECK(good(engine::run_pass(task)).has_failures());
  CHECK(text_of(site.output()) == before);
  task.clock = engine::RunTask::Clock::kTrusted;
  CHECK_FALSE(good(engine::run_pass(task)).has_failures());
  CHECK(site.judge(task.now).is_good());
}

TEST_CASE("run: no roll begins in a frozen zone, and it is re-signed") {
  Site site(", zsk: {lifetime: 30d}");
  site.pass(kStart);
  site.freeze();
  auto now = kStart;
  for (; now < kStart + std::chrono::days(90); now += std::chrono::days(1)) {
    REQUIRE_FALSE(site.pass(now).has_failures());
  }
  CHECK(site.key_files() == 2);
  CHECK(site.judge(now).is_good());
}

TEST_CASE("run: `algorithm: none` publishes the zone without signatures") {
  Site site;
  site.configure(", algorithm: none");
  CHECK_FALSE(site.pass(kStart).has_failures());
  const auto text = text_of(site.output());
  CHECK(text.find("192.0.2.2") != std::string::npos);
  CHECK(text.find("RRSIG") == std::string::npos);
  CHECK(site.key_files() == 0);
  CHECK(site.pass(kStart + kHour).idle == 1);
}

TEST_CASE("run: a zone without DS goes insecure when the policy says so (RFC 6781)") {
  Site site;
  site.pass(kStart);
  site.configure(", algorithm: none");
  auto now = kStart + kHour;
  for (; now < kStart + std::chrono::days(3); now += kHour) {
    const auto report = site.pass(now);
    for (const auto& zone : report.zones) {
      for (const auto& finding : zone.findings.list()) MESSAGE(to_text(finding));
    }
    REQUIRE_FALSE(report.has_failures());
  }
  const auto text = text_of(site.output());
  CHECK(text.find("192.0.2.2") != std::string::npos);
  CHECK(text.find("RRSIG") == std::string::npos);
  CHECK(text.find("DNSKEY") == std::string::npos);
  CHECK(site.pass(now).idle == 1);
}

TEST_CASE("run: a new ZSK takes over little by little, each version valid (`roll-in`)") {
  Site site(", zsk: {lifetime: 30d, roll-in: 8h}");
  std::string content = zone_text("192.0.2.2", 1);
  for (int i = 0; i < 40; ++i) content += "h" + std::to_string(i) + " A 192.0.2.7\n";
  write_text(site.source(), content);
  std::size_t mixed = 0;
  std::string last;
  for (auto now = kStart; now < kStart + std::chrono::days(45); now += kHour) {
    REQUIRE_FALSE(site.pass(now).has_failures());
    const auto text = text_of(site.output());
    if (text == last) continue;
    last = text;
    REQUIRE(site.judge(now).is_good());
    const auto ring = site.state().ring;
    std::size_t signers = 0;
    for (const auto& key : ring.keys) {
      const bool has_signed =
          text.find(" " + std::to_string(key.tag) + " zone.test.") != std::string::npos;
      signers += key.role == model::KeyRole::kZsk && has_signed ? 1U : 0U;
    }
    mixed += signers > 1 ? 1U : 0U;
  }
  CHECK(mixed >= 5);
  CHECK(mixed <= 10);
  std::size_t in_use = 0;
  for (const auto& key : site.state().ring.keys) {
    in_use += key.role == model::KeyRole::kZsk && !key.is_gone() ? 1U : 0U;
  }
  CHECK(in_use == 1);
}

TEST_CASE("run: a key that was rolled out never comes back") {
  Site site(", zsk: {lifetime: 30d}, key-retention: 10d");
  std::set<std::string> gone;
  for (auto now = kStart; now < kStart + std::chrono::days(200); now += std::chrono::hours(6)) {
    REQUIRE_FALSE(site.pass(now).has_failures());
    for (const auto& key : site.state().ring.keys) {
      if (key.is_gone() && key.goal == model::Goal::kHidden) gone.insert(key.id);
      if (!key.is_gone()) CHECK_FALSE(gone.contains(key.id));
    }
  }
  CHECK(gone.size() >= 4);
}

TEST_CASE("run: a dry run says what it would do, and does nothing") {
  Site site;
  site.pass(kStart);
  write_text(site.source(), zone_text("192.0.2.9", 2));
  const auto before = text_of(site.output());
  auto task = site.task(kStart + kHour);
  task.mode = engine::RunTask::Mode::kDryRun;
  const auto report = good(engine::run_pass(task));
  REQUIRE(report.zones.size() == 1);
  CHECK(report.zones[0].what.find("would publish") != std::string::npos);
  CHECK(text_of(site.output()) == before);
  CHECK(site.state().version == 1);
}

TEST_CASE(
    "run: a restored state publishes nothing before the secondaries were asked (promise P4)") {
  Site site;
  site.pass(kStart);
  {
    auto state = good(store::State::open(site.folder() / "state", store::State::Access::kWrite));
    REQUIRE(state.set_restored(kStart).has_value());
  }
  write_text(site.source(), zone_text("192.0.2.9", 2));
  const auto before = text_of(site.output());
  CHECK(site.pass(kStart + kHour).has_failures());
  CHECK(text_of(site.output()) == before);
  {
    auto state = good(store::State::open(site.folder() / "state", store::State::Access::kWrite));
    REQUIRE(state.clear_restored().has_value());
  }
  CHECK_FALSE(site.pass(kStart + kHour * 2).has_failures());
  CHECK(text_of(site.output()) != before);
}

TEST_CASE("run: data that caches keep for longer than DNSKEY does not hold up a ZSK roll") {
  Site site(", zsk: {lifetime: 30d}, dnskey-ttl: 1h");
  auto content = zone_text("192.0.2.2", 1);
  content.replace(0, 9, "$TTL 86400");
  write_text(site.source(), content);
  for (auto now = kStart; now < kStart + std::chrono::days(40); now += kHour) {
    REQUIRE_FALSE(site.pass(now).has_failures());
  }
  CHECK(site.key_files() == 3);
}

TEST_CASE("run: a pass that is told to stop leaves the rest alone, and is no whole pass") {
  ManagedSite site;
  std::string zones;
  for (const auto* name : {"a.test", "b.test"}) {
    write_text(site.folder() / name, zone_text("192.0.2.2", 1));
    zones += std::string("  ") + name + ": {file: " + name + ", output: " + name +
             ".signed, parents: none}\n";
  }
  site.configure("policies:\n  default: {algorithm: ed25519}\nzones:\n" + zones);
  std::stop_source stop;
  stop.request_stop();
  auto task = site.task(kStart);
  task.stop = stop.get_token();
  const auto stopped = good(engine::run_pass(task));
  CHECK(stopped.left == 2);
  CHECK(stopped.zones.empty());
  CHECK(stopped.has_failures());
  CHECK(std::filesystem::is_empty(site.keys()));
  auto state = good(store::State::open(site.config().state, store::State::Access::kRead));
  CHECK_FALSE(good(state.last_pass()).has_value());
  CHECK(site.pass(kStart).published == 2);
}

TEST_CASE("run: what a pass that was killed left unfinished is removed by the next") {
  Site site;
  const Path left[] = {site.keys() / "zone.test+015+1+0.pem.4194304.0.tmp",
                       site.folder() / "out.zone.4194304.3.tmp"};
  const auto theirs = site.folder() / "other.zone.4194304.3.tmp";
  for (const auto& path : left) write_text(path, "half");
  write_text(theirs, "half");
  site.pass(kStart);
  for (const auto& path : left) CHECK_FALSE(std::filesystem::exists(path));
  CHECK(std::filesystem::exists(theirs));
}
