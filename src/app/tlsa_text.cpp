#include "app/tlsa_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/operator_request.h"
#include "app/output.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;
using Rows = std::vector<Row>;

constexpr std::size_t kIdDigits = 16;

std::string short_id(const ordered_json& object, const char* field) {
  return field_text(object, field).substr(0, kIdDigits);
}

std::string joined(const ordered_json& list, std::string_view between) {
  std::string text;
  for (const auto& one : list) {
    text +=
        fmt::format("{}{}", text.empty() ? std::string_view() : between, one.get<std::string>());
  }
  return text;
}

std::string rule_text(const ordered_json& object) {
  return object.contains("rule") ? fmt::format(" [{}]", field_text(object, "rule")) : std::string();
}

bool is_there(const ordered_json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && !found->is_null();
}

std::string chain_text(const ordered_json& chain) {
  auto text = fmt::format("certificate {} of key {}, until {}", short_id(chain, "id"),
                          short_id(chain, "key"), field_text(chain, "not_after"));
  if (chain.contains("names")) text += fmt::format(", for {}", joined(chain.at("names"), ", "));
  if (chain.contains("issuer")) text += fmt::format(", by {}", field_text(chain, "issuer"));
  return text;
}

/// "since TIME"; what stood there before danewerk came has none.
std::string since_text(const ordered_json& object, const char* field) {
  const auto at = field_text(object, field);
  return at == to_text(sys_seconds{}) ? std::string("from before") : "since " + at;
}

void add_version(Rows& rows, const ordered_json& version) {
  const auto& records = version.at("records");
  auto what = records.empty() ? std::string("no records") : joined(records, ", ");
  if (!version.value("known", true)) what = "nobody here saw its records";
  if (version.at("present").get<bool>()) {
    rows.push_back(
        {"    present",
         fmt::format("{}, TTL {}s{}", since_text(version, "made"), field_text(version, "ttl"),
                     is_there(version, "everywhere") ? "" : "; not at every server yet")});
    return;
  }
  const auto until = is_there(version, "held_until")
                         ? "until " + field_text(version, "held_until")
                         : std::string("nobody knows until when: ") + field_text(version, "awaits");
  const bool is_first = field_text(version, "made") == to_text(sys_seconds{});
  const auto which = is_first ? std::string("what was there before")
                              : "the version of " + field_text(version, "made");
  rows.push_back({"    may be held", fmt::format("{}; {}: {}", until, which, what)});
}

void add_owner(Rows& rows, const ordered_json& owner) {
  auto name = field_text(owner, "owner");
  if (is_there(owner, "leads_to"))
    name += ", an alias that leads to " + field_text(owner, "leads_to");
  rows.push_back({"  owner", std::move(name)});
  if (!owner.contains("versions")) return;
  for (const auto& record : owner.at("records")) {
    rows.push_back(
        {"    record", fmt::format("{} {} {}", field_text(record, "record"),
                                   field_text(record, "state"), since_text(record, "since"))});
  }
  for (const auto& version : owner.at("versions")) add_version(rows, version);
  for (const auto& record : owner.at("authors")) {
    rows.push_back({"    author's", record.get<std::string>()});
  }
  if (owner.contains("alias_held_back")) {
    const auto& alias = owner.at("alias_held_back");
    rows.push_back(
        {"    held back",
         fmt::format("an alias to {}, until {}", field_text(alias, "target"),
                     is_there(alias, "until") ? field_text(alias, "until")
                                              : std::string("every server has its target"))});
  }
  if (owner.at("protected").get<bool>() || owner.at("records").empty()) return;
  if (is_there(owner, "insecure")) {
    rows.push_back({"    protected", "not known to be: " + field_text(owner, "insecure")});
    return;
  }
  rows.push_back({"    protected", is_there(owner, "protected_from")
                                       ? "from " + field_text(owner, "protected_from") + " on"
                                       : std::string("when every server has the records")});
}

void add_keys(Rows& rows, const ordered_json& binding) {
  for (const auto& key : binding.at("keys")) {
    auto text = fmt::format("{} {} {}", short_id(key, "key"), field_text(key, "use"),
                            since_text(key, "since"));
    if (is_there(key, "file")) text += ", in " + field_text(key, "file");
    rows.push_back({"  key", std::move(text)});
  }
}

