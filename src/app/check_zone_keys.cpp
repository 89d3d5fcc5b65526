#include "app/check_zone_keys.h"

#include <fmt/format.h>

#include "base/kernel_clock.h"
#include "dns/name.h"
#include "engine/pass_clock.h"
#include "engine/zone_keys.h"

namespace danewerk::app {

namespace {

void add_error(Findings& findings, std::string_view id, const Error& error, std::string owner) {
  findings.add({id, Level::kError, error.message(), std::move(owner), {}, error.hint()});
}

void check_clock(const store::State& state, sys_seconds now, Findings& findings) {
  const auto last = state.last_pass();
  if (!last) return add_error(findings, "CHECK-STATE", last.error(), {});
  const auto judged = engine::judge_clock({.now = now, .last_pass = *last}, std::nullopt);
  if (!judged) add_error(findings, "CHECK-CLOCK", judged.error(), {});
}

}  // namespace

Remembered read_remembered(const config::Config& config, sys_seconds now) {
  Remembered remembered;
  auto& findings = remembered.findings;
  if (!is_clock_synchronised()) {
    findings.add({.id = "CHECK-CLOCK",
                  .level = Level::kInfo,
                  .message = "the kernel does not call its clock synchronised",
                  .hint = "signatures need the right time: run chrony, ntpd or systemd-timesyncd"});
  }
  const auto is_there = file_exists(config.state / "state.db");
  if (is_there && !*is_there) return remembered;
  auto state = store::State::open(config.state, store::State::Access::kRead);
  if (!state) {
    add_error(findings, "CHECK-STATE", state.error(), {});
    return remembered;
  }
  check_clock(*state, now, findings);
  remembered.state = *std::move(state);
  return remembered;
}

CheckedKeys check_keys(const config::Config& config, const config::ZoneConfig& zone,
                       const model::ZoneState* known) {
  CheckedKeys checked;
  const auto apex = dns::name_from_text(zone.name);
  const auto is_there = file_exists(config.keys);
  if (!apex || (is_there && !*is_there && known == nullptr)) return checked;
  const auto keys =
      engine::ZoneKeys::load({config.keys, store::FolderKind::kOurs, {}}, apex->view());
  if (!keys) {
    add_error(checked.findings, "CHECK-KEYS", keys.error(), zone.name);
    return checked;
  }
  checked.findings.merge(keys->findings());
  if (known == nullptr) return checked;
  for (const auto& key : known->ring.keys) {
    const auto* file = keys->find(key.id);
    if (file != nullptr) {
      if (key.owns(model::KeyRecord::kDs)) checked.ds_keys.emplace(key.id, file->dnskey);
    } else if (!key.is_gone()) {
      checked.findings.add({.id = "CHECK-KEY-MISSING",
                            .level = Level::kError,
                            .message = fmt::format("{} is in use, and not in '{}'", label(key),
                                                   config.keys.string()),
                            .owner = zone.name,
                            .hint = "put its files back from a backup; no key is made instead"});
    }
  }
  return checked;
}

}  // namespace danewerk::app
