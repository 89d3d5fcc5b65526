#include "dns/name.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using danewerk::Bytes;
using danewerk::ByteView;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it

namespace {

Name name(std::string_view text) {
  auto made = name_from_text(text);
  REQUIRE(made);
  return *std::move(made);
}

NameFault fault_of(std::string_view text) {
  const Name origin = name("example.org.");
  const NameView view = origin;
  NameBuffer buffer;
  return parse_name(text, &view, buffer);
}

std::string parsed(std::string_view text, const Name& origin) {
  const NameView view = origin;
  NameBuffer buffer;
  REQUIRE(parse_name(text, &view, buffer) == NameFault::kNone);
  return to_text(buffer.view());
}

/// Labels over an alphabet that has the troublesome octets.
rc::Gen<std::string> gen_label() {
  return rc::gen::mapcat(rc::gen::inRange(1, 5), [](int size) {
    return rc::gen::container<std::string>(
        static_cast<std::size_t>(size),
        rc::gen::element('\0', '\x01', '\x02', 'a', 'A', 'b', 'Z', 'z', '*', '.', '\\', '\xff'));
  });
}

rc::Gen<Bytes> gen_relative() {
  return rc::gen::mapcat(rc::gen::inRange(0, 6), [](int count) {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(static_cast<std::size_t>(count), gen_label()),
        [](const std::vector<std::string>& labels) {
          Bytes wire;
          for (const auto& label : labels) {
            wire.push_back(static_cast<std::uint8_t>(label.size()));
            wire.insert(wire.end(), label.begin(), label.end());
          }
          return wire;
        });
  });
}

Bytes below(Bytes relative, const Name& apex) {
  const auto tail = apex.view().wire();
  relative.insert(relative.end(), tail.begin(), tail.end());
  return relative;
}

std::vector<std::string> folded_labels_from_root(NameView name) {
  std::vector<std::string> labels;
  for (; !name.is_root(); name = name.parent()) {
    std::string label(danewerk::as_text(name.first_label()));
    std::transform(label.begin(), label.end(), label.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    labels.insert(labels.begin(), label);
  }
  return labels;
}

/// RFC 4034 section 6.1, word by word: label by label from the root, as unsigned octets.
bool canonical_less(NameView a, NameView b) {
  const auto x = folded_labels_from_root(a);
  const auto y = folded_labels_from_root(b);
  return std::lexicographical_compare(
      x.begin(), x.end(), y.begin(), y.end(), [](const std::string& l, const std::string& r) {
        return std::lexicographical_compare(
            l.begin(), l.end(), r.begin(), r.end(), [](char p, char q) {
              return static_cast<unsigned char>(p) < static_cast<unsigned char>(q);
            });
      });
}

}  // namespace

TEST_CASE("name: relative names are completed with the origin, absolute ones are not") {
  const Name origin = name("Example.org.");
  CHECK(parsed("www", origin) == "www.Example.org.");
  CHECK(parsed("www.example.net.", origin) == "www.example.net.");
  CHECK(parsed("@", origin) == "Example.org.");
  CHECK(parsed("\\@", origin) == "\\@.Example.org.");
  CHECK(parsed(".", origin) == ".");
  CHECK(parsed("www", name(".")) == "www.");
}

TEST_CASE("name: a relative name without origin is refused") {
  NameBuffer buffer;
  CHECK(parse_name("www", nullptr, buffer) == NameFault::kNoOrigin);
  CHECK(parse_name("@", nullptr, buffer) == NameFault::kNoOrigin);
  CHECK(parse_name("www.", nullptr, buffer) == NameFault::kNone);
}

TEST_CASE("name: empty labels and empty texts are refused") {
  CHECK(fault_of("") == NameFault::kEmpty);
  CHECK(fault_of("..") == NameFault::kEmptyLabel);
  CHECK(fault_of(".a") == NameFault::kEmptyLabel);
  CHECK(fault_of("a..b") == NameFault::kEmptyLabel);
  CHECK(fault_of("a..") == NameFault::kEmptyLabel);
}

TEST_CASE("name: a label of 64 octets is refused (RFC 1035 section 2.3.4)") {
  CHECK(fault_of(std::string(63, 'a')) == NameFault::kNone);
  CHECK(fault_of(std::string(64, 'a')) == NameFault::kLabelTooLong);
  CHECK(fault_of(std::string(64, 'a') + ".") == NameFault::kLabelTooLong);
  std::string escaped;
  for (int i = 0; i < 63; ++i) escaped += "\\097";
  CHECK(fault_of(escaped) == NameFault::kNone);
  CHECK(fault_of(escaped + "a") == NameFault::kLabelTooLong);
}

TEST_CASE("name: 255 octets are allowed, 256 are not (RFC 1035 section 2.3.4)") {
  const std::string l63 = std::string(63, 'a') + ".";
  const std::string longest = l63 + l63 + l63 + std::string(61, 'a') + ".";
  CHECK(fault_of(longest) == NameFault::kNone);
  CHECK(name(longest).view().size() == 255);
  CHECK(fault_of(l63 + l63 + l63 + std::string(62, 'a') + ".") == NameFault::kNameTooLong);
  CHECK(fault_of(l63 + l63 + l63 + std::string(63, 'a') + ".") == NameFault::kNameTooLong);
  CHECK(fault_of(l63 + l63 + l63 + std::string(50, 'a')) == NameFault::kNameTooLong);
  std::string many;
  for (int i = 0; i < 127; ++i) many += "a.";
  CHECK(fault_of(many) == NameFault::kNone);
  CHECK(name(many).view().label_count() == 127);
  CHECK(fault_of("b." + many) == NameFault::kNameTooLong);
}

