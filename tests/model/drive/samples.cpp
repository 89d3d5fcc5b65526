#include "drive/samples.h"

#include <algorithm>
#include <optional>

namespace danewerk::drive {

world::Key Names::of(const std::string& id, std::uint8_t algorithm) {
  const auto number = static_cast<std::uint32_t>(keys_.size() + 1);
  return keys_.try_emplace(id, world::Key{number, algorithm}).first->second;
}

world::KeySet Names::of(const std::vector<std::string>& ids) const {
  world::KeySet out;
  for (const auto& id : ids) out.add(keys_.at(id));
  return out;
}

void Samples::sign(const rollover::Signers& wanted, const Names& names, seconds roll_in,
                   sys_seconds now) {
  const auto makers = names.of(wanted.sign_zone);
  const auto retiring = names.of(wanted.retiring);
  for (const auto maker : makers) takes_over_.try_emplace(maker, now);
  std::erase_if(takes_over_, [&](const auto& entry) { return !makers.contains(entry.first); });
  for (std::size_t i = 0; i < signers_.size(); ++i) {
    world::KeySet next;
    for (const auto maker : makers) {
      std::optional<world::Key> old;
      for (const auto key : signers_[i]) {
        if (key.algorithm == maker.algorithm && retiring.contains(key)) old = key;
      }
      const auto turn = takes_over_.at(maker) +
                        roll_in * static_cast<int>(i + 1) / static_cast<int>(signers_.size());
      next.add(old && now < turn && !signers_[i].contains(maker) ? *old : maker);
    }
    signers_[i] = next;
  }
}

bool Samples::is_due(const rollover::Signers& wanted, const Names& names, seconds roll_in,
                     sys_seconds now) const {
  auto copy = *this;
  copy.sign(wanted, names, roll_in, now);
  return copy.signers_ != signers_;
}

bool Samples::all_signed_by(world::Key key) const {
  return std::ranges::all_of(signers_, [&](const auto& set) { return set.contains(key); });
}

bool Samples::none_signed_by(world::Key key) const {
  return std::ranges::none_of(signers_, [&](const auto& set) { return set.contains(key); });
}

void keep_ledger(std::vector<model::LedgerEntry>& ledger, const world::ZoneVersion& version) {
  using model::LedgerKind;
  std::map<LedgerKind, seconds> values;
  if (!version.dnskey.keys.empty()) values[LedgerKind::kDnskey] = version.dnskey.ttl;
  seconds largest{0};
  for (const auto& rrset : version.data) largest = std::max(largest, rrset.ttl);
  values[LedgerKind::kSigned] = largest;
  values[LedgerKind::kDenial] = version.data.back().ttl;
  values[LedgerKind::kExpire] = version.expire;
  for (const auto kind :
       {LedgerKind::kDnskey, LedgerKind::kSigned, LedgerKind::kDenial, LedgerKind::kExpire}) {
    const auto open = std::ranges::find_if(
        ledger, [&](const auto& entry) { return entry.kind == kind && entry.until == 0; });
    const auto value = values.find(kind);
    if (open != ledger.end()) {
      if (value != values.end() && open->value == value->second) continue;
      open->until = version.number;
    }
    if (value != values.end())
      ledger.push_back({.kind = kind, .value = value->second, .first = version.number, .until = 0});
  }
}

}  // namespace danewerk::drive
