#include "dns/zone.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "dns/serial.h"

using danewerk::Bytes;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it

namespace {

const Name& apex() {
  static const Name name = *name_from_text("example.");
  return name;
}

std::string key(std::string_view relative) {
  std::string text(relative);
  text += relative.empty() ? "example." : ".example.";
  return sort_key(*name_from_text(text), apex());
}

std::string node(std::initializer_list<RrType> types) {
  NodeBuilder builder;
  for (const RrType type : types) builder.add(type, 60, Bytes{0});
  return std::string(builder.pack());
}

Zone zone_of(const std::vector<std::pair<std::string, std::string>>& nodes) {
  TreeEdit names{Tree()};
  for (const auto& [relative, packed] : nodes) names.put(key(relative), packed, 0);
  return {apex(), names.tree(), Tree()};
}

Zone example() {
  return zone_of({{"", node({RrType::kSoa, RrType::kNs})},
                  {"www", node({RrType::kA})},
                  {"a.b.c", node({RrType::kTxt})},
                  {"*.w", node({RrType::kMx})},
                  {"sub", node({RrType::kNs, RrType::kDs})},
                  {"ns.sub", node({RrType::kA})},
                  {"deep.er.sub", node({RrType::kNs})},
                  {"dn", node({RrType::kDname, RrType::kA})},
                  {"x.dn", node({RrType::kA})},
                  {"subway", node({RrType::kA})}});
}

}  // namespace

TEST_CASE("zone: each name has its standing") {
  const Zone zone = example();
  CHECK(zone.standing(key("")) == Standing::kApex);
  CHECK(zone.standing(key("www")) == Standing::kAuthoritative);
  CHECK(zone.standing(key("a.b.c")) == Standing::kAuthoritative);
  CHECK(zone.standing(key("b.c")) == Standing::kEmptyNonTerminal);
  CHECK(zone.standing(key("c")) == Standing::kEmptyNonTerminal);
  CHECK(zone.standing(key("w")) == Standing::kEmptyNonTerminal);
  CHECK(zone.standing(key("sub")) == Standing::kDelegation);
  CHECK(zone.standing(key("ns.sub")) == Standing::kOccluded);
  CHECK(zone.standing(key("er.sub")) == Standing::kOccluded);
  CHECK(zone.standing(key("deep.er.sub")) == Standing::kOccluded);
  CHECK(zone.standing(key("dn")) == Standing::kAuthoritative);
  CHECK(zone.standing(key("x.dn")) == Standing::kOccluded);
  CHECK(zone.standing(key("subway")) == Standing::kAuthoritative);
  CHECK(zone.standing(key("ww")) == Standing::kAbsent);
  CHECK(zone.standing(key("x.www")) == Standing::kAbsent);
  CHECK(zone.standing(key("y.sub")) == Standing::kAbsent);
}

TEST_CASE("zone: the highest cut is found, at the name or above it") {
  const Zone zone = example();
  CHECK_FALSE(zone.cut_above(key("")));
  CHECK_FALSE(zone.cut_above(key("www")));
  CHECK(zone.cut_above(key("sub")) == key("sub"));
  CHECK(zone.cut_above(key("x.deep.er.sub")) == key("sub"));
  CHECK_FALSE(zone.cut_above(key("dn")));
  CHECK(zone.cut_above(key("y.x.dn")) == key("dn"));
}

TEST_CASE("zone: a DNAME at the apex occludes all names below (RFC 6672 section 2.4)") {
  const Zone zone = zone_of(
      {{"", node({RrType::kSoa, RrType::kNs, RrType::kDname})}, {"www", node({RrType::kA})}});
  CHECK(zone.standing(key("")) == Standing::kApex);
  CHECK(zone.standing(key("www")) == Standing::kOccluded);
  CHECK(zone.cut_above(key("www")) == key(""));
  CutTracker tracker;
  CHECK(tracker.see(key(""), zone.node(key(""))) == Standing::kApex);
  CHECK(tracker.see(key("www"), zone.node(key("www"))) == Standing::kOccluded);
}

TEST_CASE("zone: wildcards and names below are found") {
  const Zone zone = example();
  CHECK(zone.has_wildcard_child(key("w")));
  CHECK_FALSE(zone.has_wildcard_child(key("")));
  CHECK(zone.has_names_below(key("")));
  CHECK(zone.has_names_below(key("c")));
  CHECK_FALSE(zone.has_names_below(key("www")));
  CHECK_FALSE(zone.has_names_below(key("zzz")));
  CHECK_FALSE(Zone(apex()).has_names_below(key("")));
  CHECK(zone.apex_node().has(RrType::kSoa));
  CHECK(zone.node(key("c")).empty());
}

