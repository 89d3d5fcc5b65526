#include "engine/zone_look.h"

#include <utility>

namespace danewerk::engine {

namespace {

net::Endpoint endpoint_of(const config::Endpoint& endpoint) {
  return {.address = endpoint.address, .port = endpoint.port};
}

}  // namespace

std::vector<std::string> observed_secondaries(const config::ZoneConfig& zone) {
  std::vector<std::string> addresses;
  for (const auto& secondary : zone.secondaries) {
    if (secondary.observe) addresses.push_back(to_text(secondary.endpoint));
  }
  return addresses;
}

observe::WhoIsThere who_is_there(const config::ZoneConfig& zone) {
  return {.has_secondaries = !observed_secondaries(zone).empty(),
          .has_parents = std::holds_alternative<config::ParentsAuto>(zone.parents) ||
                         std::holds_alternative<config::ParentServers>(zone.parents) ||
                         std::holds_alternative<config::ParentZone>(zone.parents)};
}

Result<observe::LookTask> LookTasks::make(const config::ZoneConfig& zone, const Wish& wish,
                                          observe::DsKeys keys) {
  observe::LookTask task;
  DW_TRY(task.zone, dns::name_from_text(zone.name));
  for (const auto& secondary : zone.secondaries) {
    if (!secondary.observe) continue;
    auto& server = task.secondaries.emplace_back();
    server.endpoint = endpoint_of(secondary.endpoint);
    if (secondary.tsig.empty()) continue;
    DW_TRY(server.tsig, tsig(secondary.tsig));
  }
  task.asks_secondaries = wish.secondaries;
  task.asks_dnskey = wish.dnskey;
  task.tlsa_owners = wish.tlsa_owners;
  task.keys = std::move(keys);
  if (!wish.parents) return task;
  if (std::holds_alternative<config::ParentsAuto>(zone.parents)) {
    task.parents = observe::LookTask::Parents::kAuto;
  } else if (const auto* listed = std::get_if<config::ParentServers>(&zone.parents)) {
    task.parents = observe::LookTask::Parents::kServers;
    for (const auto& server : listed->servers) task.parent_servers.push_back(endpoint_of(server));
  }
  return task;
}

Result<std::shared_ptr<const net::TsigKey>> LookTasks::tsig(const std::string& name) {
  auto& known = secrets_[name];
  if (known) return known;
  const auto& key = config_.tsig.at(name);
  DW_TRY(auto read, net::read_tsig_key(key.name, key.algorithm, key.secret_file));
  known = std::make_shared<const net::TsigKey>(std::move(read));
  return known;
}

}  // namespace danewerk::engine
