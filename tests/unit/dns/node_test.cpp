#include "dns/node.h"

#include <map>
#include <set>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using danewerk::Bytes;
using danewerk::ByteView;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it

namespace {

Name name(std::string_view text) {
  return *name_from_text(text);
}

Bytes octets(std::string_view text) {
  const auto view = danewerk::as_bytes(text);
  return {view.begin(), view.end()};
}

Bytes wire(std::string_view text) {
  const Name owner = name(text);
  return {owner.view().wire().begin(), owner.view().wire().end()};
}

Bytes rrsig(RrType covered, std::uint32_t expiration, std::string_view signer = "example.") {
  Bytes out;
  danewerk::append_u16(out, static_cast<std::uint16_t>(covered));
  out.insert(out.end(), {8, 1});
  danewerk::append_u32(out, 3600);
  danewerk::append_u32(out, expiration);
  danewerk::append_u32(out, 1);
  danewerk::append_u16(out, 4711);
  const Bytes tail = wire(signer);
  out.insert(out.end(), tail.begin(), tail.end());
  return out;
}

std::vector<Bytes> list(const RdataList& from) {
  std::vector<Bytes> out;
  for (const ByteView one : from) out.emplace_back(one.begin(), one.end());
  return out;
}

}  // namespace

TEST_CASE("node: RRsets come in order of type, records in canonical order") {
  NodeBuilder builder;
  CHECK(builder.add(RrType::kTxt, 60, octets("\1b")));
  CHECK(builder.add(RrType::kA, 60, Bytes{192, 0, 2, 2}));
  CHECK(builder.add(RrType::kTxt, 60, octets("\1a")));
  CHECK(builder.add(RrType::kA, 60, Bytes{10, 0, 2, 2}));
  CHECK_FALSE(builder.add(RrType::kA, 60, Bytes{192, 0, 2, 2}));
  const NodeView node(builder.pack());
  CHECK(node.is_well_formed());
  auto at = node.begin();
  CHECK(at->type == RrType::kA);
  CHECK(list(at->rdata) == std::vector<Bytes>{{10, 0, 2, 2}, {192, 0, 2, 2}});
  ++at;
  CHECK(at->type == RrType::kTxt);
  CHECK(list(at->rdata) == std::vector<Bytes>{octets("\1a"), octets("\1b")});
  CHECK(++at == node.end());
  CHECK(node.has(RrType::kTxt));
  CHECK_FALSE(node.has(RrType::kNs));
  CHECK_FALSE(node.find(RrType::kCaa));
}

TEST_CASE("node: the TTL of an RRset is the least of its records (RFC 2181 section 5.2)") {
  NodeBuilder builder;
  builder.add(RrType::kA, 300, Bytes{1, 2, 3, 4});
  builder.add(RrType::kA, 60, Bytes{1, 2, 3, 5});
  builder.add(RrType::kA, 900, Bytes{1, 2, 3, 6});
  CHECK(NodeView(builder.pack()).find(RrType::kA)->ttl == 60);
  builder.set_ttl(RrType::kA, kMaxTtl);
  CHECK(NodeView(builder.pack()).find(RrType::kA)->ttl == kMaxTtl);
}

TEST_CASE("node: RRSIGs stand with the type that they cover, even when it is not there") {
  NodeBuilder builder;
  builder.add(RrType::kA, 300, Bytes{1, 2, 3, 4});
  CHECK(builder.add_rrsig(299, rrsig(RrType::kA, 2000)));
  CHECK(builder.add_rrsig(300, rrsig(RrType::kMx, 1000)));
  CHECK_FALSE(builder.add_rrsig(300, rrsig(RrType::kMx, 1000)));
  CHECK_FALSE(builder.add_rrsig(300, rrsig(RrType::kMx, 1000, "EXAMPLE.")));
  CHECK(builder.earliest_expiration() == 1000);
  const NodeView node(builder.pack());
  CHECK(node.is_well_formed());
  CHECK(node.find(RrType::kA)->rrsig_ttl == 299);
  CHECK(node.find(RrType::kA)->rrsigs.size() == 1);
  CHECK(node.find(RrType::kMx)->rdata.empty());
  CHECK(node.find(RrType::kMx)->rrsigs.size() == 1);
  CHECK_FALSE(node.has(RrType::kMx));
  builder.remove_rrsigs(RrType::kMx);
  CHECK_FALSE(NodeView(builder.pack()).find(RrType::kMx));
  CHECK(builder.earliest_expiration() == 2000);
  builder.set_rrsigs(RrType::kA, 7, {rrsig(RrType::kA, 3000), rrsig(RrType::kA, 2500)});
  CHECK(builder.earliest_expiration() == 2500);
  CHECK(NodeView(builder.pack()).find(RrType::kA)->rrsigs.size() == 2);
  CHECK(NodeView(builder.pack()).find(RrType::kA)->rrsig_ttl == 7);
  builder.set_rrsigs(RrType::kA, 7, {});
  CHECK(builder.earliest_expiration() == 0);
  CHECK(NodeView(builder.pack()).find(RrType::kA)->rrsigs.empty());
}

