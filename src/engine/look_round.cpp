#include "engine/look_round.h"

#include <utility>

#include "engine/zone_keys.h"
#include "net/resolv_conf.h"
#include "observe/tlsa_sight.h"

namespace danewerk::engine {

void LookRound::ask(const std::vector<const config::ZoneConfig*>& zones) {
  std::vector<observe::LookTask> tasks;
  std::vector<const config::ZoneConfig*> asked;
  for (const auto* zone : zones) {
    auto task = task_for(*zone);
    if (!task) {
      findings_[zone->name].add({.id = "PASS-LOOK-FAILED",
                                 .level = Level::kError,
                                 .message = task.error().message(),
                                 .owner = zone->name,
                                 .hint = task.error().hint()});
    } else if (auto& wanted = *task; wanted.has_value()) {
      tasks.push_back(*std::move(wanted));
      asked.push_back(zone);
    }
  }
  if (tasks.empty()) return;
  if (resolvers_.empty()) resolvers_ = net::system_resolvers(Path(net::kResolvConf));
  auto looks = observe::look_all(tasks, {.now = pass_.now, .resolvers = resolvers_});
  for (std::size_t i = 0; i < looks.size(); ++i) {
    look_at_ours(*asked[i], looks[i]);
    looks_.emplace(asked[i]->name, std::move(looks[i]));
  }
}

void LookRound::enter(const std::string& zone, ZoneInput& input) {
  if (const auto found = looks_.find(zone); found != looks_.end()) input.look = &found->second;
  if (const auto found = findings_.find(zone); found != findings_.end()) {
    input.findings = std::move(found->second);
  }
}

/// A parent that is a zone of ours is not asked over the network.
void LookRound::look_at_ours(const config::ZoneConfig& zone, observe::Look& look) {
  if (!std::holds_alternative<config::ParentZone>(zone.parents)) return;
  auto shown = managed_ds_.shown(zone);
  if (shown) {
    look.parents = *std::move(shown);
  } else {
    look.parents = {.was_asked = true, .why = shown.error().message()};
  }
}

/// Nothing when there is nobody to ask, or it is not time.
Result<std::optional<observe::LookTask>> LookRound::task_for(const config::ZoneConfig& zone) {
  auto who = who_is_there(zone);
  if (!who.has_parents && !who.has_secondaries) return std::nullopt;
  DW_TRY(const auto stored, state_.load(zone.name));
  LookTasks::Wish wish;
  observe::DsKeys keys;
  if (!stored || stored->version == 0) {
    wish = {.secondaries = true, .parents = true, .dnskey = true};
  } else {
    std::vector<dns::Name> owners;
    if (who.has_secondaries) {
      DW_TRY(owners, awaited_owners(*stored));
    }
    who.awaits_records = !owners.empty();
    const auto wanted = observe::wants_look(*stored, who, pass_.now);
    const bool is_restored = pass_.restored.has_value();
    if (!wanted.any() && !is_restored) return std::nullopt;
    wish = {.secondaries = wanted.secondaries || is_restored,
            .parents = wanted.parents,
            .dnskey = is_restored,
            .tlsa_owners = std::move(owners)};
    // All of them at every look: what is known of a key that is not listed is forgotten.
    DW_TRY(keys, ds_keys(zone.name, stored->ring));
  }
  DW_TRY(auto task, look_tasks_.make(zone, wish, std::move(keys)));
  return std::optional(std::move(task));
}

/// Whose records some secondary was not seen with; all when the state is a backup's.
Result<std::vector<dns::Name>> LookRound::awaited_owners(const model::ZoneState& zone) const {
  std::vector<dns::Name> names;
  DW_TRY(const auto owners, state_.tlsa_owners(zone.name));
  for (const auto& owner : owners) {
    if (!pass_.restored && !observe::awaits_records(owner, zone.facts)) continue;
    DW_TRY(auto name, dns::name_from_text(owner.name));
    names.push_back(std::move(name));
  }
  return names;
}

/// Those of the ring that may have a DS.
Result<observe::DsKeys> LookRound::ds_keys(const std::string& name, const model::KeyRing& ring) {
  DW_TRY(const auto apex, dns::name_from_text(name));
  DW_TRY(const auto files,
         ZoneKeys::load({pass_.config->keys, store::FolderKind::kOurs, pass_.keys}, apex.view()));
  observe::DsKeys keys;
  for (const auto& key : ring.keys) {
    const auto* file = files.find(key.id);
    if (key.owns(model::KeyRecord::kDs) && file != nullptr) keys.emplace(key.id, file->dnskey);
  }
  return keys;
}

}  // namespace danewerk::engine