TEST_CASE("name: escapes are read as RFC 1035 section 5.1 has them") {
  const Name origin = name("org.");
  CHECK(parsed("a\\.b", origin) == "a\\.b.org.");
  CHECK(parsed("a\\046b", origin) == "a\\.b.org.");
  CHECK(parsed("\\000\\255", origin) == "\\000\\255.org.");
  CHECK(parsed("a\\;b", origin) == "a\\;b.org.");
  CHECK(parsed("a\\032b", origin) == "a\\032b.org.");
  CHECK(parsed("a\\.", origin) == "a\\..org.");
  for (const auto* bad : {"a\\", "a\\1", "a\\12", "a\\256", "a\\999", "a\\1x2"}) {
    CHECK_MESSAGE(fault_of(bad) == NameFault::kBadEscape, bad);
  }
}

TEST_CASE("name: text that was printed reads back as the same octets") {
  CHECK(rc::check("print and parse", [] {
    const Name apex = name("eXample.");
    const Bytes wire = below(*gen_relative(), apex);
    NameBuffer buffer;
    RC_ASSERT(parse_name(to_text(NameView(wire)), nullptr, buffer) == NameFault::kNone);
    RC_ASSERT(std::ranges::equal(buffer.view().wire(), wire));
  }));
}

TEST_CASE("name: octets that are no whole uncompressed name have length 0") {
  const auto length = [](const Bytes& octets) { return wire_name_length(octets); };
  CHECK(length({0}) == 1);
  CHECK(length({1, 'a', 0, 9, 9}) == 3);
  CHECK(length({}) == 0);
  CHECK(length({1}) == 0);
  CHECK(length({1, 'a'}) == 0);
  CHECK(length({0xc0, 0}) == 0);
  CHECK(length({64, 'a', 0}) == 0);
  Bytes octets;
  for (int i = 0; i < 127; ++i) octets.insert(octets.end(), {1, 'a'});
  octets.push_back(0);
  CHECK(length(octets) == 255);
  octets.insert(octets.begin(), {1, 'a'});
  CHECK(length(octets) == 0);
}

TEST_CASE("name: case does not matter for equality and ancestry (RFC 4343 section 3)") {
  CHECK(equal(name("WWW.example.ORG."), name("www.Example.org.")));
  CHECK_FALSE(equal(name("www.example.org."), name("wwx.example.org.")));
  CHECK(to_canonical_text(name("WWW.example.ORG.").view()) == "www.example.org.");
  CHECK(is_at_or_below(name("a.B.c."), name("b.C.")));
  CHECK(is_at_or_below(name("b.c."), name("b.c.")));
  CHECK(is_at_or_below(name("b.c."), name(".")));
  CHECK_FALSE(is_at_or_below(name("ab.c."), name("b.c.")));
  CHECK_FALSE(is_at_or_below(name("c."), name("b.c.")));
  // The octets of one name end like the other, but not at a label.
  CHECK_FALSE(is_at_or_below(name("\\001b.c."), name("b.c.")));
}

TEST_CASE("name: the order of RFC 4034 section 6.1 is the order of sort keys") {
  const Name apex = name("example.");
  const auto order = std::to_array<std::string_view>(
      {"example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.",
       "z.example.", "\\001.z.example.", "*.z.example.", "\\200.z.example."});
  for (std::size_t i = 1; i < order.size(); ++i) {
    CHECK_MESSAGE(sort_key(name(order[i - 1]), apex) < sort_key(name(order[i]), apex), order[i]);
  }
}

TEST_CASE("name: sort keys compare as the labels do, and give the name back in lower case") {
  CHECK(rc::check("sort keys", [] {
    const Name apex = name("Zone.eXample.");
    const Bytes a = below(*gen_relative(), apex);
    const Bytes b = below(*gen_relative(), apex);
    const std::string x = sort_key(NameView(a), apex);
    const std::string y = sort_key(NameView(b), apex);
    RC_ASSERT((x < y) == canonical_less(NameView(a), NameView(b)));
    RC_ASSERT((x == y) == equal(NameView(a), NameView(b)));
    RC_ASSERT(is_below(x, y) == (is_at_or_below(NameView(a), NameView(b)) && a.size() > b.size()));
    const NameBuffer back = name_from_sort_key(x, apex);
    RC_ASSERT(equal(back.view(), NameView(a)));
    RC_ASSERT(!has_upper_case(back.view()));
    RC_ASSERT(label_count(x) == NameView(a).label_count() - 2);
    if (!x.empty()) {
      RC_ASSERT(parent_key(x) == sort_key(NameView(a).parent(), apex));
    }
    RC_ASSERT(is_wildcard_key(x) == (NameView(a).is_wildcard() && !x.empty()));
  }));
}

TEST_CASE("name: the longest names have sort keys") {
  std::string text;
  for (int i = 0; i < 127; ++i) text += "\\001.";
  const Name longest = name(text);
  const std::string key = sort_key(longest, name("."));
  CHECK(key.size() == 381);
  CHECK(equal(name_from_sort_key(key, name(".")).view(), longest));
}
