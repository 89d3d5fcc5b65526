#include "denial/update.h"

#include <doctest/doctest.h>

#include "chain_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::denial;   // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const model::DenialParameters kNsec{.kind = model::DenialKind::kNsec};
const model::DenialParameters kNsec3{};
const model::DenialParameters kOptOut{.opt_out = true};

/// The version after one edit, its denial brought up to date.
dns::Zone next(const dns::Zone& before, const dns::Zone& after,
               const model::DenialParameters& parameters = {}) {
  return test::good(update({before, after}, {parameters}));
}

/// An RRSIG to see whether a record was touched; nobody checks it here.
dns::Zone with_marks(const dns::Zone& zone) {
  const auto mark = *dns::rdata_from_text(
      dns::RrType::kRrsig, "NSEC3 13 2 300 20300101000000 20200101000000 1 example. AAAA");
  dns::TreeEdit edit(zone.denial());
  dns::Tree::Cursor cursor(zone.denial());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    auto entry = dns::read_chain_entry(cursor.entry().value);
    dns::NodeBuilder node;
    node.load(entry.node);
    node.add_rrsig(300, mark);
    entry.node = dns::NodeView(node.pack());
    std::string packed;
    dns::pack_chain_entry(packed, entry);
    edit.put(cursor.entry().key, packed, node.earliest_expiration());
  }
  return {zone.apex(), zone.names(), edit.tree()};
}

std::size_t marks(const dns::Zone& zone) {
  return lines_of(zone, "RRSIG").size();
}

std::uint64_t count_of_denial_changes(const dns::Zone& a, const dns::Zone& b) {
  std::uint64_t count = 0;
  dns::Tree::for_each_difference(a.denial(), b.denial(),
                                 [&](const auto&, const auto&) { ++count; });
  return count;
}

constexpr dns::RrType kA = dns::RrType::kA;
constexpr dns::RrType kNs = dns::RrType::kNs;
constexpr dns::RrType kDs = dns::RrType::kDs;
constexpr const char* kSomeDs =
    "4711 8 2 0000000000000000000000000000000000000000000000000000000000000000";

}  // namespace

TEST_CASE("update: a name below empty non-terminals brings them, and takes them when it goes") {
  const auto before = chained("a A 192.0.2.1\n");
  const auto grown = next(before, with(before, "x.y.z.example.", kA, "192.0.2.1"));
  CHECK(chain_of(grown) == Lines{"example.: NS SOA RRSIG", "a.example.: A RRSIG",
                                 "z.example.:", "y.z.example.:", "x.y.z.example.: A RRSIG"});
  const auto shrunk = next(grown, without(grown, "x.y.z.example.", kA));
  CHECK(lines_of(shrunk) == lines_of(before));
}

TEST_CASE("update: an empty non-terminal becomes a name and back") {
  const auto before = chained("x.y A 192.0.2.1\n");
  const auto named = next(before, with(before, "y.example.", kA, "192.0.2.1"));
  CHECK(chain_of(named).at(1) == "y.example.: A RRSIG");
  const auto back = next(named, without(named, "y.example.", kA));
  CHECK(chain_of(back).at(1) == "y.example.:");
  CHECK(lines_of(back) == lines_of(before));
}

TEST_CASE("update: a delegation above names hides them, and their empty non-terminals") {
  const auto before = chained("x.y.d A 192.0.2.1\n");
  const auto cut = next(before, with(before, "d.example.", kNs, "ns.example.net."));
  CHECK(chain_of(cut) == Lines{"example.: NS SOA RRSIG", "d.example.: NS"});
  CHECK(lines_of(next(cut, without(cut, "d.example.", kNs))) == lines_of(before));
}

TEST_CASE("update: under opt-out a delegation above names removes all of them") {
  const auto before = chained("x.y.d A 192.0.2.1\n", kOptOut);
  const auto cut = next(before, with(before, "d.example.", kNs, "ns.example.net."), kOptOut);
  CHECK(chain_of(cut) == Lines{"example.: NS SOA RRSIG"});
  CHECK(lines_of(next(cut, without(cut, "d.example.", kNs), kOptOut)) == lines_of(before));
}

TEST_CASE("update: a DS brings a delegation into an opt-out chain (RFC 5155 section 7.1)") {
  const auto before = chained("d.ent NS ns.example.net.\n", kOptOut);
  CHECK(chain_of(before) == Lines{"example.: NS SOA RRSIG"});
  const auto secure = next(before, with(before, "d.ent.example.", kDs, kSomeDs), kOptOut);
  CHECK(chain_of(secure) ==
        Lines{"example.: NS SOA RRSIG", "ent.example.:", "d.ent.example.: NS DS RRSIG"});
  CHECK(lines_of(next(secure, without(secure, "d.ent.example.", kDs), kOptOut)) ==
        lines_of(before));
}

TEST_CASE("update: a DNAME hides what is below it (RFC 6672 section 2.4)") {
  const auto before = chained("x.d A 192.0.2.1\nd TXT t\n");
  const auto hidden = next(before, with(before, "d.example.", dns::RrType::kDname, "example.net."));
  CHECK(chain_of(hidden) == Lines{"example.: NS SOA RRSIG", "d.example.: TXT DNAME RRSIG"});
}

