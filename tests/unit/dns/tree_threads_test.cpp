#include <atomic>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

#include "unit/dns/tree_model.h"

using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::dns::test;  // NOLINT(google-build-using-namespace)

namespace {

/// Where readers take the newest version from.
class Shelf {
 public:
  explicit Shelf(Tree tree) : tree_(std::move(tree)) {}
  Tree take() {
    const std::lock_guard lock(mutex_);
    return tree_;
  }
  void put(Tree tree) {
    const std::lock_guard lock(mutex_);
    tree_ = std::move(tree);
  }

 private:
  std::mutex mutex_;
  Tree tree_;
};

/// Every version holds the same text at all keys: a mixture is a fault.
bool is_one_version(const Tree& tree, std::uint64_t entries) {
  Tree::Cursor cursor(tree);
  std::uint64_t count = 0;
  std::string text;
  for (bool more = cursor.first(); more; more = cursor.next(), ++count) {
    const auto entry = cursor.entry();
    if (count == 0) text = entry.value;
    if (entry.value != text) return false;
  }
  return count == entries;
}

}  // namespace

TEST_CASE("tree: threads read whole versions while another makes and drops them") {
  constexpr std::uint64_t kEntries = 500;
  Shelf shelf(numbered(kEntries));
  std::atomic<bool> is_over{false};
  std::atomic<bool> all_good{true};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!is_over) {
        const Tree tree = shelf.take();
        if (!is_one_version(tree, kEntries)) all_good = false;
      }
    });
  }
  TreeEdit edit(shelf.take());
  for (int version = 0; version < 60; ++version) {
    // Sizes differ, so that pages are replaced, split and joined, and changed in place.
    const std::string text(static_cast<std::size_t>(50 + version % 3 * 100),
                           static_cast<char>('a' + version % 26));
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      edit.put(number_key(2 * i), text, static_cast<Deadline>(version));
    }
    shelf.put(edit.tree());
  }
  is_over = true;
  for (auto& reader : readers) reader.join();
  CHECK(all_good);
}
