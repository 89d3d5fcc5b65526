/// \file
/// The candidates for the zone's container on the same names: ours, LMDB, sorted arrays. Prints one
/// table, and what a change costs at several sizes. Usage: bench_container [NAMES] [FOLDER]

#include <chrono>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

#include "candidates.h"
#include "dns/snapshot.h"
#include "dns/tree_builder.h"
#include "dns/zone.h"

namespace {

using bench::Arrays;
using bench::Item;
using bench::Kind;
using bench::Lmdb;
using danewerk::Path;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kFinds = 1000000;
constexpr std::size_t kChanges = 1000;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One column of the table.
struct Row {
  std::string name;
  double load = 0, scan = 0, find = 0, change = 0, save = 0, open = 0;
  double octets = 0;       ///< per name
  std::uint64_t two = 0;   ///< beside the first version, after one change
  std::uint64_t many = 0;  ///< the same after kChanges
};

void print_row(const Row& row) {
  fmt::print("{:<8}{:>8.2f}{:>8.3f}{:>8.2f}{:>11.1f}{:>9.1f}{:>8.2f}{:>11.1f}{:>10.1f}{:>10.1f}\n",
             row.name, row.load, row.scan, row.find * 1e6, row.change * 1e6, row.octets, row.save,
             row.open * 1e6, static_cast<double>(row.two) / 1024,
             static_cast<double>(row.many) / 1024);
}

void print_head() {
  fmt::print("{:<8}{:>8}{:>8}{:>8}{:>11}{:>9}{:>8}{:>11}{:>10}{:>10}\n", "", "load", "scan", "find",
             "change", "octets", "save", "open+SOA", "2 vers.", "1000 ch.");
  fmt::print("{:<8}{:>8}{:>8}{:>8}{:>11}{:>9}{:>8}{:>11}{:>10}{:>10}\n", "", "s", "s", "us", "us",
             "a name", "s", "us", "KiB", "KiB");
}

Tree build(const std::vector<Item>& items) {
  TreeBuilder builder;
  for (const Item& item : items) builder.append(item.key, item.value, 0);
  return std::move(builder).finish();
}

std::uint64_t scan(const Tree& tree) {
  std::uint64_t sum = 0;
  Tree::Cursor cursor(tree);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto value = cursor.entry().value;
    sum += value.size() + static_cast<std::uint8_t>(value.front());
  }
  return sum;
}

std::string changed(const Item& item) {
  return item.value + "changed";
}

std::uint64_t beyond(const Tree& now, const Tree& before) {
  return before.memory_beyond(now).heap;
}

struct Input {
  const std::vector<Item>& items;
  const std::vector<std::string_view>& wanted;
  const std::vector<std::size_t>& changes;
  Path folder;
};

Row measure_tree(const Input& in) {
  Row row{.name = "tree"};
  Tree tree;
  row.load = seconds_of([&] { tree = build(in.items); });
  std::uint64_t sum = 0;
  row.scan = seconds_of([&] { sum = scan(tree); });
  DW_CHECK(sum != 0, "there are values");
  std::uint64_t found = 0;
  row.find = seconds_of([&] {
               for (const auto key : in.wanted) found += tree.find(key) ? 1U : 0U;
             }) /
             static_cast<double>(in.wanted.size());
  DW_CHECK(found == in.wanted.size(), "all keys are there");
  row.octets = static_cast<double>(tree.memory().heap) / static_cast<double>(in.items.size());

  const Path file = in.folder / "tree.snapshot";
  const Name apex = *name_from_text("example.");
  row.save = seconds_of([&] {
    DW_CHECK(write_snapshot(Zone(apex, tree, Tree()), file, 0600).has_value(), "file is written");
  });
  row.open = seconds_of([&] {
    const auto zone = open_snapshot(file);
    DW_CHECK(zone && !zone->node(in.items.front().key).empty(), "first entry is read");
  });

  const Tree first = tree;
  row.change = seconds_of([&] {
                 for (std::size_t i = 0; i < in.changes.size(); ++i) {
                   const Item& item = in.items[in.changes[i]];
                   TreeEdit edit(std::move(tree));
                   const Tree before = edit.tree();  // readers have it
                   edit.put(item.key, changed(item), 0);
                   tree = edit.tree();
                   if (i == 0) row.two = beyond(tree, first);
                 }
               }) /
               static_cast<double>(in.changes.size());
  row.many = beyond(tree, first);
  return row;
}

