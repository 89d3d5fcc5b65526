/// \file
/// Zones of ours below zones of ours: the DS is a managed record of the parent, and a KSK roll goes
/// through without anybody's hand (`parents: {zone: NAME}`).

#include <set>

#include <doctest/doctest.h>

#include "engine/judge.h"
#include "engine/run.h"
#include "source/zone_file.h"
#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using support::ScopedFolder;
using support::write_text;
using test::good;

namespace {

const auto kStart = sys_seconds(std::chrono::seconds(1'795'000'000));
constexpr auto kHour = std::chrono::hours(1);

/// test. and below it zone.test., both ours.
class Family {
 public:
  explicit Family(const std::string& delegation = "zone NS ns.zone\nns.zone A 192.0.2.1\n") {
    write_text(folder_ / "parent", soa("test.") + "@ NS ns\nns A 192.0.2.1\n" + delegation);
    write_text(folder_ / "child", soa("zone.test.") + "@ NS ns\nns A 192.0.2.1\n");
    write_text(
        folder_ / "danewerk.yaml",
        "state: state\nkeys: keys\npolicies:\n  default: {algorithm: ed25519, "
        "propagation-delay: 1h, serial: increment}\n  child: {algorithm: ed25519, "
        "propagation-delay: 1h, serial: increment, parent-ds-ttl: 2h, ksk: {lifetime: 30d}}\n"
        "zones:\n  test: {file: parent, output: parent.signed, parents: none}\n"
        "  zone.test: {file: child, output: child.signed, policy: child, "
        "parents: {zone: test}}\n");
    auto read = config::read_config(folder_ / "danewerk.yaml");
    for (const auto& finding : read.findings.list()) MESSAGE(to_text(finding));
    REQUIRE(read.config.has_value());
    config_ = *std::move(read.config);
    std::filesystem::create_directory(folder_ / "keys");
    std::filesystem::permissions(folder_ / "keys", std::filesystem::perms::owner_all);
  }

  engine::RunReport pass(sys_seconds now) {
    engine::RunTask task;
    task.config = &config_;
    task.now = now;
    task.wait = seconds(0);
    auto report = good(engine::run_pass(task));
    for (const auto& zone : report.zones) {
      for (const auto& finding : zone.findings.list()) MESSAGE(to_text(finding));
    }
    return report;
  }

  /// DS of the child in the parent's file.
  [[nodiscard]] std::vector<Bytes> ds() const {
    const auto apex = good(dns::name_from_text("test."));
    const auto child = good(dns::name_from_text("zone.test."));
    const auto read = source::read_zone_file(folder_ / "parent.signed",
                                             {.origin = apex, .dnssec = source::Dnssec::kKeepAll});
    REQUIRE(read.zone.has_value());
    const auto rrset =
        read.zone->node(dns::sort_key(child.view(), apex.view())).find(dns::RrType::kDs);
    std::vector<Bytes> all;
    if (!rrset) return all;
    for (const auto rdata : rrset->rdata) all.emplace_back(rdata.begin(), rdata.end());
    return all;
  }

  [[nodiscard]] verify::Report judge_child(sys_seconds now) const {
    return engine::judge_file({.file = folder_ / "child.signed",
                               .origin = std::nullopt,
                               .options = {.at = now, .ds = ds()}});
  }
  [[nodiscard]] verify::Report judge_parent(sys_seconds now) const {
    return engine::judge_file(
        {.file = folder_ / "parent.signed", .origin = std::nullopt, .options = {.at = now}});
  }
  [[nodiscard]] model::ZoneState child() const {
    auto state = good(store::State::open(config_.state, store::State::Access::kRead));
    auto zone = good(state.load("zone.test."));
    REQUIRE(zone.has_value());
    return *std::move(zone);
  }

 private:
  static std::string soa(const std::string& origin) {
    return "$ORIGIN " + origin + "\n$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n";
  }
  ScopedFolder folder_;
  config::Config config_;
};

}  // namespace

TEST_CASE("managed DS: a child of ours becomes secure, and its KSK rolls, without anybody's hand") {
  Family family;
  std::set<std::vector<Bytes>> sets;
  for (auto now = kStart; now < kStart + std::chrono::days(75); now += kHour) {
    REQUIRE_FALSE(family.pass(now).has_failures());
    const auto ds = family.ds();
    if (!sets.insert(ds).second) continue;
    CHECK(family.judge_parent(now).is_good());
    if (!ds.empty()) CHECK(family.judge_child(now).is_good());
  }
  // None, the first, both or the second, ...: two rolls in 75 days.
  CHECK(sets.size() >= 4);
  CHECK(family.ds().size() == 1);
  const auto ring = family.child().ring;
  std::size_t retired = 0;
  for (const auto& key : ring.keys) {
    retired += key.role == model::KeyRole::kKsk && key.is_gone() ? 1U : 0U;
  }
  CHECK(retired >= 1);
}

TEST_CASE("managed DS: without a delegation there is no place for it (RFC 4035 section 2.4)") {
  Family family("");
  std::size_t told = 0;
  for (auto now = kStart; now < kStart + std::chrono::days(2); now += kHour) {
    for (const auto& zone : family.pass(now).zones) {
      told += zone.findings.count("PARENT-NOT-DELEGATED");
    }
  }
  CHECK(told > 0);
  CHECK(family.ds().empty());
}

TEST_CASE("managed DS: a DS of the author's for another key keeps the first keys from being made") {
  Family family(
      "zone NS ns.zone\nns.zone A 192.0.2.1\nzone DS 12345 13 2 "
      "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n");
  CHECK(family.pass(kStart).has_failures());
}
