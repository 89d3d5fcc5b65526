#pragma once

/// \file
/// A std::map that says what a Tree should hold, and generators for both.

#include <map>
#include <string>

#include <rapidcheck.h>

#include "dns/tree.h"
#include "dns/tree_builder.h"

namespace danewerk::dns::test {

struct Value {
  std::string text;
  Deadline deadline = 0;
  bool operator==(const Value&) const = default;
};
using Model = std::map<std::string, Value>;

inline Model contents(const Tree& tree) {
  Model out;
  Tree::Cursor cursor(tree);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto entry = cursor.entry();
    out.emplace(entry.key, Value{std::string(entry.value), entry.deadline});
  }
  return out;
}

inline Tree build(const Model& model) {
  TreeBuilder builder;
  for (const auto& [key, value] : model) builder.append(key, value.text, value.deadline);
  return std::move(builder).finish();
}

/// Keys that share beginnings, some of them long.
inline rc::Gen<std::string> gen_key() {
  return rc::gen::mapcat(rc::gen::inRange(0, 4), [](int length) {
    return rc::gen::map(
        rc::gen::container<std::string>(static_cast<std::size_t>(length),
                                        rc::gen::element('\0', 'a', 'b', '\xff')),
        [](const std::string& key) { return key.size() == 3 ? key + std::string(150, 'k') : key; });
  });
}

/// From empty to larger than a page.
inline rc::Gen<Value> gen_value() {
  const auto octets =
      rc::gen::weightedElement<std::size_t>({{4, 0}, {8, 60}, {4, 900}, {1, 5000}, {1, 70000}});
  const auto deadline = rc::gen::inRange<Deadline>(0, 4);
  return rc::gen::map(rc::gen::tuple(octets, deadline, rc::gen::element('a', 'b', 'c')),
                      [](const std::tuple<std::size_t, Deadline, char>& given) {
                        return Value{std::string(std::get<0>(given), std::get<2>(given)),
                                     std::get<1>(given) * 100};
                      });
}

/// Ascending with the number.
inline std::string number_key(std::uint64_t number) {
  std::string key;
  for (unsigned shift = 32; shift != 0; shift -= 8) {
    key += static_cast<char>(number >> (shift - 8) & 0xffU);
  }
  return key + "name";
}

/// Even numbers, deadlines 1000 to 1006.
inline Tree numbered(std::uint64_t count, std::size_t value_octets = 100) {
  TreeBuilder builder;
  for (std::uint64_t i = 0; i < count; ++i) {
    builder.append(number_key(2 * i), std::string(value_octets, 'v'),
                   static_cast<Deadline>(1000 + i % 7));
  }
  return std::move(builder).finish();
}

}  // namespace danewerk::dns::test