TEST_CASE("zone: a pass in order sees what questions by name see") {
  CHECK(rc::check("CutTracker", [] {
    const auto labels = rc::gen::container<std::vector<char>>(rc::gen::element('a', 'b', 'c'));
    std::map<std::string, std::string> nodes;
    nodes[""] = node({RrType::kSoa});
    const int count = *rc::gen::inRange(0, 30);
    for (int i = 0; i < count; ++i) {
      std::string relative;
      for (const char label : *rc::gen::resize(4, labels)) {
        if (!relative.empty()) relative += '.';
        relative += label;
      }
      const auto type = *rc::gen::element(RrType::kA, RrType::kA, RrType::kNs, RrType::kDname);
      if (!relative.empty()) nodes[relative] = node({type});
    }
    const Zone zone = zone_of({nodes.begin(), nodes.end()});
    CutTracker tracker;
    Tree::Cursor cursor(zone.names());
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto entry = cursor.entry();
      RC_ASSERT(tracker.see(entry.key, NodeView(entry.value)) == zone.standing(entry.key));
    }
  }));
}

TEST_CASE("zone: chain entries give back what was packed") {
  const std::string packed_node = node({RrType::kNsec3});
  ChainEntry entry;
  entry.node = NodeView(packed_node);
  std::string packed;
  pack_chain_entry(packed, entry);
  CHECK_FALSE(read_chain_entry(packed).has_name);
  CHECK(read_chain_entry(packed).node.packed() == packed_node);
  const std::string name_key = key("www");
  entry.has_name = true;
  entry.name_key = name_key;
  entry.children = 300;
  packed.clear();
  pack_chain_entry(packed, entry);
  const ChainEntry read = read_chain_entry(packed);
  CHECK(read.has_name);
  CHECK(read.children == 300);
  CHECK(read.name_key == name_key);
  CHECK(read.node.packed() == packed_node);
  CHECK(read_chain_entry("").node.empty());
  CHECK(read_chain_entry(std::string_view("\1\1\x7f", 3)).node.empty());
}

TEST_CASE("zone: a change is told as RRsets, and inverted with the sides swapped") {
  const Zone before = example();
  TreeEdit names(before.names());
  names.put(key("www"), node({RrType::kA, RrType::kAaaa}), 0);
  names.put(key("new"), node({RrType::kTxt}), 0);
  names.erase(key("a.b.c"));
  NodeBuilder builder;
  builder.load(before.node(key("dn")));
  builder.set_ttl(RrType::kA, 61);
  names.put(key("dn"), builder.pack(), 5);
  std::string packed;
  const std::string nsec3 = node({RrType::kNsec3});
  ChainEntry entry;
  entry.node = NodeView(nsec3);
  pack_chain_entry(packed, entry);
  TreeEdit denial{Tree()};
  denial.put("hash", packed, 0);
  const Change change{before, Zone(apex(), names.tree(), denial.tree())};

  const auto lines = [](const Change& from) {
    std::vector<std::string> out;
    for_each_difference(from, [&](const RrsetDifference& one) {
      const auto owner = one.in_denial ? std::string(one.key)
                                       : to_text(name_from_sort_key(one.key, apex()).view());
      out.push_back(owner + " " + to_text(one.type) + (one.before ? " -" : "") +
                    (one.after ? " +" : ""));
    });
    return out;
  };
  CHECK(lines(change) == std::vector<std::string>{"a.b.c.example. TXT -", "dn.example. A - +",
                                                  "new.example. TXT +", "www.example. AAAA +",
                                                  "hash NSEC3 +"});
  CHECK(lines(change.inverted()) ==
        std::vector<std::string>{"a.b.c.example. TXT +", "dn.example. A - +", "new.example. TXT -",
                                 "www.example. AAAA -", "hash NSEC3 -"});
}

TEST_CASE("serial: later is what RFC 1982 section 3.2 says") {
  CHECK(Serial(1).is_after(Serial(0)));
  CHECK(Serial(0).is_after(Serial(0xffffffff)));
  CHECK(Serial(44).is_after(Serial(0)));
  CHECK_FALSE(Serial(0).is_after(Serial(0)));
  CHECK(Serial(0x7fffffff).is_after(Serial(0)));
  CHECK_FALSE(Serial(0x80000000).is_after(Serial(0)));
  CHECK_FALSE(Serial(0).is_after(Serial(0x80000000)));
  CHECK(Serial(0).is_after(Serial(0x80000001)));
  CHECK(Serial(0xffffffff).plus(1) == Serial(0));
  CHECK(Serial(5).plus(0x7fffffff).is_after(Serial(5)));
}
