#include "dns/delta.h"

#include <string>

#include <doctest/doctest.h>

#include "support/random_zone.h"
#include "unit/dns/tree_model.h"

using danewerk::Bytes;
using danewerk::ByteView;
using danewerk::Errc;
using danewerk::Result;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::dns::test;  // NOLINT(google-build-using-namespace)
using danewerk::support::a_record;
using danewerk::support::RecordChoices;
using danewerk::support::toggled;

namespace {

Bytes rrsig_of(RrType type, std::uint8_t filler) {
  Bytes rdata;
  danewerk::append_u16(rdata, static_cast<std::uint16_t>(type));
  rdata.resize(60, filler);
  return rdata;
}

/// The zone of the records with a signature at each name, a deadline, and a chain entry for each.
Zone signed_zone_of(const RecordChoices& records, std::uint8_t filler) {
  const Zone plain = danewerk::support::zone_of(records);
  TreeEdit names(plain.names());
  TreeEdit denial{Tree()};
  std::uint32_t count = 0;
  for (const auto& [key, value] : contents(plain.names())) {
    NodeBuilder node;
    node.load(NodeView(value.text));
    const RrType type = NodeView(value.text).begin()->type;
    if (key.size() % 2 == 0) node.set_rrsigs(type, 300, {rrsig_of(type, filler)});
    names.put(key, node.pack(), key.size() % 3 == 0 ? 1000U + filler : 0);
    NodeBuilder nsec3;
    nsec3.add(RrType::kNsec3, 300, rrsig_of(type, filler));
    ChainEntry entry;
    entry.children = ++count;
    entry.name_key = key;
    entry.has_name = count % 4 != 0;
    entry.node = NodeView(nsec3.pack());
    std::string packed;
    pack_chain_entry(packed, entry);
    std::string hash(20, '\0');
    for (std::size_t i = 0; i < key.size(); ++i) {
      hash[i % 20] = static_cast<char>(hash[i % 20] * 31 + key[i]);
    }
    denial.put(hash, packed, filler);
  }
  return {plain.apex(), names.tree(), denial.tree()};
}

bool is_same(const Zone& a, const Zone& b) {
  return contents(a.names()) == contents(b.names()) &&
         contents(a.denial()) == contents(b.denial()) &&
         a.names().earliest() == b.names().earliest();
}

/// A change of a few names of one that has some.
Change random_change() {
  const auto records = *rc::gen::container<RecordChoices>(a_record());
  const auto changes =
      *rc::gen::container<std::vector<danewerk::support::RecordChoice>>(a_record());
  const auto filler = *rc::gen::inRange<std::uint8_t>(1, 3);
  const Zone before = signed_zone_of(records, 1);
  const Zone wanted = signed_zone_of(toggled(records, changes), filler);
  // As the signer makes it: an edit of the version before, sharing its pages.
  const auto edited = [](const Tree& from, const Tree& to) {
    TreeEdit edit(from);
    Tree::for_each_difference(from, to, [&](const auto& a, const auto& b) {
      if (b) {
        edit.put(b->key, b->value, b->deadline);
      } else {
        edit.erase(a->key);
      }
    });
    return edit.tree();
  };
  return {before,
          {before.apex(), edited(before.names(), wanted.names()),
           edited(before.denial(), wanted.denial())}};
}

bool is_corrupt(const Result<Zone>& result) {
  return !result && result.error().code() == Errc::kCorrupt;
}

std::string key_of(std::uint64_t number) {
  auto digits = std::to_string(1000000 + number);
  digits.push_back('\0');
  return digits;
}

Zone numbered_zone(std::uint64_t names, std::uint8_t filler) {
  TreeBuilder tree;
  for (std::uint64_t i = 0; i < names; ++i) {
    NodeBuilder node;
    node.add(RrType::kTxt, 60, Bytes(40, filler));
    tree.append(key_of(i), node.pack(), 7);
  }
  return {*name_from_text("example."), std::move(tree).finish(), {}};
}

Zone with_one_changed(const Zone& zone, std::uint64_t number) {
  NodeBuilder node;
  node.add(RrType::kTxt, 60, Bytes(40, 9));
  TreeEdit edit(zone.names());
  edit.put(key_of(number), node.pack(), 8);
  return {zone.apex(), edit.tree(), zone.denial()};
}

}  // namespace