Row measure_lmdb(const Input& in) {
  Row row{.name = "lmdb"};
  const Path file = in.folder / "lmdb";
  {
    Lmdb store(file);
    row.load = seconds_of([&] { store.load(in.items); });
    row.scan = seconds_of([&] { DW_CHECK(store.scan() != 0, "there are values"); });
    row.find = seconds_of([&] {
                 DW_CHECK(store.find_all(in.wanted) == in.wanted.size(), "all keys are there");
               }) /
               static_cast<double>(in.wanted.size());
    const std::uint64_t octets = store.octets();
    row.octets = static_cast<double>(octets) / static_cast<double>(in.items.size());
    row.save = seconds_of([&] { store.sync(); });
    store.hold_version();
    row.change = seconds_of([&] {
                   for (std::size_t i = 0; i < in.changes.size(); ++i) {
                     const Item& item = in.items[in.changes[i]];
                     store.put(item.key, changed(item));
                     if (i == 0) row.two = store.octets() - octets;
                   }
                 }) /
                 static_cast<double>(in.changes.size());
    row.many = store.octets() - octets;
  }
  row.open = seconds_of([&] {
    Lmdb store(file);
    DW_CHECK(store.find_all({in.items.front().key}) == 1, "first entry is read");
  });
  return row;
}

Row measure_arrays(const Input& in) {
  Row row{.name = "arrays"};
  Arrays arrays;
  row.load = seconds_of([&] { arrays.load(in.items); });
  row.scan = seconds_of([&] { DW_CHECK(arrays.scan() != 0, "there are values"); });
  std::uint64_t found = 0;
  row.find = seconds_of([&] {
               for (const auto key : in.wanted) found += arrays.find(key) ? 1U : 0U;
             }) /
             static_cast<double>(in.wanted.size());
  DW_CHECK(found == in.wanted.size(), "all keys are there");
  row.octets = static_cast<double>(arrays.octets()) / static_cast<double>(in.items.size());
  const Path file = in.folder / "arrays";
  row.save = seconds_of([&] { arrays.save(file); });
  row.open = seconds_of([&] {
    DW_CHECK(Arrays::open(file).find(in.items.front().key).has_value(), "first entry is read");
  });
  constexpr std::size_t kFew = 5;  // each copies everything
  row.change = seconds_of([&] {
                 for (std::size_t i = 0; i < kFew; ++i) {
                   const Item& item = in.items[in.changes[i]];
                   const Arrays now = arrays.with(item.key, changed(item));
                   row.two = now.octets();
                 }
               }) /
               kFew;
  row.many = row.two;
  return row;
}

void print_cost_of_change(std::size_t names) {
  const auto items = bench::make_names(Kind::kHosts, names);
  const Tree first = build(items);
  const auto changes = bench::make_positions(names, kChanges);
  std::uint64_t pages = 0;
  std::uint64_t read = 0;
  double put = 0;
  double difference = 0;
  for (const std::size_t at : changes) {
    const std::string value = changed(items[at]);
    Tree now;
    put += seconds_of([&] {
      TreeEdit edit(first);
      edit.put(items[at].key, value, 0);
      pages += edit.pages_made();
      now = edit.tree();
    });
    difference += seconds_of(
        [&] { read += Tree::for_each_difference(first, now, [](const auto&, const auto&) {}); });
  }
  const auto each = [](auto sum) { return static_cast<double>(sum) / kChanges; };
  fmt::print(
      "{:>9} names: one change {:5.1f} us, {:.1f} pages made; difference {:5.1f} us, {:.1f} "
      "pages read\n",
      names, each(put) * 1e6, each(pages), each(difference) * 1e6, each(read));
}

void print_edits_in_order(std::size_t names) {
  const auto items = bench::make_names(Kind::kHosts, names);
  Tree tree = build(items);
  const double time = seconds_of([&] {
    TreeEdit edit(std::move(tree));
    for (const Item& item : items) edit.put(item.key, changed(item), 1);
    tree = edit.tree();
  });
  fmt::print(
      "{:>9} names: all changed by one edit, in order, {:.2f} us each, then {:.1f} octets a "
      "name\n",
      names, time / static_cast<double>(names) * 1e6,
      static_cast<double>(tree.memory().heap) / static_cast<double>(names));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t names = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
  const Path folder = Path(argc > 2 ? argv[2] : ".") / fmt::format("container-bench.{}", names);
  std::filesystem::create_directories(folder);
  {
    const auto items = bench::make_names(Kind::kHosts, names);
    std::uint64_t octets = 0;
    for (const Item& item : items) octets += item.key.size() + item.value.size();
    fmt::print("{} names like hosts, keys and values {:.1f} octets each\n", names,
               static_cast<double>(octets) / static_cast<double>(names));
    std::vector<std::string_view> wanted;
    for (const std::size_t at : bench::make_positions(names, kFinds)) {
      wanted.push_back(items[at].key);
    }
    const auto changes = bench::make_positions(names, kChanges);
    const Input input{items, wanted, changes, folder};
    print_head();
    print_row(measure_tree(input));
    print_row(measure_lmdb(input));
    print_row(measure_arrays(input));
  }
  {
    const Tree tree = build(bench::make_names(Kind::kDelegations, names));
    fmt::print("{} delegations with two name servers: {:.1f} MB, {} pages\n", names,
               static_cast<double>(tree.memory().heap) / 1e6, tree.memory().pages);
  }
  for (const std::size_t count : {std::size_t{10000}, std::size_t{100000}, names}) {
    print_cost_of_change(count);
  }
  print_edits_in_order(names / 10);
  std::filesystem::remove_all(folder);
  return 0;
}
