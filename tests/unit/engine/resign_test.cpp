/// \file
/// A version made by a change equals one made from nothing, signatures included, and both are
/// judged good (design: "everything is a change", promise P3).

#include "engine/resign.h"

#include <doctest/doctest.h>

#include "denial/nsec3.h"
#include "engine/first_signing.h"
#include "managed/records.h"
#include "publish/zone_text.h"
#include "seal/zonemd.h"
#include "support/pool_keys.h"
#include "support/random_zone.h"
#include "support/result.h"
#include "support/zone_text.h"
#include "verify/verify.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)
using test::good;

namespace {

const auto kNow = sys_seconds(std::chrono::seconds(1'795'224'000));

/// Ed25519: fast, and the same signature for the same octets (RFC 8032 section 5.1.6).
const sign::SigningKeys& keys() {
  static const auto chosen = [] {
    auto ksk = pool_key("ed25519-ksk-1");
    auto zsk = pool_key("ed25519-zsk-1");
    return good(sign::SigningKeys::choose({ksk, zsk}, kNow));
  }();
  return chosen;
}

struct Shape {
  model::DenialParameters denial;
  bool has_zonemd = false;
};

/// Content as the engine would hand it to signing.
dns::Zone content_of(const dns::Zone& source, const Shape& shape, std::uint32_t serial) {
  managed::Records records{.dnskeys = keys().published};
  if (shape.denial.kind == model::DenialKind::kNsec3) {
    records.nsec3param = denial::nsec3param_rdata(shape.denial);
  }
  if (shape.has_zonemd) records.zonemd = seal::zonemd_placeholder(serial);
  return good(managed::add_records(seal::with_serial(source, serial), records)).zone;
}

engine::ResignTask task_for(const dns::Zone& before, const dns::Zone& content, const Shape& shape) {
  engine::ResignTask task{
      .before = before, .content = content, .keys = &keys(), .denial = shape.denial};
  task.policy = {.now = kNow, .kept = sign::SignaturePolicy::Kept::kTrusted};
  task.serial.keep_last = !before.apex_node().has(dns::RrType::kSoa);
  task.jobs = 2;
  return task;
}

engine::Version version_of(const dns::Zone& before, const dns::Zone& content, const Shape& shape) {
  return good(engine::make_version(task_for(before, content, shape)));
}

dns::Zone empty_zone() {
  return dns::Zone(*dns::name_from_text("example."));
}

std::string text_of_zone(const dns::Zone& zone) {
  std::string text;
  good(publish::print_zone(zone, 2, [&](std::string_view part) -> Result<void> {
    text += part;
    return {};
  }));
  return text;
}

std::string first_error(const verify::Report& report) {
  for (const auto& finding : report.findings.list()) {
    if (finding.level == Level::kError) return to_text(finding);
  }
  return {};
}

void check_incremental(const std::string& what, const Shape& shape) {
  CHECK(rc::check(what, [&] {
    auto records = toggled({}, *rc::gen::container<std::vector<RecordChoice>>(a_record()));
    std::uint32_t serial = 1;
    auto version =
        version_of(empty_zone(), content_of(zone_of(records), shape, serial), shape).zone;
    for (int step = 0; step < 3; ++step) {
      records = toggled(
          records, *rc::gen::resize(4, rc::gen::container<std::vector<RecordChoice>>(a_record())));
      const auto minimum = *rc::gen::weightedElement<dns::Ttl>({{9, 300}, {1, 60}});
      const auto content = content_of(zone_of(records, minimum), shape, ++serial);
      const auto next = version_of(version, content, shape);
      const auto fresh = version_of(empty_zone(), content, shape);
      RC_ASSERT(text_of_zone(next.zone) == text_of_zone(fresh.zone));
      const verify::VerifyOptions options{.at = kNow, .ds = {}};
      RC_ASSERT(first_error(verify::verify_zone(next.zone, options)) == "");
      RC_ASSERT(first_error(verify::verify_change({version, next.zone}, options)) == "");
      version = next.zone;
    }
  }));
}

/// "h0" to "hN-1", each with an address.
RecordChoices hosts(unsigned count) {
  RecordChoices records;
  for (unsigned i = 0; i < count; ++i) {
    records.emplace("h" + std::to_string(i) + ".", dns::RrType::kA);
  }
  return records;
}

}  // namespace

TEST_CASE("versions: changes under NSEC3 lead where a first signing leads") {
  check_incremental("NSEC3", {.denial = {.salt = {0xab}}});
}

TEST_CASE("versions: changes under opt-out lead where a first signing leads") {
  check_incremental("opt-out", {.denial = {.opt_out = true}});
}

TEST_CASE("versions: changes under NSEC lead where a first signing leads") {
  check_incremental("NSEC", {.denial = {.kind = model::DenialKind::kNsec}});
}

TEST_CASE("versions: changes with ZONEMD lead where a first signing leads (RFC 8976)") {
  check_incremental("ZONEMD", {.denial = {}, .has_zonemd = true});
}

TEST_CASE("versions: the streamed first signing writes the same octets as the one in memory") {
  for (const auto& shape : {Shape{.denial = {}}, Shape{.denial = {.opt_out = true}},
                            Shape{.denial = {.kind = model::DenialKind::kNsec}}}) {
    CHECK(rc::check("streamed equals held", [&] {
      const auto records = toggled({}, *rc::gen::container<std::vector<RecordChoice>>(a_record()));
      const auto content = content_of(zone_of(records), shape, 1);
      std::string streamed;
      const engine::FirstSigning first{&content, &keys(), shape.denial, {.now = kNow}, 2, {}};
      const auto counts =
          good(engine::sign_stream(first, [&](std::string_view part) -> Result<void> {
            streamed += part;
            return {};
          }));
      const auto held = version_of(empty_zone(), content, shape);
      RC_ASSERT(streamed == text_of_zone(held.zone));
      RC_ASSERT(counts.signatures == held.signatures_made);
    }));
  }
}

TEST_CASE("versions: NSEC and NSEC3 are exchanged in one version, both ways") {
  const Shape nsec{.denial = {.kind = model::DenialKind::kNsec}};
  const Shape nsec3{.denial = {}};
  const auto source = zone_of(hosts(20));
  auto version = version_of(empty_zone(), content_of(source, nsec, 1), nsec).zone;
  version = version_of(version, content_of(source, nsec3, 2), nsec3).zone;
  CHECK(first_error(verify::verify_zone(version, {.at = kNow, .ds = {}})) == "");
  CHECK(version.denial().size() == 21);
  CHECK_FALSE(version.apex_node().has(dns::RrType::kNsec));
  version = version_of(version, content_of(source, nsec, 3), nsec).zone;
  CHECK(first_error(verify::verify_zone(version, {.at = kNow, .ds = {}})) == "");
  CHECK(version.denial().size() == 0);
}

TEST_CASE("versions: nothing changed and nothing due makes no version (promise P6)") {
  const Shape shape{.denial = {}};
  const auto content = content_of(zone_of(hosts(50)), shape, 1);
  const auto version = version_of(empty_zone(), content, shape).zone;
  const auto again = version_of(version, content, shape);
  CHECK_FALSE(again.changed);
  CHECK(again.signatures_made == 0);
  CHECK(again.visited_rrsets == 0);
}

TEST_CASE("versions: one change looks at as many RRsets in 10,000 names as in 100") {
  const Shape shape{.denial = {}};
  std::vector<std::uint64_t> visited;
  std::vector<std::uint64_t> judged;
  for (const unsigned count : {100U, 10'000U}) {
    auto records = hosts(count);
    const auto before =
        version_of(empty_zone(), content_of(zone_of(records), shape, 1), shape).zone;
    records.emplace("new.", dns::RrType::kA);
    const auto after = version_of(before, content_of(zone_of(records), shape, 2), shape);
    CHECK(after.signatures_made == 4);  // A, two NSEC3, SOA
    visited.push_back(after.visited_rrsets);
    const auto report = verify::verify_change({before, after.zone}, {.at = kNow, .ds = {}});
    CHECK(first_error(report) == "");
    judged.push_back(report.counts.rrsets_visited);
  }
  CHECK(visited[0] == visited[1]);
  CHECK(judged[0] == judged[1]);
}

TEST_CASE("versions: in a version that was printed and read back little is left to judge") {
  const Shape shape{.denial = {}};
  const auto version =
      version_of(empty_zone(), content_of(zone_of(hosts(100)), shape, 1), shape).zone;
  const auto back = support::zone_of(text_of_zone(version));
  const auto report = verify::verify_change({version, back}, {.at = kNow, .ds = {}});
  CHECK(first_error(report) == "");
  CHECK(report.counts.signatures == 1);  // of the DNSKEY RRset: always looked at
}

TEST_CASE("versions: keep refuses changed content whose serial is not greater (RFC 1982)") {
  const Shape shape{.denial = {}};
  const auto before = version_of(empty_zone(), content_of(zone_of(hosts(3)), shape, 7), shape).zone;
  for (const std::uint32_t serial : {7U, 6U, 0x80000007U}) {
    CAPTURE(serial);
    const auto refused =
        engine::make_version(task_for(before, content_of(zone_of(hosts(4)), shape, serial), shape));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == Errc::kRefused);
    auto task = task_for(before, content_of(zone_of(hosts(4)), shape, serial), shape);
    task.serial.policy = seal::SerialPolicy::kIncrement;
    CHECK(seal::serial_of(good(engine::make_version(task)).zone) == 8);
  }
}

TEST_CASE("versions: other keys sign everything anew, and the old signatures go") {
  const Shape shape{.denial = {}};
  const auto content = content_of(zone_of(hosts(30)), shape, 1);
  const auto before = version_of(empty_zone(), content, shape).zone;
  const auto p256 =
      good(sign::SigningKeys::choose({pool_key("p256-ksk-1"), pool_key("p256-zsk-1")}, kNow));
  managed::Records records{.dnskeys = p256.published,
                           .nsec3param = denial::nsec3param_rdata(shape.denial)};
  const auto other =
      good(managed::add_records(seal::with_serial(zone_of(hosts(30)), 2), records)).zone;
  auto task = task_for(before, other, shape);
  task.keys = &p256;
  const auto after = good(engine::make_version(task));
  CHECK(first_error(verify::verify_zone(after.zone, {.at = kNow, .ds = {}})) == "");
  CHECK(text_of_zone(after.zone).find(" 15 ") == std::string::npos);
}
