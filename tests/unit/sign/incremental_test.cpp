/// \file
/// Signing a change gives what signing everything gives, at a cost that the zone's size does not
/// show in.

#include <doctest/doctest.h>

#include "managed/carry_over.h"
#include "support/random_zone.h"
#include "support/signed_zone.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

dns::Zone with_keys(const dns::Zone& content, const sign::SigningKeys& keys) {
  return test::good(managed::add_records(content, {.dnskeys = keys.published})).zone;
}

/// The version after new content, as a pass makes it.
sign::SignedZone next(const dns::Zone& before, const dns::Zone& content,
                      const sign::SigningKeys& keys, const model::DenialParameters& parameters) {
  const auto carried = managed::carry_over(before, content);
  const auto denied = test::good(denial::update(carried.change, {parameters}));
  auto trusting = policy();
  trusting.kept = sign::SignaturePolicy::Kept::kTrusted;
  return test::good(sign::sign_change({before, denied}, keys, {.policy = trusting}));
}

void check_incremental(const std::string& what, const model::DenialParameters& parameters) {
  const auto keys = ed25519_keys();
  CHECK(rc::check(what, [&] {
    const auto records = rc::gen::container<std::vector<RecordChoice>>(a_record());
    auto choices = toggled({}, *rc::gen::resize(20, records));
    const dns::Zone nothing(*dns::name_from_text("example."));
    auto version = next(nothing, with_keys(support::zone_of(choices), keys), keys, parameters).zone;
    for (int step = 0; step < 2; ++step) {
      choices = toggled(choices, *rc::gen::resize(4, records));
      const auto content = with_keys(support::zone_of(choices), keys);
      version = next(version, content, keys, parameters).zone;
      RC_ASSERT(lines_of(version) == lines_of(next(nothing, content, keys, parameters).zone));
    }
  }));
}

std::uint64_t visited_after_one_change(unsigned names, const model::DenialParameters& parameters) {
  const auto keys = ed25519_keys();
  RecordChoices records;
  for (unsigned i = 0; i < names; ++i) {
    records.emplace("h" + std::to_string(i) + ".", dns::RrType::kA);
  }
  const auto content = with_keys(support::zone_of(records), keys);
  const auto before = next(dns::Zone(content.apex()), content, keys, parameters).zone;
  const auto after = with(content, "new.example.", dns::RrType::kA, "192.0.2.1");
  return next(before, after, keys, parameters).visited_rrsets;
}

}  // namespace

TEST_CASE("incremental: with NSEC3, signing changes equals signing everything") {
  check_incremental("signing changes equals signing everything, NSEC3", {});
}

TEST_CASE("incremental: with opt-out, signing changes equals signing everything") {
  check_incremental("signing changes equals signing everything, opt-out", {.opt_out = true});
}

TEST_CASE("incremental: with NSEC, signing changes equals signing everything") {
  check_incremental("signing changes equals signing everything, NSEC",
                    {.kind = model::DenialKind::kNsec});
}

TEST_CASE("incremental: one change visits as many RRsets in 4,000 names as in 100") {
  for (const auto kind : {model::DenialKind::kNsec3, model::DenialKind::kNsec}) {
    const auto small = visited_after_one_change(100, {.kind = kind});
    CHECK(small == visited_after_one_change(4'000, {.kind = kind}));
    CHECK(small <= 5);
  }
}