TEST_CASE("node: an RRset goes with its last record, and a node with its last RRset") {
  NodeBuilder builder;
  builder.set_cased_owner(name("A.example."));
  builder.add(RrType::kNs, 1, wire("NS1.example."));
  CHECK_FALSE(builder.remove(RrType::kNs, wire("ns2.example.")));
  CHECK(builder.remove(RrType::kNs, wire("ns1.example.")));
  CHECK(builder.pack().empty());
  CHECK(NodeView(builder.pack()).begin() == NodeView(builder.pack()).end());
  builder.add(RrType::kA, 1, Bytes{1, 2, 3, 4});
  CHECK(builder.remove(RrType::kA));
  CHECK_FALSE(builder.remove(RrType::kA));
  CHECK(builder.pack().empty());
}

TEST_CASE("node: case of owner and RDATA is kept, and does not make two records of one") {
  NodeBuilder builder;
  builder.set_cased_owner(name("WWW.example."));
  builder.add(RrType::kMx, 1, Bytes{0, 1, 1, 'A', 0});
  CHECK_FALSE(builder.add(RrType::kMx, 1, Bytes{0, 1, 1, 'a', 0}));
  const NodeView node(builder.pack());
  CHECK(std::ranges::equal(node.cased_owner(), wire("WWW.example.")));
  CHECK(list(node.find(RrType::kMx)->rdata) == std::vector<Bytes>{{0, 1, 1, 'A', 0}});
  NodeBuilder copy;
  copy.load(node);
  CHECK(copy.pack() == node.packed());
  copy.set_cased_owner(name("www.example."));
  CHECK(NodeView(copy.pack()).cased_owner().empty());
}

TEST_CASE("node: a delegation with two name servers has 11 octets beside its RDATA") {
  NodeBuilder builder;
  builder.add(RrType::kNs, 86400, wire("ns1.example."));
  builder.add(RrType::kNs, 86400, wire("ns2.example."));
  CHECK(builder.pack().size() == 2 * wire("ns1.example.").size() + 1 + 7 + 2 * 2);
}

TEST_CASE("node: what is cut off or garbled is not well-formed, and is never read beyond its end") {
  NodeBuilder builder;
  builder.set_cased_owner(name("A.example."));
  builder.add(RrType::kA, 300, Bytes{1, 2, 3, 4});
  builder.add_rrsig(300, rrsig(RrType::kA, 1000));
  builder.add(RrType::kTxt, 300, octets("\1a"));
  const std::string whole(builder.pack());
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const NodeView node(danewerk::as_text(part));
    // A cut between two RRsets leaves a node that is shorter, but whole.
    const bool at_end_of_rrset = size == whole.size() - 10;
    CHECK(node.is_well_formed() == at_end_of_rrset);
    static_cast<void>(node.find(RrType::kTxt));
  }
  CHECK(rc::check("garbled", [&] {
    Bytes octets(whole.begin(), whole.end());
    octets[*rc::gen::inRange<std::size_t>(0, octets.size())] = *rc::gen::arbitrary<std::uint8_t>();
    const NodeView node(danewerk::as_text(octets));
    static_cast<void>(node.is_well_formed());
    for (const RrsetView& rrset : node) static_cast<void>(rrset);
  }));
}

TEST_CASE("node: a builder that is used again does what a map of sets does") {
  NodeBuilder builder;
  CHECK(rc::check("against std::map", [&] {
    std::map<std::uint16_t, std::set<Bytes>> model;
    builder.clear();
    const auto steps = *rc::gen::container<std::vector<std::uint32_t>>(
        rc::gen::inRange<std::uint32_t>(0, 1U << 20U));
    for (const std::uint32_t step : steps) {
      const auto number = static_cast<std::uint16_t>(100 + step % 5);
      const RrType type{number};
      const Bytes rdata(step / 8 % 4, static_cast<std::uint8_t>(step / 32 % 4));
      if (step / 1024 % 4 != 0) {
        RC_ASSERT(builder.add(type, 1, rdata) == model[number].insert(rdata).second);
      } else {
        RC_ASSERT(builder.remove(type, rdata) == (model[number].erase(rdata) == 1));
      }
      if (step / 4096 % 16 == 0) builder.load(NodeView(std::string(builder.pack())));
    }
    std::erase_if(model, [](const auto& entry) { return entry.second.empty(); });
    std::map<std::uint16_t, std::set<Bytes>> made;
    for (const RrsetView& rrset : NodeView(builder.pack())) {
      const auto records = list(rrset.rdata);
      RC_ASSERT(std::is_sorted(records.begin(), records.end()));
      made[static_cast<std::uint16_t>(rrset.type)] = {records.begin(), records.end()};
    }
    RC_ASSERT(made == model);
  }));
}
