#include "app/check_addresses.h"

#include "dns/name.h"
#include "engine/binding_look.h"
#include "engine/version_store.h"

namespace danewerk::app {

AddressCheck::AddressCheck(const config::Config& config, store::State& state, sys_seconds now)
    : config_(config), state_(state), now_(now) {
  if (config.certificates.empty()) return;
  const auto look = engine::look_at_bindings(config, state, now);
  if (!look) return;
  services_ = engine::guarded_services(config, [&](const std::string& owner) {
    const auto found = look->owners.find(owner);
    return found == look->owners.end() ? nullptr : &found->second.view.owner;
  });
}

Findings AddressCheck::check(const dns::Zone& source) const {
  const auto name = dns::to_canonical_text(source.apex());
  const auto services = services_.find(name);
  if (services == services_.end()) return {};
  const auto stored = engine::read_stored(state_, name);
  if (!stored) return {};
  const auto& known = stored->state;
  if (!known || known->version == 0) return {};
  const auto published = engine::load_version(*stored, config_.state, *known);
  if (!published) return {};
  return engine::judge_new_addresses({.before = &*published, .after = &source, .now = now_},
                                     services->second);
}

}  // namespace danewerk::app
