#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "unit/dns/tree_model.h"

using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::dns::test;  // NOLINT(google-build-using-namespace)

namespace {

/// Key, value before, value after.
struct Difference {
  std::string key;
  std::optional<Value> before;
  std::optional<Value> after;
  bool operator==(const Difference&) const = default;
};

std::optional<Value> value_of(const std::optional<Tree::Entry>& entry) {
  if (!entry) return std::nullopt;
  return Value{std::string(entry->value), entry->deadline};
}

std::vector<Difference> differences(const Tree& before, const Tree& after) {
  std::vector<Difference> out;
  Tree::for_each_difference(before, after, [&](const auto& a, const auto& b) {
    out.push_back({std::string(a ? a->key : b->key), value_of(a), value_of(b)});
  });
  return out;
}

std::vector<Difference> differences(const Model& before, const Model& after) {
  std::map<std::string, Difference> out;
  for (const auto& [key, value] : before) out[key] = {key, value, std::nullopt};
  for (const auto& [key, value] : after) {
    out[key].key = key;
    out[key].after = value;
  }
  std::vector<Difference> list;
  for (const auto& [key, one] : out) {
    if (one.before != one.after) list.push_back(one);
  }
  return list;
}

std::uint64_t pages_of_difference(const Tree& before, const Tree& after, std::size_t& count) {
  count = 0;
  return Tree::for_each_difference(before, after, [&](const auto&, const auto&) { ++count; });
}

unsigned levels(const Tree& tree) {
  return tree.root().resolve(tree.base())->level + 1U;
}

}  // namespace

TEST_CASE("tree: differences are those of the maps, whatever the pages") {
  CHECK(rc::check("difference of edits", [] {
    auto model = *rc::gen::scale(4, rc::gen::container<Model>(gen_key(), gen_value()));
    const Model old_model = model;
    const Tree old_tree = build(model);
    TreeEdit edit(old_tree);
    const int steps = *rc::gen::inRange(0, 20);
    for (int i = 0; i < steps; ++i) {
      const std::string key = *gen_key();
      if (*rc::gen::inRange(0, 3) == 0) {
        edit.erase(key);
        model.erase(key);
      } else {
        const Value value = *gen_value();
        edit.put(key, value.text, value.deadline);
        model[key] = value;
      }
    }
    RC_ASSERT(differences(old_tree, edit.tree()) == differences(old_model, model));
    RC_ASSERT(differences(edit.tree(), old_tree) == differences(model, old_model));
    // The same contents in other pages.
    RC_ASSERT(differences(build(model), edit.tree()).empty());
    RC_ASSERT(differences(Tree(), edit.tree()) == differences(Model(), model));
  }));
}

TEST_CASE("tree: a difference reads the pages on the way to what changed, and no others") {
  for (const std::uint64_t entries : {1000U, 10000U, 100000U, 400000U}) {
    const Tree before = numbered(entries);
    CAPTURE(entries);
    std::size_t count = 0;
    CHECK(pages_of_difference(before, before, count) == 0);
    TreeEdit edit(before);
    edit.put(number_key(entries), "changed", 5);
    // One path in each version; full pages are split by what is added, on each level at worst.
    const std::uint64_t at_most = 2 * levels(before) + levels(edit.tree());
    CHECK(pages_of_difference(before, edit.tree(), count) <= at_most);
    CHECK(count == 1);
    TreeEdit inserted(before);
    inserted.put(number_key(entries + 1), std::string(100, 'n'), 5);
    CHECK(pages_of_difference(before, inserted.tree(), count) <= at_most + 2);
    CHECK(count == 1);
    TreeEdit erased(before);
    erased.erase(number_key(entries));
    CHECK(pages_of_difference(before, erased.tree(), count) <= at_most);
    CHECK(count == 1);
  }
}

TEST_CASE("tree: pages that moved to other boundaries are not read") {
  const Tree before = numbered(200000);
  TreeEdit edit(before);
  std::mt19937 random(11);
  std::size_t changes = 0;
  // Runs of insertions split pages on all levels; what follows them stands in other places.
  for (int run = 0; run < 20; ++run) {
    const std::uint64_t start = random() % 400000;
    for (std::uint64_t i = start | 1U; i < start + 200; i += 2, ++changes) {
      edit.put(number_key(i), std::string(100, 'n'), 0);
    }
  }
  std::size_t count = 0;
  const std::uint64_t pages = pages_of_difference(before, edit.tree(), count);
  CHECK(count <= changes);
  CHECK(count > changes / 2);
  // 33 entries fill a page: the runs have about 60 leaves, and ways of 4 pages on both sides.
  CHECK(pages < 20 * 2 * 20);
  CHECK(pages < before.memory().pages / 5);
}

TEST_CASE("tree: what is due is found in key order, and what is not due is not read") {
  const Tree tree = numbered(100000);
  CHECK(tree.for_each_due(999, [](const Tree::Entry&) { FAIL("nothing is due"); }) == 0);
  TreeEdit edit(tree);
  for (const std::uint64_t i : {5U, 70001U, 70003U, 199999U}) edit.put(number_key(i), "due", 500);
  std::vector<std::string> found;
  const auto pages = edit.tree().for_each_due(500, [&](const Tree::Entry& entry) {
    CHECK(entry.deadline == 500);
    found.emplace_back(entry.key);
  });
  CHECK(found == std::vector<std::string>{number_key(5), number_key(70001), number_key(70003),
                                          number_key(199999)});
  CHECK(pages <= 4 * levels(edit.tree()));
  CHECK(edit.tree().earliest() == 500);
  for (const auto& key : found) edit.erase(key);
  CHECK(edit.tree().earliest() == 1000);
}

TEST_CASE("tree: due entries are those of the map") {
  CHECK(rc::check("for_each_due", [] {
    const auto model = *rc::gen::scale(4, rc::gen::container<Model>(gen_key(), gen_value()));
    const auto limit = *rc::gen::inRange<Deadline>(0, 400);
    Model due = model;
    std::erase_if(due, [limit](const auto& one) {
      return one.second.deadline == 0 || one.second.deadline > limit;
    });
    Model found;
    build(model).for_each_due(limit, [&](const Tree::Entry& entry) {
      found.emplace(entry.key, Value{std::string(entry.value), entry.deadline});
    });
    RC_ASSERT(found == due);
  }));
}

TEST_CASE("tree: one change makes as many pages as the tree has levels, at any size") {
  for (const std::uint64_t entries : {10000U, 400000U}) {
    const Tree before = numbered(entries);
    TreeEdit edit(before);
    edit.put(number_key(entries), std::string(100, 'w'), 5);
    CHECK(edit.pages_made() == levels(before));
    CHECK(edit.tree().memory_beyond(before).pages == levels(before));
    CHECK(before.memory_beyond(edit.tree()).pages == levels(before));
    // Nobody else holds these pages now: they are changed in place.
    edit.put(number_key(entries), std::string(100, 'x'), 5);
    CHECK(edit.pages_made() == levels(before));
    CHECK(before.find(number_key(entries))->value == std::string(100, 'v'));
  }
}
