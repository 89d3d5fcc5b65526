#include "world/dane.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace danewerk::world {

using danewerk::to_text;

std::string to_text(const TlsaRrset& rrset) {
  std::string out = "{";
  for (const auto& item : rrset.records) {
    out += fmt::format("{}{}{}{}:{}", out.size() > 1 ? " " : "", item.usage, item.selector,
                       item.matching, item.subject);
  }
  return out + fmt::format("}} TTL {}", to_text(rrset.ttl));
}

bool matches(const TlsaItem& item, const Presented& presented, sys_seconds at) {
  if (item.usage == 3) {
    return item.subject == (item.selector == 1 ? presented.key : presented.certificate);
  }
  return item.usage == 2 && at < presented.until &&
         std::ranges::find(presented.issuers, item.subject) != presented.issuers.end();
}

DaneWorld::DaneWorld(const std::vector<Servers::Spec>& zones) : versions_(zones.size()) {
  for (const auto& zone : zones) zones_.emplace_back(zone);
}

void DaneWorld::offer(std::size_t owner, std::uint64_t version, const TlsaRrset& rrset,
                      sys_seconds at) {
  zones_.at(owner).offer(version, expire_, at);
  versions_.at(owner)[version] = rrset;
  judge(at);
}

void DaneWorld::settle(std::size_t owner, std::uint64_t version, sys_seconds at) {
  zones_.at(owner).settle(version, at);
  judge(at);
}

void DaneWorld::present(const std::string& endpoint, const Presented& presented, sys_seconds at) {
  presented_[endpoint] = presented;
  judge(at);
}

void DaneWorld::advance(sys_seconds at) {
  for (auto& zone : zones_) zone.advance(at);
}

std::set<TlsaRrset> DaneWorld::held(std::size_t owner, sys_seconds at) const {
  std::set<TlsaRrset> out;
  for (const auto& [number, served] : zones_.at(owner).served()) {
    const auto& rrset = versions_.at(owner).at(number);
    if (served.from <= at && (!served.until || at < *served.until + rrset.ttl)) out.insert(rrset);
  }
  return out;
}

bool DaneWorld::is_enforced(std::size_t owner, sys_seconds at) const {
  return std::ranges::any_of(held(owner, at),
                             [](const TlsaRrset& rrset) { return !rrset.records.empty(); });
}

void DaneWorld::judge(sys_seconds at) {
  advance(at);
  for (std::size_t owner = 0; owner < zones_.size(); ++owner) {
    for (const auto& rrset : held(owner, at)) {
      for (const auto& [endpoint, presented] : presented_) judge_one(rrset, endpoint, at);
    }
  }
}

void DaneWorld::judge_one(const TlsaRrset& rrset, const std::string& endpoint, sys_seconds at) {
  const auto& presented = presented_.at(endpoint);
  std::map<std::tuple<int, int, int>, bool> accepted;
  for (const auto& item : rrset.records) {
    accepted[{item.usage, item.selector, item.matching}] |= matches(item, presented, at);
  }
  const auto refusing =
      std::ranges::count_if(accepted, [](const auto& one) { return !one.second; });
  if (refusing == 0) return;
  const bool is_by_all = static_cast<std::size_t>(refusing) == accepted.size();
  refusals_.push_back(
      {.at = at,
       .is_by_all = is_by_all,
       .text = fmt::format("{} presents {} of key {} until {}, refused by {} clients that hold {}",
                           endpoint, presented.certificate, presented.key, to_text(presented.until),
                           is_by_all ? "all" : "picky", to_text(rrset))});
}

std::vector<Refusal> DaneWorld::take_refusals() {
  return std::exchange(refusals_, {});
}

}  // namespace danewerk::world
