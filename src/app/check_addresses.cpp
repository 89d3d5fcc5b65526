#include "app/check_addresses.h"

#include <algorithm>

#include "dns/name.h"
#include "engine/binding_look.h"
#include "engine/binding_owners.h"
#include "engine/new_addresses.h"
#include "engine/version_store.h"

namespace danewerk::app {

Findings check_addresses(const config::Config& config, store::State& state, const dns::Zone& source,
                         sys_seconds now) {
  const auto name = dns::to_canonical_text(source.apex());
  const bool has_services = std::ranges::any_of(config.certificates, [&](const auto& certificate) {
    return engine::zones_of(config, certificate.second).contains(name);
  });
  if (!has_services) return {};
  const auto look = engine::look_at_bindings(config, state, now);
  if (!look) return {};
  const auto services = engine::guarded_services(config, name, [&](const std::string& owner) {
    const auto found = look->owners.find(owner);
    return found == look->owners.end() ? nullptr : &found->second.view.owner;
  });
  if (services.empty()) return {};
  const auto stored = engine::read_stored(state, name);
  if (!stored) return {};
  const auto& known = stored->state;
  if (!known || known->version == 0) return {};
  const auto published = engine::load_version(*stored, config.state, *known);
  if (!published) return {};
  return engine::judge_new_addresses({.before = &*published, .after = &source, .now = now},
                                     services);
}

}  // namespace danewerk::app
