#include "dns/tree.h"

#include <random>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "dns/tree_builder.h"
#include "unit/dns/tree_model.h"

using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::dns::test;  // NOLINT(google-build-using-namespace)

namespace {

Model backwards(const Tree& tree) {
  Model out;
  Tree::Cursor cursor(tree);
  for (bool more = cursor.last(); more; more = cursor.prev()) {
    const auto entry = cursor.entry();
    out.emplace(entry.key, Value{std::string(entry.value), entry.deadline});
  }
  return out;
}

Deadline earliest(const Model& model) {
  Deadline least = 0;
  for (const auto& [key, value] : model) least = earlier(least, value.deadline);
  return least;
}

}  // namespace

TEST_CASE("tree: the empty version has nothing, and its cursor goes nowhere") {
  const Tree tree;
  CHECK(tree.size() == 0);
  CHECK(tree.earliest() == 0);
  CHECK_FALSE(tree.find(""));
  Tree::Cursor cursor(tree);
  CHECK_FALSE(cursor.first());
  CHECK_FALSE(cursor.last());
  CHECK_FALSE(cursor.seek(""));
  CHECK(tree.memory().pages == 0);
  CHECK(contents(TreeBuilder().finish()).empty());
}

TEST_CASE("tree: edits do what they do to a map, and older versions stay as they were") {
  CHECK(rc::check("against std::map", [] {
    TreeEdit edit{Tree()};
    Model model;
    std::vector<std::pair<Tree, Model>> versions;
    const auto steps =
        *rc::gen::scale(4, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10)));
    for (const int step : steps) {
      const std::string key = *gen_key();
      if (step < 7) {
        const Value value = *gen_value();
        edit.put(key, value.text, value.deadline);
        model[key] = value;
      } else if (step < 9) {
        RC_ASSERT(edit.erase(key) == (model.erase(key) == 1));
      } else {
        versions.emplace_back(edit.tree(), model);
      }
      const auto found = edit.find(key);
      RC_ASSERT(found.has_value() == model.contains(key));
      if (found) RC_ASSERT(found->value == model[key].text);
    }
    versions.emplace_back(edit.tree(), model);
    for (const auto& [tree, wanted] : versions) {
      RC_ASSERT(contents(tree) == wanted);
      RC_ASSERT(backwards(tree) == wanted);
      RC_ASSERT(tree.size() == wanted.size());
      RC_ASSERT(tree.earliest() == earliest(wanted));
    }
  }));
}

TEST_CASE("tree: seek finds the first key that is not less") {
  CHECK(rc::check("lower_bound", [] {
    const auto model = *rc::gen::scale(4, rc::gen::container<Model>(gen_key(), gen_value()));
    const Tree tree = build(model);
    for (int i = 0; i < 10; ++i) {
      const std::string key = *gen_key();
      const auto wanted = model.lower_bound(key);
      Tree::Cursor cursor(tree);
      RC_ASSERT(cursor.seek(key) == (wanted != model.end()));
      if (wanted == model.end()) continue;
      RC_ASSERT(cursor.entry().key == wanted->first);
      RC_ASSERT(cursor.prev() == (wanted != model.begin()));
    }
  }));
}

TEST_CASE("tree: a tree built of parts is the tree built at once") {
  CHECK(rc::check("parts", [] {
    const auto model = *rc::gen::scale(4, rc::gen::container<Model>(gen_key(), gen_value()));
    TreeBuilder whole;
    TreeBuilder part;
    for (const auto& [key, value] : model) {
      // NOLINTNEXTLINE(bugprone-use-after-move): taking over leaves it empty, to be filled again
      part.append(key, value.text, value.deadline);
      if (*rc::gen::inRange(0, 5) == 0) whole.append(std::move(part));
    }
    whole.append(std::move(part));
    const Tree tree = std::move(whole).finish();
    RC_ASSERT(contents(tree) == model);
    for (const auto& [key, value] : model) RC_ASSERT(tree.find(key).has_value());
    RC_ASSERT(tree.earliest() == earliest(model));
  }));
}

