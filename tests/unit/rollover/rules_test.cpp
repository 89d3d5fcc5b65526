#include "rollover/rules.h"

#include <initializer_list>
#include <string_view>

#include <doctest/doctest.h>

#include "rollover/ids.h"

namespace danewerk::rollover {

namespace {

using model::KeyRecord;
using model::KeyRing;
using model::KeyRole;
using model::RingKey;
using model::Visibility;

Visibility visibility(char letter) {
  switch (letter) {
    case 'r':
      return Visibility::kRumoured;
    case 'o':
      return Visibility::kOmnipresent;
    case 'u':
      return Visibility::kUnretentive;
    default:
      return Visibility::kHidden;
  }
}

/// A key from its four states, DNSKEY KRRSIG ZRRSIG DS: "oo-o" is a KSK that is trusted. The first
/// letter of the identity says the role.
RingKey key(const char* id, const char* predecessor, std::string_view states,
            std::uint8_t algorithm = 8) {
  RingKey made;
  made.id = id;
  made.predecessor = predecessor;
  made.algorithm = algorithm;
  made.role = *id == 'k' ? KeyRole::kKsk : *id == 'z' ? KeyRole::kZsk : KeyRole::kCsk;
  for (std::size_t i = 0; i < 4; ++i) made.records.at(i).visibility = visibility(states.at(i));
  return made;
}

KeyRing ring(std::initializer_list<RingKey> keys) {
  KeyRing made;
  made.keys = keys;
  return made;
}

const RingKey kZsk = key("z1", "", "o-o-");

}  // namespace

TEST_CASE("rules: some key has a DS at the parent, or on its way (3a)") {
  CHECK(has_ds(ring({key("k1", "", "oo-o")})));
  CHECK(has_ds(ring({key("k1", "", "oo-r")})));
  CHECK_FALSE(has_ds(ring({key("k1", "", "oo-u")})));
  CHECK_FALSE(has_ds(ring({key("k1", "", "oo--")})));
  auto leaving = ring({key("k1", "", "oo-u")});
  leaving.going_insecure = true;
  CHECK(has_ds(leaving));
}

TEST_CASE("rules: one key with DNSKEY, signature and DS everywhere is a chain (3b)") {
  CHECK(has_trusted_keys(ring({key("k1", "", "oo-o"), key("k2", "k1", "---r")}), 8));
  for (const auto* states : {"ro-o", "or-o", "uo-o", "-o-o", "---o"}) {
    CAPTURE(states);
    CHECK_FALSE(has_trusted_keys(ring({key("k1", "", states)}), 8));
  }
}

TEST_CASE("rules: DS change between related keys that both sign (3c)") {
  CHECK(has_trusted_keys(ring({key("k1", "", "oo-u"), key("k2", "k1", "oo-r")}), 8));
  CHECK_FALSE(has_trusted_keys(ring({key("k1", "", "oo-u"), key("k2", "k1", "rr-r")}), 8));
}

TEST_CASE("rules: keys change places while both DS are everywhere (3d)") {
  CHECK(has_trusted_keys(ring({key("k1", "", "uu-o"), key("k2", "k1", "rr-o")}), 8));
  CHECK(has_trusted_keys(ring({key("k2", "k1", "uu-o"), key("k1", "", "rr-o")}), 8));
  CHECK_FALSE(has_trusted_keys(ring({key("k1", "", "uu-u"), key("k2", "k1", "rr-o")}), 8));
  CHECK_FALSE(has_trusted_keys(ring({key("k1", "", "uu-o"), key("k2", "k1", "rr-r")}), 8));
  CHECK_FALSE(has_trusted_keys(ring({key("k1", "", "uu-o"), key("k2", "", "rr-o")}), 8));
  CHECK_FALSE(has_trusted_keys(ring({key("k1", "", "uu-o"), key("k2", "k1", "---o")}), 8));
}

TEST_CASE("rules: keys change places in one version, not the new one after the old one (3d)") {
  auto changed = ring({key("k1", "", "uu-o"), key("k2", "k1", "rr-o")});
  for (const auto record : {KeyRecord::kDnskey, KeyRecord::kKrrsig}) {
    changed.keys.at(0).at(record).version = 5;
    changed.keys.at(1).at(record).version = 6;
  }
  CHECK_FALSE(has_trusted_keys(changed, 8));
  for (const auto record : {KeyRecord::kDnskey, KeyRecord::kKrrsig}) {
    changed.keys.at(1).at(record).version = 5;
  }
  CHECK(has_trusted_keys(changed, 8));
}

TEST_CASE("rules: keys without DS need no chain, and each with DS has its own (3e)") {
  CHECK(has_trusted_keys(ring({key("k1", "", "rr--"), key("k2", "", "oo-r")}), 8));
  CHECK(has_trusted_keys(ring({key("k1", "", "oo-u"), key("k2", "", "oo-u")}), 8));
  CHECK_FALSE(has_trusted_keys(ring({key("k1", "", "rr-r"), key("k2", "", "oo-u")}), 8));
}

TEST_CASE("rules: a chain in one algorithm is none in another") {
  const auto both = ring({key("k1", "", "oo-o"), key("k2", "k1", "rr-r", 13)});
  CHECK(has_trusted_keys(both, 8));
  CHECK_FALSE(has_trusted_keys(both, 13));
}

TEST_CASE("rules: without DS, no signature has to be valid") {
  CHECK(has_valid_signatures(ring({key("k1", "", "oo--"), key("z1", "", "r-r-")}), 8));
  CHECK_FALSE(has_valid_signatures(ring({key("k1", "", "oo-o"), key("z1", "", "r-r-")}), 8));
}

TEST_CASE("rules: one key with DNSKEY and signatures everywhere (3f)") {
  CHECK(has_valid_signatures(ring({key("k1", "", "oo-o"), kZsk, key("z2", "z1", "r---")}), 8));
  CHECK_FALSE(has_valid_signatures(ring({key("k1", "", "oo-o"), key("z1", "", "u-o-")}), 8));
}

TEST_CASE("rules: DNSKEY change between keys that both have signed everything (3g)") {
  CHECK(has_valid_signatures(
      ring({key("k1", "", "oo-o"), key("z1", "", "u-o-"), key("z2", "z1", "r-o-")}), 8));
  CHECK_FALSE(has_valid_signatures(
      ring({key("k1", "", "oo-o"), key("z1", "", "u-o-"), key("z2", "z1", "r-r-")}), 8));
}

TEST_CASE("rules: signatures change between keys that everybody has (3h)") {
  CHECK(has_valid_signatures(
      ring({key("k1", "", "oo-o"), key("z1", "", "o-u-"), key("z2", "z1", "o-r-")}), 8));
  CHECK_FALSE(has_valid_signatures(
      ring({key("k1", "", "oo-o"), key("z1", "", "o-u-"), key("z2", "z1", "r-r-")}), 8));
  CHECK_FALSE(has_valid_signatures(
      ring({key("k1", "", "oo-o"), key("z1", "", "o-u-"), key("z2", "", "o-r-")}), 8));
}

TEST_CASE("rules: a DNSKEY RRset with the key has another that signs, from the same version (3i)") {
  auto covered = ring({key("c1", "", "rroo")});
  CHECK(has_valid_signatures(covered, 8));
  covered.keys.push_back(key("z1", "", "r---"));
  CHECK(has_valid_signatures(covered, 8));
  covered.keys.back().at(KeyRecord::kDnskey).version = 3;
  CHECK_FALSE(has_valid_signatures(covered, 8));
}

TEST_CASE(
    "rules: an algorithm of a DNSKEY or DS in caches signs everything (RFC 6840 section 5.11)") {
  const auto trusted = key("k1", "", "oo-o");
  CHECK(has_complete_algorithm(ring({trusted, kZsk, key("z2", "z1", "--r-", 13)}), 13));
  CHECK_FALSE(has_complete_algorithm(ring({trusted, kZsk, key("z2", "z1", "r-r-", 13)}), 13));
  CHECK(has_complete_algorithm(ring({trusted, kZsk, key("z2", "z1", "r-o-", 13)}), 13));
  CHECK_FALSE(has_complete_algorithm(ring({trusted, kZsk, key("z2", "z1", "u-u-", 13)}), 13));
  CHECK(has_complete_algorithm(ring({key("k1", "", "oo--"), key("z2", "", "r-r-", 13)}), 13));
  CHECK(has_complete_algorithm(ring({trusted, key("z1", "", "o-u-"), key("z2", "z1", "o-r-")}), 8));
}

TEST_CASE("rules: signatures by a key outside the DNSKEY RRset do not complete its algorithm") {
  const auto trusted = key("k1", "", "oo-o");
  CHECK_FALSE(has_complete_algorithm(
      ring({trusted, kZsk, key("z2", "", "--o-", 13), key("c3", "z2", "rrr-", 13)}), 13));
  CHECK_FALSE(has_complete_algorithm(
      ring({trusted, kZsk, key("z2", "", "u-o-", 13), key("c3", "z2", "rr--", 13)}), 13));
  CHECK(has_complete_algorithm(
      ring({trusted, kZsk, key("z2", "", "u-o-", 13), key("c3", "z2", "--r-", 13)}), 13));
  CHECK(has_complete_algorithm(
      ring({trusted, kZsk, key("z2", "", "u-o-", 13), key("c3", "z2", "rro-", 13)}), 13));
}

TEST_CASE("rules: each algorithm in the DNSKEY RRset signs it (RFC 4035 section 2.2)") {
  const auto trusted = key("k1", "", "oo-o");
  CHECK(has_signed_keys(ring({trusted, kZsk}), 8));
  CHECK_FALSE(has_signed_keys(ring({trusted, kZsk, key("z2", "z1", "o-o-", 13)}), 13));
  CHECK_FALSE(has_signed_keys(
      ring({trusted, kZsk, key("k2", "k1", "uu--", 13), key("z2", "z1", "o-o-", 13)}), 13));
  CHECK(has_signed_keys(
      ring({trusted, kZsk, key("k2", "k1", "rr--", 13), key("z2", "z1", "o-o-", 13)}), 13));
  CHECK(has_signed_keys(ring({trusted, kZsk, key("z2", "z1", "u-o-", 13)}), 13));
  CHECK(has_signed_keys(ring({key("k1", "", "oo--"), key("z2", "z1", "o-o-", 13)}), 13));
  const auto both = ring({trusted, kZsk, key("k2", "k1", "oo--", 13), key("z2", "z1", "o-o-", 13)});
  const auto alone =
      ring({trusted, kZsk, key("k2", "k1", "uu--", 13), key("z2", "z1", "o-o-", 13)});
  CHECK(violated_rule(both, alone) == ids::kRuleAlgorithms);
}

TEST_CASE("rules: a step may break no rule that holds") {
  const auto before = ring({key("k1", "", "oo-o"), kZsk});
  CHECK_FALSE(violated_rule(before, before));
  CHECK(violated_rule(before, ring({key("k1", "", "oo-u"), kZsk})) == ids::kRuleDs);
  CHECK(violated_rule(before, ring({key("k1", "", "uo-o"), kZsk})) == ids::kRuleChain);
  CHECK(violated_rule(before, ring({key("k1", "", "oo-o"), key("z1", "", "u-o-")})) ==
        ids::kRuleSignatures);
  const auto other = key("z2", "z1", "----", 13);
  const auto early = key("z2", "z1", "r---", 13);
  CHECK(violated_rule(ring({key("k1", "", "oo-o"), kZsk, other}),
                      ring({key("k1", "", "oo-o"), kZsk, early})) == ids::kRuleAlgorithms);
}

TEST_CASE("rules: a broken zone may be mended, and nothing withdrawn from it") {
  const auto before = ring({key("k1", "", "-o-o"), kZsk, key("z2", "z1", "o---")});
  CHECK_FALSE(violated_rule(before, ring({key("k1", "", "ro-o"), kZsk, key("z2", "z1", "o---")})));
  CHECK(violated_rule(before, ring({key("k1", "", "-o-o"), kZsk, key("z2", "z1", "u---")})) ==
        ids::kRuleChain);
}

TEST_CASE("rules: a zone that no cache trusts may change as it likes") {
  const auto before = ring({key("k1", "", "oo--"), kZsk});
  CHECK_FALSE(violated_rule(before, ring({key("k1", "", "uu--"), key("z1", "", "u-u-")})));
}

}  // namespace danewerk::rollover
