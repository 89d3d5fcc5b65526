#include <algorithm>

#include <fmt/format.h>

#include "engine/binding_context.h"
#include "engine/binding_keys.h"
#include "engine/certificate_status.h"
#include "engine/requests.h"

namespace danewerk::engine {

namespace {

using danewerk::to_text;
using model::Binding;
using model::Chain;

constexpr std::size_t kEventsRead = 2000;
constexpr std::size_t kEventsShown = 10;

Json instant_or_null(const std::optional<sys_seconds>& at) {
  return at ? Json(to_text(*at)) : Json();
}

std::string record_text(const Bytes& rdata) {
  return fmt::format("{} {}", model::to_text(model::combination_of(rdata)),
                     to_hex(ByteView(rdata).subspan(3)));
}

Json records_json(const model::RdataSet& records) {
  auto all = Json::array();
  for (const auto& rdata : records) all.push_back(record_text(rdata));
  return all;
}

Json chain_json(const Chain& chain, const model::BindingState& state) {
  Json json{{"id", chain.id}, {"key", chain.key}};
  const auto pem = state.pems.find(chain.id);
  if (pem != state.pems.end()) {
    if (const auto blocks = tlsa::read_blocks(as_bytes(pem->second))) {
      json["issuer"] = blocks->front().credential.issuer;
      json["names"] = blocks->front().credential.dns_names;
    }
  }
  json["not_before"] = to_text(chain.not_before);
  json["not_after"] = to_text(chain.not_after);
  json["issuer_is"] = to_text(chain.issuer);
  json["records"] = records_json(chain.wanted);
  return json;
}

Json chains_json(const std::vector<Chain>& chains, const model::BindingState& state) {
  auto all = Json::array();
  for (const auto& chain : chains) all.push_back(chain_json(chain, state));
  return all;
}

Json keys_json(const Request& request, const Binding& binding) {
  auto all = Json::array();
  for (const auto& key : binding.keys) {
    Json one{{"key", key.id}, {"use", to_text(key.use)}, {"since", to_text(key.since)}};
    one["records"] = records_json(key.records);
    const auto file = stored_key_file(request.config(), binding.name, key.id);
    one["file"] = file ? Json(file->string()) : Json();
    all.push_back(std::move(one));
  }
  return all;
}

Json version_json(const rollover::OwnerView& view, std::size_t at) {
  const auto& version = view.owner.versions[at];
  const auto& end = view.ends[at];
  const bool is_present = version.until == 0;
  Json json{{"made", to_text(version.made)},
            {"ttl", version.ttl.count()},
            {"records", records_json(version.records)}};
  json["known"] = !version.is_unknown;
  json["everywhere"] = instant_or_null(version.everywhere);
  json["present"] = is_present;
  json["held_until"] = is_present ? Json() : instant_or_null(end.at ? end.at : end.latest);
  if (!is_present && !end.at) json["awaits"] = end.reason;
  return json;
}

Json owner_json(const OwnerLook& look, sys_seconds now) {
  const auto& view = look.view;
  Json json{{"owner", view.owner.name}};
  json["records"] = Json::array();
  for (const auto& record : view.owner.records) {
    json["records"].push_back({{"record", record_text(record.rdata)},
                               {"state", to_text(record.state.visibility)},
                               {"since", to_text(record.state.since)}});
  }
  json["versions"] = Json::array();
  for (std::size_t i = 0; i < view.owner.versions.size(); ++i) {
    json["versions"].push_back(version_json(view, i));
  }
  json["authors"] = records_json(view.owner.foreign);
  json["leads_to"] = view.owner.target.empty() ? Json() : Json(view.owner.target);
  if (const auto& coming = view.owner.coming) {
    json["alias_held_back"] = {{"target", coming->target},
                               {"until", instant_or_null(view.alias_ready.at)}};
  }
  const auto unprotected = rollover::protected_from(view);
  const bool has_records = !view.owner.present().empty();
  const bool is_secure = look.entry.why.empty();
  json["protected"] = has_records && is_secure && unprotected.is_past(now);
  json["insecure"] = is_secure ? Json() : Json(look.entry.why);
  json["protected_from"] = has_records ? instant_or_null(unprotected.at) : Json();
  return json;
}

Json wait_json(const rollover::BindingWait& wait) {
  Json json{{"subject", wait.subject}, {"rule", wait.rule}, {"reason", wait.reason}};
  json["since"] = to_text(wait.since);
  json["until"] = instant_or_null(wait.until);
  if (wait.latest) json["latest"] = to_text(*wait.latest);
  if (wait.expected) json["expected"] = to_text(*wait.expected);
  json["operator"] = wait.is_operators;
  return json;
}

Json endpoint_json(const model::Endpoint& endpoint) {
  Json json{{"endpoint", endpoint.name},
            {"probed", endpoint.is_probed},
            {"silent", endpoint.is_silent},
            {"without_tls", endpoint.is_without_tls}};
  json["key"] = endpoint.sight ? Json(endpoint.sight->key) : Json();
  json["seen"] = endpoint.sight ? Json(to_text(endpoint.sight->at)) : Json();
  return json;
}

Json incident_json(const model::Incident& incident) {
  Json json{{"at", to_text(incident.at)}, {"rule", incident.rule}, {"what", incident.what}};
  json["until"] = instant_or_null(incident.until);
  json["open"] = incident.is_open;
  return json;
}

template <class All, class ToJson>
Json list_json(const All& all, ToJson to_json) {
  auto list = Json::array();
  for (const auto& one : all) list.push_back(to_json(one));
  return list;
}

/// Which issuers the authority may use next, and whether records cover them.
Json issuers_json(const IssuerLook& issuers) {
  return {{"authority", issuers.authority},
          {"family", model::to_text(issuers.family)},
          {"covered", issuers.covered},
          {"missing", issuers.missing},
          {"idle", issuers.idle}};
}

/// The last events that are about the binding.
Result<Json> history_json(const Request& request, const std::string& name) {
  DW_TRY(const auto state, request.open_state());
  DW_TRY(const auto events, state.events("", kEventsRead));
  const auto prefix = fmt::format("certificate {}: ", name);
  std::vector<Json> found;
  for (const auto& event : events) {
    if (!event.what.starts_with(prefix)) continue;
    Json one{{"at", to_text(event.at)}, {"who", event.who}};
    one["what"] = event.what.substr(prefix.size());
    if (!event.rule.empty()) one["rule"] = event.rule;
    found.push_back(std::move(one));
  }
  const auto first = found.size() > kEventsShown ? found.size() - kEventsShown : 0;
  auto shown = Json::array();
  for (std::size_t i = first; i < found.size(); ++i) shown.push_back(std::move(found[i]));
  return shown;
}

/// As the next pass would find it: nothing waits in the state's own words.
Json row_of(const BindingsLook& look, const std::string& name, const CertificateStatus& status) {
  const auto& bound = look.bindings.at(name);
  const auto& binding = bound.state.binding;
  std::size_t records = 0;
  for (const auto& owner : bound.owners) {
    const auto found = look.owners.find(owner);
    if (found != look.owners.end()) records += found->second.view.owner.present().size();
  }
  Json row{{"binding", name}, {"state", status.label}};
  row["policy"] = to_text(bound.config->key_policy);
  row["key"] = binding.served ? Json(binding.served->key) : Json();
  row["not_after"] = binding.served ? Json(to_text(binding.served->not_after)) : Json();
  row["records"] = records;
  row["staged"] = binding.staged.size();
  row["next"] = instant_or_null(status.wake);
  row["operator"] = std::ranges::any_of(
      status.waits, [](const rollover::BindingWait& wait) { return wait.is_operators; });
  return row;
}

/// How careful the gates are.
Json care_json(const model::BindingPolicy& policy) {
  return {{"ttl_factor", policy.cache_factor},
          {"margin", policy.margin.count()},
          {"gate", policy.is_gate_relaxed ? "relaxed" : "strict"},
          {"new_key", policy.is_fast ? "at-once" : "announced"},
          {"rollback", policy.least_rollback.count()}};
}

/// What of it is not as it is by itself, as danewerk.yaml says it.
Json unusual_care(const model::BindingPolicy& policy) {
  const model::BindingPolicy usual;
  auto all = Json::array();
  if (policy.cache_factor != usual.cache_factor) {
    all.push_back(fmt::format("ttl-factor: {}", policy.cache_factor));
  }
  if (policy.margin != usual.margin) {
    all.push_back(fmt::format("margin: {}", to_text(policy.margin)));
  }
  if (policy.is_gate_relaxed) all.push_back("gate: relaxed");
  if (policy.is_fast) all.push_back("new-key: at-once");
  if (policy.least_rollback != usual.least_rollback) {
    all.push_back(fmt::format("rollback: {}", to_text(policy.least_rollback)));
  }
  return all;
}

Result<Json> whole(const Request& request, const BindingsLook& look, const std::string& name) {
  const auto& bound = look.bindings.at(name);
  const auto& state = bound.state;
  const auto& binding = state.binding;
  const auto status = certificate_status(look, name, request.now());
  auto json = row_of(look, name, status);
  json["records_wanted"] = Json::array();
  for (const auto& form : bound.config->records) {
    json["records_wanted"].push_back(
        fmt::format("{} {} {}", form.usage, form.selector, form.matching));
  }
  json["care"] = care_json(bound.policy);
  json["unusual"] = unusual_care(bound.policy);
  json["owners"] = Json::array();
  for (const auto& owner : bound.owners) {
    const auto found = look.owners.find(owner);
    json["owners"].push_back(found == look.owners.end() ? Json{{"owner", owner}}
                                                        : owner_json(found->second, request.now()));
  }
  json["served"] = binding.served ? chain_json(*binding.served, state) : Json();
  json["staged"] = chains_json(binding.staged, state);
  json["previous"] = chains_json(binding.previous, state);
  json["deployed"] = instant_or_null(binding.deployed);
  json["confirmed"] = instant_or_null(binding.confirmed);
  json["keys"] = keys_json(request, binding);
  json["roll_wanted"] = binding.is_roll_wanted;
  json["stopping"] = binding.is_stopping;
  json["emergency"] = binding.emergency ? Json{{"kind", to_text(binding.emergency->kind)},
                                               {"choice", to_text(binding.emergency->choice)},
                                               {"since", to_text(binding.emergency->since)}}
                                        : Json();
  json["banned"] = list_json(binding.banned, [](const model::BannedRecord& banned) {
    return Json{{"record", record_text(banned.rdata)}, {"until", instant_or_null(banned.until)}};
  });
  json["adopted"] = records_json(binding.adopted);
  json["issuers"] = bound.issuers ? issuers_json(*bound.issuers) : Json();
  json["waits"] = list_json(status.waits, wait_json);
  json["findings"] = list_json(status.findings, [](const model::StandingFinding& finding) {
    return Json{{"id", finding.id}, {"level", finding.level}, {"text", finding.text}};
  });
  json["incidents"] = list_json(binding.incidents, incident_json);
  json["endpoints"] = list_json(state.endpoints, endpoint_json);
  json["last_outcome"] = state.last_outcome;
  DW_TRY(json["history"], history_json(request, name));
  return json;
}

}  // namespace

Result<Json> tlsa_list(const Request& request) {
  DW_TRY(const auto look, look_at_bindings(request));
  auto rows = Json::array();
  for (const auto& [name, bound] : look.bindings) {
    rows.push_back(row_of(look, name, certificate_status(look, name, request.now())));
  }
  return Json{{"bindings", std::move(rows)}};
}

Result<Json> tlsa_show(const Request& request) {
  DW_TRY(const auto typed, request.optional_text("binding"));
  if (typed) DW_TRY_VOID(configured_binding(request));
  DW_TRY(const auto look, look_at_bindings(request));
  auto all = Json::array();
  for (const auto& [name, bound] : look.bindings) {
    if (typed && *typed != name) continue;
    DW_TRY(auto one, whole(request, look, name));
    all.push_back(std::move(one));
  }
  return Json{{"bindings", std::move(all)}};
}

}  // namespace danewerk::engine