/// Issuers that the next certificate may come from.
void add_issuers(Rows& rows, const ordered_json& issuers) {
  const auto list = [&](const char* field, std::string_view what) {
    const auto& names = issuers.at(field);
    return names.empty() ? std::string() : fmt::format("; {} {}", what, joined(names, ", "));
  };
  rows.push_back(
      {"  issuers", fmt::format("of {} for {} keys{}{}{}", field_text(issuers, "authority"),
                                field_text(issuers, "family"), list("covered", "records cover"),
                                list("missing", "no record covers"),
                                list("idle", "records name, out of use:"))});
}

std::string wait_text(const ordered_json& wait) {
  // A key stands there by its identity.
  constexpr std::size_t kWholeId = 64;
  auto subject = field_text(wait, "subject");
  if (subject.size() == kWholeId) subject = "key " + subject.substr(0, kIdDigits);
  // Some reasons begin with what they are about.
  auto text = field_text(wait, "reason");
  if (!text.starts_with(subject)) text = fmt::format("{}: {}", subject, text);
  if (is_there(wait, "since")) text += ", " + since_text(wait, "since");
  if (is_there(wait, "until")) {
    text += fmt::format(", until {}", field_text(wait, "until"));
  } else if (is_there(wait, "expected")) {
    text += fmt::format(", until about {}", field_text(wait, "expected"));
  } else if (is_there(wait, "latest")) {
    text += fmt::format(", at the latest until {}", field_text(wait, "latest"));
  }
  return text + rule_text(wait) + (wait.value("operator", false) ? " (yours)" : "");
}

std::string endpoint_text(const ordered_json& endpoint) {
  if (!endpoint.value("probed", false)) return field_text(endpoint, "endpoint") + ": not looked at";
  const auto shows =
      is_there(endpoint, "key")
          ? fmt::format("key {} at {}", short_id(endpoint, "key"), field_text(endpoint, "seen"))
          : std::string("not seen yet");
  std::string_view now;
  if (endpoint.value("silent", false)) now = "; does not answer now";
  if (endpoint.value("without_tls", false)) now = "; answers without TLS now";
  return fmt::format("{}: {}{}", field_text(endpoint, "endpoint"), shows, now);
}

void add_story(Rows& rows, const ordered_json& binding) {
  for (const auto& wait : binding.at("waits")) rows.push_back({"  waits", wait_text(wait)});
  for (const auto& finding : binding.at("findings")) {
    add_lines(rows, "  finding", field_text(finding, "text"));
  }
  for (const auto& endpoint : binding.at("endpoints")) {
    rows.push_back({"  endpoint", endpoint_text(endpoint)});
  }
  for (const auto& incident : binding.at("incidents")) {
    const auto end = incident.value("open", false) ? std::string("goes on")
                     : is_there(incident, "until") ? "until " + field_text(incident, "until")
                                                   : std::string("over");
    rows.push_back(
        {"  incident", fmt::format("{}: {}, {}{}", field_text(incident, "at"),
                                   field_text(incident, "what"), end, rule_text(incident))});
  }
  for (const auto& event : binding.at("history")) {
    rows.push_back(
        {"  history", fmt::format("{} {}: {}{}", field_text(event, "at"), field_text(event, "who"),
                                  field_text(event, "what"), rule_text(event))});
  }
}

void print_one(const ordered_json& binding) {
  print_line(fmt::format("{}  {}", field_text(binding, "binding"), field_text(binding, "state")));
  Rows rows{{"  policy", fmt::format("{}, records {}", field_text(binding, "policy"),
                                     joined(binding.at("records_wanted"), ", "))}};
  if (!binding.at("unusual").empty()) {
    rows.push_back({"  care", joined(binding.at("unusual"), ", ")});
  }
  for (const auto& owner : binding.at("owners")) add_owner(rows, owner);
  if (is_there(binding, "served")) {
    auto text = chain_text(binding.at("served"));
    if (is_there(binding, "deployed")) text += ", since " + field_text(binding, "deployed");
    rows.push_back({"  served", std::move(text)});
  } else {
    rows.push_back({"  served", "none yet"});
  }
  for (const auto& chain : binding.at("staged")) rows.push_back({"  staged", chain_text(chain)});
  for (const auto& chain : binding.at("previous")) {
    rows.push_back({"  previous", chain_text(chain)});
  }
  add_keys(rows, binding);
  if (is_there(binding, "issuers")) add_issuers(rows, binding.at("issuers"));
  if (is_there(binding, "emergency")) {
    const auto& emergency = binding.at("emergency");
    rows.push_back({"  emergency",
                    fmt::format("{} since {}: {}", field_text(emergency, "kind"),
                                field_text(emergency, "since"), field_text(emergency, "choice"))});
  }
  for (const auto& banned : binding.at("banned")) {
    rows.push_back(
        {"  banned", fmt::format("{}, {}", field_text(banned, "record"),
                                 is_there(banned, "until") ? "until " + field_text(banned, "until")
                                                           : std::string("for ever"))});
  }
  add_story(rows, binding);
  rows.push_back({"  next event", field_text(binding, "next")});
  print_rows(rows);
}

