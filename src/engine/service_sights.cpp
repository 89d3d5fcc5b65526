#include "engine/service_sights.h"

#include <algorithm>
#include <utility>

#include "observe/tlsa_sight.h"
#include "rollover/tlsa_timing.h"
#include "seal/serial.h"

namespace danewerk::engine {

namespace {

/// What one secondary shows, and how new it is.
struct Shown {
  std::uint32_t serial = 0;
  const observe::TlsaShown* tlsa = nullptr;
};

/// The newest last. Of one that says nothing of the records, nothing is known.
std::vector<Shown> shown_at(const observe::Look& look, const std::string& owner) {
  const auto is_older = [](const Shown& a, const Shown& b) {
    return a.serial != b.serial && seal::serial_greater(b.serial, a.serial);
  };
  std::vector<Shown> all;
  for (const auto& answer : look.tlsa) {
    const auto serves = [&](const observe::SecondaryAnswer& one) {
      return one.address == answer.address && one.kind == observe::SecondaryAnswer::Kind::kServes;
    };
    const auto secondary = std::ranges::find_if(look.secondaries, serves);
    const bool counts =
        answer.owner == owner && answer.shown.why.empty() && secondary != look.secondaries.end();
    if (!counts) continue;
    const Shown shown{secondary->serial, &answer.shown};
    all.insert(std::ranges::upper_bound(all, shown, is_older), shown);
  }
  return all;
}

/// What the backup knows of versions is old: they gave way to what is shown, nobody knows when.
void enter_shown(const ServiceSights& sights, OwnerWish& service) {
  auto& owner = service.owner;
  const auto all = shown_at(sights.look, owner.name);
  const auto is_known = [&](const Shown& one) { return one.tlsa->records == owner.present(); };
  if (std::ranges::all_of(all, is_known)) return;
  // Of what the backup has there, nothing is the author's.
  service.adopted =
      model::together(std::move(service.adopted), model::without(owner.present(), owner.foreign));
  auto ttl = owner.versions.back().ttl;
  for (const auto& one : all) ttl = std::max(ttl, one.tlsa->ttl);
  const auto version_of = [&](const Shown& one) {
    return model::TlsaVersion{.records = one.tlsa->records,
                              .ttl = ttl,
                              .first = sights.next.number,
                              .made = sights.next.made,
                              .signed_until = one.tlsa->signed_until};
  };
  owner.versions = {model::unknown_version(ttl, sights.next.number), version_of(all.front())};
  for (const auto& one : all) rollover::commit_rrset(owner, version_of(one));
  keep_present(service);
}

}  // namespace

void enter_sights(const ServiceSights& sights, std::vector<OwnerWish>& services,
                  Findings& findings) {
  for (auto& service : services) {
    if (sights.is_restored) enter_shown(sights, service);
    observe::enter_tlsa(sights.look, sights.facts, sights.next.made, service.owner, findings);
  }
}

}  // namespace danewerk::engine
