#include "world/version.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::world {

KeySet::KeySet(std::initializer_list<Key> keys) {
  for (const Key key : keys) add(key);
}

void KeySet::add(Key key) {
  const auto at = std::ranges::lower_bound(keys_, key);
  if (at == keys_.end() || *at != key) keys_.insert(at, key);
}

bool KeySet::contains(Key key) const {
  return std::ranges::binary_search(keys_, key);
}

std::string to_text(const KeySet& keys) {
  std::string out;
  for (const Key key : keys) {
    out += fmt::format("{}{}/{}", out.empty() ? "" : " ", key.number, key.algorithm);
  }
  return "{" + out + "}";
}

}  // namespace danewerk::world
