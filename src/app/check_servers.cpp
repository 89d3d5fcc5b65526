#include "app/check_servers.h"

#include <chrono>

#include "engine/zone_look.h"
#include "net/resolv_conf.h"
#include "observe/ids.h"
#include "observe/look.h"

namespace danewerk::app {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAttempt{1000};
constexpr milliseconds kAll{6000};

/// Somebody waits for the answer: what a pass forgives for a while is told now.
Finding told_now(Finding finding, const config::ZoneConfig& zone) {
  const bool is_silence = finding.id == observe::ids::kSecondarySilent ||
                          finding.id == observe::ids::kParentSilent ||
                          finding.id == observe::ids::kParentNotFound;
  if (is_silence && finding.level == Level::kInfo) finding.level = Level::kWarning;
  if (finding.owner.empty()) finding.owner = zone.name;
  return finding;
}

}  // namespace

Findings check_servers(const config::Config& config, std::vector<AskedZone> zones,
                       sys_seconds now) {
  Findings findings;
  engine::LookTasks tasks(config);
  std::vector<observe::LookTask> asked;
  std::vector<AskedZone*> whose;
  for (auto& zone : zones) {
    const auto who = engine::who_is_there(*zone.zone);
    if (!who.has_secondaries && !who.has_parents) continue;
    auto task = tasks.make(*zone.zone, {.secondaries = true, .parents = true}, zone.ds_keys);
    if (!task) continue;  // its TSIG secret, which is a finding of its own
    asked.push_back(*std::move(task));
    whose.push_back(&zone);
  }
  if (asked.empty()) return findings;
  const auto looks = observe::look_all(asked, {.now = now,
                                               .resolvers = net::system_resolvers(net::kResolvConf),
                                               .timeout = kAll,
                                               .attempt = kAttempt});
  for (std::size_t i = 0; i < looks.size(); ++i) {
    Findings found;
    observe::enter(looks[i], whose[i]->known, now, found);
    for (const auto& finding : found.list()) findings.add(told_now(finding, *whose[i]->zone));
  }
  return findings;
}

}  // namespace danewerk::app
