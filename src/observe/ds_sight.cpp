#include "observe/ds_sight.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "observe/ids.h"

namespace danewerk::observe {

namespace {

using model::DsSight;

constexpr std::size_t kDsHead = 4;
constexpr std::uint8_t kSha1 = 1;
/// A server of the parent that we did not ask may show an old DS that much longer.
constexpr seconds kStraggling = std::chrono::days(2);

/// How many servers show a key's DS.
struct Count {
  std::size_t usable = 0;
  std::size_t weak = 0;
  std::size_t none = 0;
  std::size_t silent = 0;
  [[nodiscard]] bool is_everywhere() const { return usable > 0 && weak + none + silent == 0; }
  [[nodiscard]] bool is_nowhere() const { return none > 0 && usable + weak + silent == 0; }
  /// No server that answers shows it; some may be silent.
  [[nodiscard]] bool is_denied_by_all() const { return none > 0 && usable + weak == 0; }
  [[nodiscard]] bool is_shown_by_all() const { return usable > 0 && none + weak == 0; }
};

DsMatch best_match(const DsAnswer& answer, dns::NameView zone, const model::Dnskey& key) {
  auto best = DsMatch::kNone;
  for (const auto& ds : answer.ds) best = std::max(best, match_ds(zone, key, ds));
  return best;
}

Count count_servers(const DsLook& look, const model::Dnskey& key) {
  Count count;
  for (const auto& answer : look.parents.answers) {
    if (answer.kind == DsAnswer::Kind::kSilent) {
      ++count.silent;
      continue;
    }
    switch (best_match(answer, look.zone, key)) {
      case DsMatch::kUsable:
        ++count.usable;
        break;
      case DsMatch::kWeak:
        ++count.weak;
        break;
      case DsMatch::kNone:
        ++count.none;
        break;
    }
  }
  return count;
}

/// Two looks in a row. \param fact  set at the second.
void agree(std::optional<sys_seconds>& first, std::optional<sys_seconds>& fact, sys_seconds now) {
  if (!first) first = now;
  if (!fact && now - *first >= kBetweenLooks) fact = now;
}

void enter_count(DsSight& sight, const Count& count, sys_seconds now) {
  // The operator knows better than a server that lags, not than all of them.
  const bool keeps_seen = sight.by_operator && sight.seen && !count.is_denied_by_all();
  const bool keeps_gone = sight.by_operator && sight.gone && !count.is_shown_by_all();
  if (count.none + count.weak > 0 && !keeps_seen) {
    sight.seen.reset();
    sight.seen_first.reset();
  }
  if (count.usable + count.weak > 0 && !keeps_gone) {
    sight.gone.reset();
    sight.gone_first.reset();
  }
  if (!sight.seen && !sight.gone) sight.by_operator = false;
  if (count.is_everywhere()) agree(sight.seen_first, sight.seen, now);
  if (count.is_nowhere()) agree(sight.gone_first, sight.gone, now);
}

std::string name_of(const model::Dnskey& key) {
  return fmt::format("key {}", key.tag());
}

void tell_about_key(const DsLook& look, const model::Dnskey& key, const DsSight& before,
                    Findings& findings) {
  const auto count = count_servers(look, key);
  const bool contradicts_seen = before.seen && count.none + count.weak > 0;
  const bool contradicts_gone = before.gone && count.usable + count.weak > 0;
  if (before.by_operator && (contradicts_seen || contradicts_gone)) {
    findings.add(
        {.id = ids::kParentContradicts,
         .level = Level::kWarning,
         .message = fmt::format(
             "the DS of {} was said to be {}, and {} of {} parent servers {}", name_of(key),
             before.seen ? "seen" : "gone",
             contradicts_seen ? count.none + count.weak : count.usable + count.weak,
             look.parents.answers.size(), contradicts_seen ? "do not show it" : "show it")});
  } else if (count.usable > 0 && count.none > 0) {
    findings.add({.id = ids::kParentsDiffer,
                  .level = Level::kInfo,
                  .message = fmt::format("{} of {} parent servers show the DS of {}", count.usable,
                                         look.parents.answers.size(), name_of(key))});
  }
  if (count.weak > 0) {
    findings.add({.id = ids::kParentWeakDs,
                  .level = Level::kWarning,
                  .message = fmt::format("the parent shows the DS of {} with no digest that every "
                                         "validator takes",
                                         name_of(key)),
                  .hint = "upload the DS with SHA-256: danewerk key ds"});
  }
}

void tell_about_servers(const DsLook& look, Findings& findings) {
  for (const auto& answer : look.parents.answers) {
    if (answer.kind != DsAnswer::Kind::kSilent) continue;
    findings.add(
        {.id = ids::kParentSilent,
         .level = Level::kWarning,
         .message = fmt::format("parent server {} {}", to_text(answer.server), answer.why)});
  }
}

bool is_ours(const DsLook& look, ByteView ds) {
  return std::ranges::any_of(look.keys, [&](const auto& key) {
    return match_ds(look.zone, key.second, ds) != DsMatch::kNone;
  });
}

void tell_foreign(const DsLook& look, Findings& findings) {
  std::set<Bytes> foreign;
  for (const auto& answer : look.parents.answers) {
    for (const auto& ds : answer.ds) {
      if (!is_ours(look, ds)) foreign.insert(ds);
    }
  }
  for (const auto& ds : foreign) {
    findings.add({.id = ids::kParentForeignDs,
                  .level = Level::kInfo,
                  .message = fmt::format("the parent shows a DS of no key of ours: tag {}, "
                                         "algorithm {}, digest type {}",
                                         load_u16(ds.data()), ds[2], ds[3])});
  }
}

}  // namespace

DsMatch match_ds(dns::NameView zone, const model::Dnskey& key, ByteView ds) {
  if (ds.size() <= kDsHead || load_u16(ds.data()) != key.tag() || ds[2] != key.algorithm) {
    return DsMatch::kNone;
  }
  const auto type = ds[3];
  if (type == model::kDsSha256 || type == model::kDsSha384) {
    const auto ours = model::ds_rdata(zone, key, type);
    return std::ranges::equal(ours, ds) ? DsMatch::kUsable : DsMatch::kNone;
  }
  if (type != kSha1) return DsMatch::kWeak;  // not computed here: its tag has to do
  Bytes covered(zone.wire().begin(), zone.wire().end());
  dns::lower_case(covered);
  const auto rdata = key.rdata();
  covered.insert(covered.end(), rdata.begin(), rdata.end());
  const auto digest = crypto::digest(crypto::DigestType::kSha1, covered);
  return std::ranges::equal(digest.view(), ds.subspan(kDsHead)) ? DsMatch::kWeak : DsMatch::kNone;
}

void enter_ds(model::Facts& facts, const DsLook& look, Findings& findings) {
  std::erase_if(facts.ds, [&](const auto& entry) { return !look.keys.contains(entry.first); });
  if (!look.parents.was_asked) return;
  if (!look.parents.why.empty()) {
    findings.add({.id = ids::kParentNotFound,
                  .level = Level::kWarning,
                  .message = look.parents.why,
                  .hint = "name them with 'parents:', or say 'parents: none'"});
    return;
  }
  seconds ttl(0);
  for (const auto& answer : look.parents.answers) ttl = std::max(ttl, answer.ttl);
  if (look.parents.is_complete() || ttl > seconds(0)) enter_ds_ttl(facts, ttl, look.now);
  for (const auto& [id, key] : look.keys) {
    const auto count = count_servers(look, key);
    if (count.usable + count.weak + count.none == 0) continue;
    auto& sight = facts.ds[id];
    tell_about_key(look, key, sight, findings);
    enter_count(sight, count, look.now);
  }
  tell_about_servers(look, findings);
  tell_foreign(look, findings);
}

void enter_ds_ttl(model::Facts& facts, seconds ttl, sys_seconds now) {
  auto& all = facts.ds_ttls;
  if (ttl > seconds(0)) {
    // A smaller one that was seen before runs out before.
    std::erase_if(all, [&](const model::DsTtl& other) { return other.ttl <= ttl; });
    all.push_back({.ttl = ttl});
  }
  for (auto& other : all) {
    // Between two looks it may have been served until the later one.
    if (other.ttl > ttl && !other.ended) other.ended = now;
  }
  std::erase_if(all, [&](const model::DsTtl& other) {
    return other.ended && *other.ended + other.ttl + kStraggling < now;
  });
  facts.largest_ds_ttl = all.empty() ? seconds(0) : all.front().ttl;
}

void forget_ds(model::Facts& facts, const std::string& key) {
  facts.ds.erase(key);
}

}  // namespace danewerk::observe
