#include "engine/zone_keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "crypto/algorithm.h"

namespace danewerk::engine {

namespace {

unsigned bits_of(const model::Key& key) {
  const auto algorithm = crypto::algorithm_from_number(key.dnskey.algorithm);
  return algorithm && crypto::is_rsa(*algorithm) ? crypto::rsa_bits(key.dnskey.public_key) : 0;
}

bool fits(const model::Key& key, const rollover::WantedKey& wanted) {
  return key.private_key && key.role == wanted.role && key.dnskey.algorithm == wanted.algorithm &&
         (bits_of(key) == 0 || bits_of(key) == wanted.bits);
}

bool contains(const std::vector<std::string>& ids, std::string_view id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

Result<ZoneKeys> ZoneKeys::load(const store::KeyFolder& folder, dns::NameView zone) {
  ZoneKeys keys(folder, zone);
  DW_TRY(auto loaded, store::load_keys(folder, zone));
  keys.keys_ = std::move(loaded.keys);
  keys.findings_ = std::move(loaded.findings);
  return keys;
}

const model::Key* ZoneKeys::find(std::string_view id) const {
  const auto found =
      std::ranges::find_if(keys_, [&](const model::Key& key) { return key.id() == id; });
  return found == keys_.end() ? nullptr : &*found;
}

Result<model::RingKey> ZoneKeys::take_or_make(const rollover::WantedKey& wanted,
                                              const model::KeyRing& ring, sys_seconds now) {
  // A pass that was cut short after it made a key left one that nobody has seen.
  auto taken = std::ranges::find_if(keys_, [&](const model::Key& key) {
    return fits(key, wanted) && ring.find(key.id()) == nullptr &&
           (!offered_ || contains(*offered_, key.id()));
  });
  if (taken == keys_.end()) {
    const auto algorithm = crypto::algorithm_from_number(wanted.algorithm);
    DW_CHECK(algorithm.has_value(), "a policy names an algorithm of ours");
    DW_TRY(auto made,
           store::create_key(folder_, zone_.view(),
                             {.algorithm = *algorithm, .bits = wanted.bits, .role = wanted.role},
                             now));
    keys_.push_back(std::move(made));
    taken = std::prev(keys_.end());
  }
  model::RingKey key;
  key.id = taken->id();
  key.bits = bits_of(*taken);
  key.tag = taken->dnskey.tag();
  key.created = taken->timing.created.value_or(now);
  return key;
}

Result<void> ZoneKeys::set_aside(std::string_view id) {
  const auto* key = find(id);
  if (key == nullptr) return {};
  DW_TRY_VOID(store::set_aside(folder_, zone_.view(), *key));
  std::erase_if(keys_, [&](const model::Key& one) { return one.id() == id; });
  return {};
}

std::vector<sign::RetiringKey> ZoneKeys::retiring(const rollover::Signers& signers) const {
  std::vector<sign::RetiringKey> keys;
  for (const auto& id : signers.retiring) {
    const auto* key = find(id);
    if (key == nullptr) continue;
    keys.push_back({.public_key = key->dnskey.public_key,
                    .algorithm = key->dnskey.algorithm,
                    .tag = key->dnskey.tag()});
  }
  return keys;
}

Result<const model::Key*> ZoneKeys::in_use(const model::RingKey& ring_key, bool signs) const {
  const auto* key = find(ring_key.id);
  if (key != nullptr && (!signs || key->private_key)) return key;
  return fail(Errc::kRefused,
              fmt::format("{} of {} is in use, and its {} is not in '{}'", label(ring_key),
                          dns::to_text(zone_), key == nullptr ? "file" : "private half",
                          folder_.path.string()),
              "bring its file back from a backup; what is published stays as it is");
}

Result<sign::SigningKeys> ZoneKeys::choose(const model::KeyRing& ring) const {
  const auto signers = rollover::signers(ring);
  sign::SigningKeys chosen;
  for (const auto& ring_key : ring.keys) {
    const bool published = contains(signers.published, ring_key.id);
    const bool signs_dnskey = contains(signers.sign_dnskey, ring_key.id);
    const bool signs_zone = contains(signers.sign_zone, ring_key.id);
    if (!published && !signs_dnskey && !signs_zone) continue;
    DW_TRY(const auto* key, in_use(ring_key, signs_dnskey || signs_zone));
    if (published) chosen.published.push_back(key->dnskey);
    if (!signs_dnskey && !signs_zone) continue;
    chosen.signing.push_back({.private_key = key->private_key,
                              .public_key = key->dnskey.public_key,
                              .algorithm = key->dnskey.algorithm,
                              .tag = key->dnskey.tag(),
                              .signs_dnskey = signs_dnskey,
                              .signs_zone = signs_zone});
  }
  chosen.retiring = retiring(signers);
  std::ranges::sort(chosen.signing, {},
                    [](const sign::SigningKey& key) { return std::pair(key.algorithm, key.tag); });
  return chosen;
}

}  // namespace danewerk::engine