TEST_CASE("delta: applied it gives the version after, back references and deadlines included") {
  CHECK(rc::check("applied and inverted", [] {
    const Change change = random_change();
    const Bytes delta = pack_delta(change);
    RC_ASSERT(check_delta(change.before.apex(), delta).has_value());
    const auto after = apply_delta(change.before, delta);
    RC_ASSERT(after.has_value());
    RC_ASSERT(is_same(*after, change.after));
    const auto before = apply_delta(change.after, pack_delta(change.inverted()));
    RC_ASSERT(before.has_value());
    RC_ASSERT(is_same(*before, change.before));
    // The same contents in other pages make the same octets.
    const Zone rebuilt(change.after.apex(), build(contents(change.after.names())),
                       build(contents(change.after.denial())));
    RC_ASSERT(pack_delta({change.before, rebuilt}) == delta);
  }));
}

TEST_CASE("delta: a first version is a change of the empty zone") {
  const Zone zone = signed_zone_of({{"a.", RrType::kA}, {"b.c.", RrType::kTxt}}, 1);
  const Zone empty(zone.apex());
  const auto after = apply_delta(empty, pack_delta({empty, zone}));
  REQUIRE(after);
  CHECK(is_same(*after, zone));
  const auto gone = apply_delta(zone, pack_delta({zone, empty}));
  REQUIRE(gone);
  CHECK(gone->names().size() == 0);
  CHECK(gone->denial().size() == 0);
}

TEST_CASE("delta: says what differed on both sides, in order") {
  CHECK(rc::check("entries", [] {
    const Change change = random_change();
    Model before = contents(change.before.names());
    std::string last;
    std::size_t entries = 0;
    const auto read = for_each_in_delta(
        change.before.apex(), pack_delta(change),
        [&](const EntryDifference& difference) -> Result<void> {
          if (difference.in_denial) return {};
          const auto& entry = difference.before ? *difference.before : *difference.after;
          RC_ASSERT(entries++ == 0 || entry.key > last);
          last = entry.key;
          const auto stood = before.find(last);
          RC_ASSERT((stood != before.end()) == difference.before.has_value());
          if (difference.before) {
            RC_ASSERT(stood->second.text == difference.before->value);
            RC_ASSERT(stood->second.deadline == difference.before->deadline);
          }
          before.erase(last);
          if (difference.after) {
            before[last] = {std::string(difference.after->value), difference.after->deadline};
          }
          return {};
        });
    RC_ASSERT(read.has_value());
    RC_ASSERT(before == contents(change.after.names()));
  }));
}

TEST_CASE("delta: refused where something else stands than what it was made from") {
  const Zone before = numbered_zone(100, 1);
  const Bytes delta = pack_delta({before, with_one_changed(before, 50)});
  CHECK(apply_delta(before, delta));
  CHECK(is_corrupt(apply_delta(with_one_changed(before, 50), delta)));  // applied already
  CHECK(is_corrupt(apply_delta(numbered_zone(50, 1), delta)));          // the name is not there
  CHECK(is_corrupt(apply_delta(numbered_zone(100, 2), delta)));         // other records
  TreeEdit edit(before.names());
  const std::string key = key_of(50);
  const std::string value(before.names().find(key)->value);
  edit.put(key, value, 6);
  CHECK(is_corrupt(apply_delta({before.apex(), edit.tree(), {}}, delta)));  // another deadline
  const Zone other(*name_from_text("example.org."), before.names(), before.denial());
  CHECK(is_corrupt(apply_delta(other, delta)));
  const Zone upper(*name_from_text("EXAMPLE."), before.names(), before.denial());
  CHECK(apply_delta(upper, delta));
}

TEST_CASE("delta: size grows with the change, not with the zone") {
  std::size_t small = 0;
  for (const std::uint64_t names : {100U, 100000U}) {
    const Zone before = numbered_zone(names, 1);
    const auto size = pack_delta({before, with_one_changed(before, 50)}).size();
    CHECK(size < 200);
    if (small == 0) small = size;
    CHECK(size <= small + 8);
    CHECK(pack_delta({before, before}).size() < 20);
  }
}

