#include "verify/owner.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "dns/name.h"

namespace danewerk {

namespace {

verify::Owner owner(std::string_view text) {
  verify::Owner made;
  made.assign_wire(dns::name_from_text(text)->view().wire());
  return made;
}

}  // namespace

TEST_CASE("owner: canonical order is that of RFC 4034 section 6.1") {
  const std::vector<std::string> ordered{
      "example.",   "a.example.",       "yljkjljk.a.example.", "Z.a.example.",    "zABC.a.EXAMPLE.",
      "z.example.", "\\001.z.example.", "*.z.example.",        "\\200.z.example."};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      CAPTURE(ordered[i]);
      CAPTURE(ordered[j]);
      const int order = verify::compare(owner(ordered[i]), owner(ordered[j]));
      CHECK((order < 0) == (i < j));
      CHECK((order == 0) == (i == j));
    }
  }
}

TEST_CASE("owner: a key of the zone's tree is read as the name that it was made from") {
  CHECK(rc::check("any labels", [](std::vector<std::vector<std::uint8_t>> labels) {
    Bytes wire;
    for (const auto& label : labels) {
      if (label.empty() || label.size() > 63 || wire.size() + label.size() > 200) continue;
      wire.push_back(static_cast<std::uint8_t>(label.size()));
      wire.insert(wire.end(), label.begin(), label.end());
    }
    const auto apex = dns::name_from_text("zone.example.");
    wire.insert(wire.end(), apex->view().wire().begin(), apex->view().wire().end());
    verify::Owner straight;
    straight.assign_wire(wire);
    verify::Owner from_key;
    from_key.assign_key(dns::sort_key(dns::NameView(wire), *apex), owner("zone.example."));
    RC_ASSERT(from_key == straight);
    RC_ASSERT(from_key.labels() == straight.labels());
  }));
}

TEST_CASE("owner: labels that RRSIG counts leave out a leading asterisk (RFC 4034 section 3.1.3)") {
  CHECK(owner(".").signed_labels() == 0);
  CHECK(owner("example.").signed_labels() == 1);
  CHECK(owner("*.example.").signed_labels() == 1);
  CHECK(owner("a.*.example.").signed_labels() == 3);
  CHECK(owner("**.example.").signed_labels() == 2);
}

TEST_CASE("owner: a name is below its ancestors, by whole labels") {
  CHECK(owner("a.b.example.").is_below(owner("b.example.")));
  CHECK(owner("A.b.example.").is_below(owner("B.Example.")));
  CHECK(owner("a.example.").is_below(owner(".")));
  CHECK(!owner("ab.example.").is_below(owner("b.example.")));
  CHECK(!owner("b.example.").is_below(owner("b.example.")));
  CHECK(verify::common_labels(owner("x.a.example."), owner("y.a.example.")) == 2);
  CHECK(owner("x.a.example.").ancestor(2) == owner("a.example."));
}

TEST_CASE("owner: keys of ancestors are prefixes, and a subtree ends where the next key begins") {
  const auto apex = dns::name_from_text("example.");
  const std::string key = dns::sort_key(*dns::name_from_text("a.b.example."), *apex);
  CHECK(verify::key_prefix(key, 1) == dns::sort_key(*dns::name_from_text("b.example."), *apex));
  CHECK(verify::key_prefix(key, 0).empty());
  const std::string end = verify::key_after_subtree(verify::key_prefix(key, 1));
  CHECK(key < end);
  CHECK(dns::sort_key(*dns::name_from_text("\\255\\255.b.example."), *apex) < end);
  CHECK(dns::sort_key(*dns::name_from_text("b\\000.example."), *apex) >= end);
}

TEST_CASE("owner: octets that are no whole name have no length (RFC 1035 section 3.1)") {
  CHECK(verify::name_length(Bytes{0}) == 1);
  CHECK(verify::name_length(Bytes{1, 'a', 0, 9}) == 3);
  CHECK(verify::name_length(Bytes{}) == 0);
  CHECK(verify::name_length(Bytes{1, 'a'}) == 0);
  CHECK(verify::name_length(Bytes{0xc0, 0}) == 0);
  Bytes longest;
  for (int i = 0; i < 4; ++i) {
    longest.push_back(63);
    longest.insert(longest.end(), 63, 'x');
  }
  longest.push_back(0);
  CHECK(verify::name_length(longest) == 0);  // 257 octets
  longest.assign(longest.begin(), longest.begin() + 192);
  longest.push_back(61);
  longest.insert(longest.end(), 61, 'x');
  longest.push_back(0);
  CHECK(verify::name_length(longest) == 255);
}

}  // namespace danewerk
