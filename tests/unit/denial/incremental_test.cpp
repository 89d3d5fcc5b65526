/// \file
/// Cost grows with the change, and the way by which a version came about does not show (design:
/// "everything is a change").

#include <doctest/doctest.h>

#include "chain_text.h"
#include "managed/carry_over.h"
#include "support/random_zone.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

std::uint64_t differences(const dns::Tree& a, const dns::Tree& b) {
  std::uint64_t count = 0;
  dns::Tree::for_each_difference(a, b, [&](const auto&, const auto&) { ++count; });
  return count;
}

/// A zone that goes through versions equals, after each, one made from nothing: records, back
/// references and counts of children.
void check_incremental(const std::string& what, const model::DenialParameters& parameters) {
  CHECK(rc::check(what, [&] {
    auto records = toggled({}, *rc::gen::container<std::vector<RecordChoice>>(a_record()));
    auto version =
        test::good(denial::update({empty_zone(), support::zone_of(records)}, {parameters}));
    for (int step = 0; step < 3; ++step) {
      records = toggled(
          records, *rc::gen::resize(5, rc::gen::container<std::vector<RecordChoice>>(a_record())));
      const auto minimum = *rc::gen::weightedElement<dns::Ttl>({{9, 300}, {1, 60}});
      const auto content = support::zone_of(records, minimum);
      const auto carried = managed::carry_over(version, content);
      version = test::good(denial::update(carried.change, {parameters}));
      const auto full = test::good(denial::update({empty_zone(), content}, {parameters}));
      RC_ASSERT(lines_of(version) == lines_of(full));
      RC_ASSERT(differences(version.names(), full.names()) == 0U);
      RC_ASSERT(differences(version.denial(), full.denial()) == 0U);
    }
  }));
}

/// Names "h0" to "hN-1", each with an address.
dns::Zone hosts(unsigned count, const model::DenialParameters& parameters) {
  RecordChoices records;
  for (unsigned i = 0; i < count; ++i) {
    records.emplace("h" + std::to_string(i) + ".", dns::RrType::kA);
  }
  return test::good(denial::update({empty_zone(), support::zone_of(records)}, {parameters}));
}

}  // namespace

TEST_CASE("incremental: NSEC3 after changes equals NSEC3 from nothing") {
  check_incremental("NSEC3 after changes equals NSEC3 from nothing", {.salt = {0xab}});
}

TEST_CASE("incremental: opt-out after changes equals opt-out from nothing") {
  check_incremental("opt-out after changes equals opt-out from nothing", {.opt_out = true});
}

TEST_CASE("incremental: NSEC after changes equals NSEC from nothing") {
  check_incremental("NSEC after changes equals NSEC from nothing",
                    {.kind = model::DenialKind::kNsec});
}

TEST_CASE("incremental: one change touches as many entries in 10,000 names as in 100") {
  for (const auto kind : {model::DenialKind::kNsec3, model::DenialKind::kNsec}) {
    const model::DenialParameters parameters{.kind = kind};
    std::vector<std::pair<std::uint64_t, std::uint64_t>> costs;
    for (const unsigned names : {100U, 10'000U}) {
      const auto before = hosts(names, parameters);
      const auto after = with(before, "new.example.", dns::RrType::kA, "192.0.2.1");
      const auto updated = test::good(denial::update({before, after}, {parameters}));
      costs.emplace_back(differences(before.names(), updated.names()),
                         differences(before.denial(), updated.denial()));
    }
    CHECK(costs[0] == costs[1]);
    // NSEC3: the record, the one before it, and the apex, which counts its children.
    using Cost = std::pair<std::uint64_t, std::uint64_t>;
    CHECK(costs[0] == (kind == model::DenialKind::kNsec3 ? Cost{1, 3} : Cost{2, 0}));
  }
}