TEST_CASE("delta: a value of which little changes costs little more than once") {
  NodeBuilder node;
  node.add(RrType::kTxt, 60, Bytes(20000, 1));
  node.set_rrsigs(RrType::kTxt, 60, {rrsig_of(RrType::kTxt, 1)});
  TreeEdit edit{Tree()};
  edit.put("", node.pack(), 1);
  const Zone before(*name_from_text("example."), edit.tree(), {});
  node.set_rrsigs(RrType::kTxt, 60, {rrsig_of(RrType::kTxt, 2)});
  edit.put("", node.pack(), 2);
  const Zone after(*name_from_text("example."), edit.tree(), {});
  CHECK(pack_delta({before, after}).size() < 20300);
}

TEST_CASE("delta: cut off anywhere, or with more behind it, it is refused") {
  const Zone zone = signed_zone_of({{"a.", RrType::kA}, {"a.b.", RrType::kTxt}}, 1);
  const Zone after = signed_zone_of({{"a.", RrType::kA}, {"c.b.", RrType::kTxt}}, 2);
  Bytes delta = pack_delta({zone, after});
  for (std::size_t size = 0; size < delta.size(); ++size) {
    const Bytes cut(delta.begin(), delta.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE_MESSAGE(is_corrupt(apply_delta(zone, cut)), size);
  }
  delta.push_back(0);
  CHECK(is_corrupt(apply_delta(zone, delta)));
}

TEST_CASE("delta: garbled octets are read within bounds, and what passes can be printed") {
  const Zone zone = signed_zone_of({{"a.", RrType::kA}, {"a.b.", RrType::kTxt}}, 1);
  const Zone after = signed_zone_of({{"a.", RrType::kA}, {"c.b.", RrType::kTxt}}, 2);
  const Bytes delta = pack_delta({zone, after});
  CHECK(rc::check("garbled", [&] {
    Bytes garbled = delta;
    const int changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      garbled[*rc::gen::inRange<std::size_t>(0, garbled.size())] =
          *rc::gen::arbitrary<std::uint8_t>();
    }
    const auto checked =
        for_each_in_delta(zone.apex(), garbled, [&](const auto& difference) -> Result<void> {
          const auto& entry = difference.before ? *difference.before : *difference.after;
          if (!difference.in_denial) {
            const auto name = name_from_sort_key(entry.key, zone.apex());
            RC_ASSERT(wire_name_length(name.view().wire()) == name.size);
          }
          return {};
        });
    // Not in one RC_ASSERT: its `||` looks at both sides.
    if (!checked) RC_ASSERT(checked.error().code() == Errc::kCorrupt);
    const auto applied = apply_delta(zone, garbled);
    if (!applied) RC_ASSERT(applied.error().code() == Errc::kCorrupt);
  }));
}

TEST_CASE("delta: keys that are no names are refused") {
  const Name apex = *name_from_text("example.");
  const auto packed_with_key = [](std::string_view key) {
    NodeBuilder node;
    node.add(RrType::kTxt, 60, Bytes(4, 1));
    TreeEdit edit{Tree()};
    edit.put(key, node.pack(), 0);
    const Zone empty(*name_from_text("example."));
    return pack_delta({empty, {empty.apex(), edit.tree(), {}}});
  };
  using std::string_view;
  const std::string long_label = std::string(64, 'a') + std::string(1, '\0');
  std::string long_name;
  for (int i = 0; i < 124; ++i) long_name += std::string("a\0", 2);
  CHECK(check_delta(apex, packed_with_key(string_view("a\1\1\1\2\0", 6))));
  CHECK(check_delta(apex, packed_with_key(long_name.substr(0, long_name.size() - 4))));
  CHECK(!check_delta(apex, packed_with_key(long_name)));
  CHECK(check_delta(apex, packed_with_key(long_label.substr(1))));
  CHECK(!check_delta(apex, packed_with_key(long_label)));
  CHECK(!check_delta(apex, packed_with_key("open")));
  CHECK(!check_delta(apex, packed_with_key(string_view("\0", 1))));
  CHECK(!check_delta(apex, packed_with_key(string_view("A\0", 2))));
  CHECK(!check_delta(apex, packed_with_key(string_view("a\1\3\0", 4))));
  CHECK(!check_delta(apex, packed_with_key(string_view("a\1", 2))));
}
