#include "observe/tlsa_sight.h"

#include <algorithm>

#include <fmt/format.h>

#include "observe/ids.h"

namespace danewerk::observe {

namespace {

using model::ShownAt;
using model::TlsaOwner;
using model::TlsaVersion;
using model::VersionNumber;

VersionNumber newest_shown(const TlsaOwner& owner, const std::string& address) {
  const auto found = std::ranges::find(owner.shown, address, &ShownAt::address);
  VersionNumber newest = 0;
  if (found == owner.shown.end()) return newest;
  for (const auto& sight : found->seen) newest = std::max(newest, sight.version);
  return newest;
}

/// Lists just these secondaries; what is known of one that stays is kept.
void list(const model::Facts& facts, TlsaOwner& owner) {
  std::vector<ShownAt> listed;
  for (const auto& secondary : facts.secondaries) {
    const auto known = std::ranges::find(owner.shown, secondary.address, &ShownAt::address);
    listed.push_back(known == owner.shown.end() ? ShownAt{.address = secondary.address} : *known);
  }
  owner.shown = std::move(listed);
}

bool is_same(const TlsaVersion& version, const TlsaShown& shown) {
  return version.records == shown.records && (shown.is_signed || !version.signed_until);
}

/// Why what is shown is of none of these versions; empty: it is.
std::string trouble_of(const TlsaShown& shown, std::span<const TlsaVersion> versions,
                       const std::string& owner) {
  if (!shown.why.empty()) {
    return fmt::format("{} when asked for the TLSA records at {}", shown.why, owner);
  }
  const auto fits = [&](const TlsaVersion& version) { return is_same(version, shown); };
  if (std::ranges::any_of(versions, fits)) return {};
  const auto has_records = [&](const TlsaVersion& version) {
    return version.records == shown.records;
  };
  if (std::ranges::any_of(versions, has_records)) {
    return fmt::format("shows the TLSA records at {} without a signature that is valid now", owner);
  }
  return shown.records.empty()
             ? fmt::format("shows no TLSA records at {}", owner)
             : fmt::format("shows other TLSA records at {} than were published", owner);
}

class Entry {
 public:
  Entry(const Look& look, sys_seconds now, TlsaOwner& owner, Findings& findings)
      : look_(look), now_(now), owner_(owner), findings_(findings) {}

  void enter(const model::Secondary& secondary, ShownAt& known) {
    const auto held = newest_seen(secondary);
    std::erase_if(known.seen, [&](const auto& sight) { return sight.version > held; });
    const auto* serial = serial_of(known.address);
    const auto* shown = shown_by(known.address);
    // Silence, and versions that nobody here published, are judged by the serial.
    if (serial == nullptr || held == 0) known.trouble.clear();
    if (serial == nullptr || held == 0 || shown == nullptr) return;
    const auto version = std::ranges::find_if(owner_.versions, [&](const TlsaVersion& one) {
      return one.first <= held && (one.until == 0 || held < one.until);
    });
    if (version == owner_.versions.end()) return;
    auto trouble = trouble_of(*shown, {version, owner_.versions.end()}, owner_.name);
    if (trouble.empty()) {
      see(known, held);
    } else {
      std::erase_if(known.seen, [&](const auto& one) { return one.version >= version->first; });
      tell(*serial, trouble, known.trouble.empty() ? Level::kInfo : Level::kWarning);
    }
    known.trouble = std::move(trouble);
  }

 private:
  [[nodiscard]] const SecondaryAnswer* serial_of(const std::string& address) const {
    const auto found = std::ranges::find(look_.secondaries, address, &SecondaryAnswer::address);
    const bool serves =
        found != look_.secondaries.end() && found->kind == SecondaryAnswer::Kind::kServes;
    return serves ? &*found : nullptr;
  }

  [[nodiscard]] const TlsaShown* shown_by(const std::string& address) const {
    const auto found = std::ranges::find_if(look_.tlsa, [&](const TlsaAnswer& answer) {
      return answer.address == address && answer.owner == owner_.name;
    });
    return found == look_.tlsa.end() ? nullptr : &found->shown;
  }

  void see(ShownAt& known, VersionNumber version) const {
    const auto newest = newest_shown(owner_, known.address);
    if (version > newest) known.seen.push_back({version, now_});
    // Nobody asks for versions before the oldest that resolvers may hold.
    const auto oldest = owner_.versions.front().first;
    std::erase_if(known.seen, [&](const auto& sight) {
      return sight.version < oldest && sight.version < version;
    });
  }

  void tell(const SecondaryAnswer& answer, const std::string& trouble, Level level) const {
    findings_.add({.id = ids::kSecondaryRecords,
                   .level = level,
                   .message = fmt::format("secondary {} serves serial {}, and {}", answer.address,
                                          answer.serial, trouble),
                   .hint = "no record and no key of the service goes on before that is put right; "
                           "or take it out of `secondaries`"});
  }

  const Look& look_;
  sys_seconds now_;
  TlsaOwner& owner_;
  Findings& findings_;
};

}  // namespace

bool awaits_records(const TlsaOwner& owner, const model::Facts& facts) {
  if (owner.elsewhere || !owner.obstacle.empty() || owner.versions.empty()) return false;
  const auto& present = owner.versions.back();
  if (present.everywhere || present.first == 0) return false;
  const bool is_published = std::ranges::any_of(facts.publications, [&](const auto& one) {
    return one.published && one.version >= present.first;
  });
  return is_published && std::ranges::any_of(facts.secondaries, [&](const auto& secondary) {
           return newest_shown(owner, secondary.address) < present.first;
         });
}

void enter_tlsa(const Look& look, const model::Facts& facts, sys_seconds now, TlsaOwner& owner,
                Findings& findings) {
  const bool was_asked = std::ranges::any_of(
      look.tlsa, [&](const TlsaAnswer& answer) { return answer.owner == owner.name; });
  if (!was_asked) return;
  list(facts, owner);
  Entry entry(look, now, owner, findings);
  for (std::size_t i = 0; i < owner.shown.size(); ++i) {
    entry.enter(facts.secondaries[i], owner.shown[i]);
  }
}

}  // namespace danewerk::observe