void print_events(const ordered_json& events, const std::string& indent) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& event : events) {
    const auto kind = field_text(event, "kind");
    rows.push_back({indent + field_text(event, "at"), kind == "operator" ? "you" : "",
                    field_text(event, "what") + rule_text(event)});
  }
  if (rows.empty()) print_line(indent + "nothing happens by itself");
  print_table(rows);
}

}  // namespace

void print_bindings(const ordered_json& reply) {
  const auto& all = reply.at("bindings");
  if (all.empty()) {
    print_line("the configuration has no certificates");
    return;
  }
  std::vector<std::vector<std::string>> rows{
      {"certificate", "state", "key", "ends", "records", "next event", "notes"}};
  for (const auto& binding : all) {
    std::string notes;
    const auto staged = binding.value("staged", 0U);
    if (staged != 0) notes = fmt::format("{} staged", staged);
    if (binding.value("operator", false))
      notes += notes.empty() ? "waits for you" : ", waits for you";
    rows.push_back({field_text(binding, "binding"), field_text(binding, "state"),
                    short_id(binding, "key"), field_text(binding, "not_after"),
                    field_text(binding, "records"), field_text(binding, "next"),
                    notes.empty() ? "-" : notes});
  }
  print_table(rows);
}

void print_binding_state(const ordered_json& reply) {
  for (const auto& binding : reply.at("bindings")) print_one(binding);
  if (reply.at("bindings").empty()) print_line("the configuration has no certificates");
}

void print_binding_plan(const ordered_json& reply) {
  for (const auto& binding : reply.at("bindings")) {
    print_line(field_text(binding, "binding"));
    if (binding.contains("trouble")) {
      print_line("  no plan: " + field_text(binding, "trouble"));
    } else {
      print_events(binding.at("events"), "  ");
    }
  }
  if (reply.at("bindings").empty()) print_line("the configuration has no certificates");
}

void print_what_if(const ordered_json& reply) {
  print_line(fmt::format("{}: {}", field_text(reply, "binding"), field_text(reply, "imagined")));
  if (reply.contains("options")) {
    for (const auto& option : reply.at("options")) {
      print_line(fmt::format("  {}: {}; {}", field_text(option, "choose"),
                             field_text(option, "action"), field_text(option, "exposure")));
      print_events(option.at("events"), "    ");
    }
    return;
  }
  const auto verdict = field_text(reply, "verdict");
  if (verdict == "refused") {
    print_line("  it is refused, and what is served stays");
  } else if (!is_there(reply, "served_at")) {
    print_line("  it is not served before you act");
  } else {
    print_line(fmt::format("  it is served {}", verdict == "served"
                                                    ? "at once"
                                                    : "at " + field_text(reply, "served_at")));
  }
  if (is_there(reply, "at_risk")) {
    const auto& risk = reply.at("at_risk");
    print_line(fmt::format("  served now, it would be refused by {}, until {}",
                           field_text(risk, "who"), field_text(risk, "until")));
  }
  for (const auto& wait : reply.at("waits")) {
    print_line(fmt::format("  because {}{}", field_text(wait, "reason"), rule_text(wait)));
  }
  print_events(reply.at("events"), "  ");
}

void print_next_key(const ordered_json& reply) {
  print_done(reply);
  if (is_there(reply, "file")) print_line("  " + field_text(reply, "file"));
}

}  // namespace danewerk::app