TEST_CASE("update: records that stay keep their signatures") {
  const auto before = with_marks(chained("a A 192.0.2.1\nb A 192.0.2.1\nc A 192.0.2.1\n"));
  REQUIRE(marks(before) == 4);
  // A new type touches the bitmap of one record; a new name its own and its predecessor's.
  CHECK(marks(next(before, with(before, "a.example.", dns::RrType::kTxt, "t"))) == 3);
  const auto grown = next(before, with(before, "d.example.", kA, "192.0.2.1"));
  CHECK(grown.denial().size() == 5);
  CHECK(marks(grown) == 3);
}

TEST_CASE(
    "update: a change of data alone leaves the chain and its signatures alone, page by page") {
  const auto before = with_marks(chained("a A 192.0.2.1\nb A 192.0.2.1\n"));
  const auto after = next(before, with(before, "a.example.", kA, "192.0.2.9"));
  CHECK(after.denial().root() == before.denial().root());
}

TEST_CASE("update: SOA MINIMUM changes the TTL of every denial record (RFC 9077 section 3)") {
  for (const auto& parameters : {kNsec3, kNsec}) {
    const auto before = chained("a A 192.0.2.1\nb A 192.0.2.1\n", parameters);
    auto after = without(before, "example.", dns::RrType::kSoa);
    dns::NodeBuilder apex;
    apex.load(after.apex_node());
    apex.add(dns::RrType::kSoa, 3600,
             *dns::rdata_from_text(dns::RrType::kSoa, "ns.example.net. mail.example. 1 2 3 4 77"));
    dns::TreeEdit edit(after.names());
    edit.put({}, apex.pack(), 0);
    const auto updated = next(before, {after.apex(), edit.tree(), after.denial()}, parameters);
    const auto type = parameters.kind == model::DenialKind::kNsec ? "NSEC" : "NSEC3";
    const auto lines = lines_of(updated, type);
    CHECK(lines.size() == 3);
    for (const auto& line : lines) {
      CHECK_MESSAGE(line.find(" 77 " + std::string(type)) != std::string::npos, line);
    }
  }
}

TEST_CASE("update: NSEC and NSEC3 are exchanged within one version") {
  const auto nsec3 = chained("a.b A 192.0.2.1\ni NS ns.example.net.\n");
  const auto to_nsec = next(nsec3, nsec3, kNsec);
  CHECK(lines_of(to_nsec) == lines_of(chained("a.b A 192.0.2.1\ni NS ns.example.net.\n", kNsec)));
  CHECK(to_nsec.denial().size() == 0);
  const auto back = next(to_nsec, to_nsec, kNsec3);
  CHECK(lines_of(back) == lines_of(nsec3));
}

TEST_CASE("update: other parameters make another chain") {
  const auto before = chained("a.b A 192.0.2.1\ni NS ns.example.net.\n");
  const model::DenialParameters salted{.iterations = 2, .salt = {1, 2, 3}};
  const auto after = next(before, before, salted);
  CHECK(chain_of(after) == chain_of(before));
  CHECK(lines_of(after, "NSEC3") != lines_of(before, "NSEC3"));
  CHECK(chain_of(next(after, after, kOptOut)) ==
        Lines{"example.: NS SOA RRSIG", "b.example.:", "a.b.example.: A RRSIG"});
}

TEST_CASE("update: NSEC of the neighbours follows a name that comes and goes") {
  const auto before = chained("a A 192.0.2.1\nc A 192.0.2.1\n", kNsec);
  const auto grown = next(before, with(before, "b.example.", kA, "192.0.2.1"), kNsec);
  CHECK(lines_of(grown, "NSEC") == Lines{"a.example. 300 NSEC b.example. A RRSIG NSEC",
                                         "b.example. 300 NSEC c.example. A RRSIG NSEC",
                                         "c.example. 300 NSEC example. A RRSIG NSEC",
                                         "example. 300 NSEC a.example. NS SOA RRSIG NSEC"});
  CHECK(lines_of(next(grown, without(grown, "b.example.", kA), kNsec)) == lines_of(before));
}

TEST_CASE("adopt: a chain that was read from a text is as good as one that was made") {
  const std::string records = "a.b A 192.0.2.1\ni NS ns.example.net.\n";
  const auto made = chained(records);
  std::string text = kHead + records;
  for (const auto& line : lines_of(made, "NSEC3")) text += line + "\n";
  const auto read = zone_of(text);
  CHECK(lines_of(read) == lines_of(made));
  const auto adopted = test::good(adopt(read, {}));
  CHECK(count_of_denial_changes(adopted, made) == 0);
  CHECK(chain_of(next(adopted, with(adopted, "x.example.", kA, "192.0.2.1"))).size() == 5);
}

TEST_CASE("adopt: entries for hashes of no name are dropped, holes are filled by update") {
  const auto made = chained("a A 192.0.2.1\nb A 192.0.2.1\n");
  std::string text = kHead + "b A 192.0.2.1\n";
  for (const auto& line : lines_of(made, "NSEC3")) text += line + "\n";
  const auto adopted = test::good(adopt(zone_of(text), {}));
  CHECK(adopted.denial().size() == 2);
}
