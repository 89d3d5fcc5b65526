/// \file
/// Zones of ours below zones of ours: the DS is a managed record of the parent, and a KSK roll goes
/// through without anybody's hand (`parents: {zone: NAME}`).

#include <set>

#include <doctest/doctest.h>

#include "source/zone_file.h"
#include "support/managed_site.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using support::kHour;
using support::kStart;
using support::write_text;
using test::good;

namespace {

/// test. and below it zone.test., both ours.
class Family : public support::ManagedSite {
 public:
  explicit Family(const std::string& delegation = "zone NS ns.zone\nns.zone A 192.0.2.1\n") {
    write_text(folder() / "parent", soa("test.") + "@ NS ns\nns A 192.0.2.1\n" + delegation);
    write_text(folder() / "child", soa("zone.test.") + "@ NS ns\nns A 192.0.2.1\n");
    configure(
        "policies:\n  default: {algorithm: ed25519, propagation-delay: 1h, serial: increment}\n"
        "  child: {algorithm: ed25519, propagation-delay: 1h, serial: increment, "
        "parent-ds-ttl: 2h, ksk: {lifetime: 30d}}\n"
        "zones:\n  test: {file: parent, output: parent.signed, parents: none}\n"
        "  zone.test: {file: child, output: child.signed, policy: child, "
        "parents: {zone: test}}\n");
  }

  engine::RunReport pass(sys_seconds now) {
    auto report = ManagedSite::pass(now);
    for (const auto& zone : report.zones) {
      for (const auto& finding : zone.findings.list()) MESSAGE(to_text(finding));
    }
    return report;
  }

  /// DS of the child in the parent's file.
  [[nodiscard]] std::vector<Bytes> ds() const {
    const auto apex = good(dns::name_from_text("test."));
    const auto child = good(dns::name_from_text("zone.test."));
    const auto read = source::read_zone_file(folder() / "parent.signed",
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
    return judge("child.signed", now, ds());
  }
  [[nodiscard]] verify::Report judge_parent(sys_seconds now) const {
    return judge("parent.signed", now);
  }
  [[nodiscard]] model::ZoneState child() const { return state_of("zone.test."); }

 private:
  static std::string soa(const std::string& origin) {
    return "$ORIGIN " + origin + "\n$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n";
  }
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