TEST_CASE("tree: 100,000 entries put in any order and taken out again") {
  std::vector<std::uint32_t> order(100000);
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937 random(7);
  std::shuffle(order.begin(), order.end(), random);
  TreeEdit edit{Tree()};
  for (const std::uint32_t i : order) edit.put(number_key(i), "value", i);
  CHECK(edit.tree().size() == order.size());
  CHECK(edit.tree().earliest() == 1);
  const auto filled = edit.tree().memory();
  CHECK(filled.heap < 100000 * (8 + 5 + 7) * 2);
  std::shuffle(order.begin(), order.end(), random);
  const Tree full = edit.tree();
  for (std::size_t i = 0; i < order.size() - 10; ++i) {
    REQUIRE(edit.erase(number_key(order[i])));
  }
  CHECK(edit.tree().size() == 10);
  CHECK(edit.tree().memory().pages == 1);
  for (std::size_t i = order.size() - 10; i < order.size(); ++i) edit.erase(number_key(order[i]));
  CHECK(edit.tree().size() == 0);
  CHECK(edit.tree().memory().pages == 0);
  CHECK(full.size() == order.size());
}

TEST_CASE("tree: what is put again as it stands costs no page") {
  const Tree tree = numbered(1000);
  TreeEdit edit(tree);
  edit.put(number_key(10), std::string(100, 'v'), 1005);
  CHECK(edit.pages_made() == 0);
  CHECK(edit.tree().root() == tree.root());
}

TEST_CASE("tree: a value may come out of the tree that it is put into") {
  TreeEdit edit(numbered(1000));
  for (int i = 0; i < 3; ++i) {
    const auto entry = *edit.find(number_key(20));
    edit.put(number_key(21), entry.value, 7);
    const auto again = *edit.find(number_key(22));
    edit.put(again.key, std::string_view(again.value).substr(1), 9);
  }
  CHECK(edit.find(number_key(21))->value == std::string(100, 'v'));
  CHECK(edit.find(number_key(22))->value == std::string(97, 'v'));
  const auto entry = *edit.find(number_key(30));
  CHECK(edit.erase(entry.key));
  CHECK_FALSE(edit.find(number_key(30)));
}

TEST_CASE("tree: a value of many pages is an entry like others") {
  TreeEdit edit(numbered(200));
  const std::string large(1000000, 'x');
  edit.put(number_key(101), large, 0);
  edit.put(number_key(103), "small", 1);
  CHECK(edit.find(number_key(101))->value == large);
  CHECK(edit.find(number_key(103))->value == "small");
  CHECK(edit.erase(number_key(101)));
  CHECK(edit.tree().size() == 201);
}

TEST_CASE("tree: 50 names cost less than 4 KiB beside their data") {
  const Tree tree = numbered(50, 60);
  const std::uint64_t data = 50 * (number_key(0).size() + 60);
  CHECK(tree.memory().heap <= data + 1024);
  TreeEdit edit{Tree()};
  std::mt19937 random(3);
  for (int i = 0; i < 50; ++i) edit.put(number_key(random()), std::string(60, 'v'), 5);
  CHECK(edit.tree().memory().heap <= data + 1024);
}

TEST_CASE("tree: cuts are keys in order that make parts of about one size") {
  const Tree tree = numbered(50000);
  const auto cuts = tree.cuts(8);
  REQUIRE(cuts.size() == 7);
  std::uint64_t last = 0;
  for (const auto& cut : cuts) {
    std::uint64_t before = 0;
    Tree::Cursor cursor(tree);
    for (bool more = cursor.first(); more && cursor.entry().key < cut; more = cursor.next()) {
      ++before;
    }
    CHECK(before > last + 50000 / 8 / 2);
    CHECK(before < last + 50000 / 8 * 2);
    last = before;
  }
  CHECK(numbered(3).cuts(8).empty());
  CHECK(Tree().cuts(8).empty());
}
