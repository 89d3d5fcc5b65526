#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/operator_request.h"
#include "app/output.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;

void print_list(const ordered_json& reply) {
  std::vector<std::vector<std::string>> rows{
      {"zone", "serial", "zone file", "keys", "expires", "next event", "notes"}};
  for (const auto& zone : reply.at("zones")) {
    const bool is_orphan = !zone.at("configured").get<bool>();
    rows.push_back({field_text(zone, "zone"), field_text(zone, "serial"),
                    field_text(zone, "source_serial"), field_text(zone, "keys"),
                    field_text(zone, "expires"), field_text(zone, "next"),
                    is_orphan                       ? "not in the configuration"
                    : zone.at("frozen").get<bool>() ? "frozen"
                                                    : "-"});
  }
  print_table(rows);
}

void add_list(std::vector<Row>& rows, const ordered_json& reply, const char* field,
              const std::function<std::string(const ordered_json&)>& text) {
  for (const auto& one : reply.at(field)) rows.push_back({field, text(one)});
}

void print_show(const ordered_json& reply) {
  std::vector<Row> rows;
  for (const auto& [name, value] : reply.items()) {
    if (!value.is_structured()) rows.push_back({name, field_text(reply, name.c_str())});
  }
  if (reply.contains("configuration")) {
    for (const auto& [name, value] : reply.at("configuration").items()) {
      if (value.is_string()) rows.push_back({name, value.get<std::string>()});
    }
  }
  add_list(rows, reply, "publications", [](const ordered_json& one) {
    return fmt::format("version {}, serial {}, {}", field_text(one, "version"),
                       field_text(one, "serial"), field_text(one, "published"));
  });
  add_list(rows, reply, "secondaries", [](const ordered_json& one) {
    return fmt::format("{} has version {} since {}", field_text(one, "address"),
                       field_text(one, "version"), field_text(one, "seen"));
  });
  add_list(rows, reply, "in_caches", [](const ordered_json& one) {
    return fmt::format("{} {}s, from version {} {}", field_text(one, "what"),
                       field_text(one, "seconds"), field_text(one, "first"),
                       one.at("until") == 0 ? "on" : "until before " + field_text(one, "until"));
  });
  add_list(rows, reply, "ds", [](const ordered_json& one) {
    return fmt::format("{}: seen {}, gone {}", field_text(one, "id").substr(0, 8),
                       field_text(one, "seen"), field_text(one, "gone"));
  });
  print_rows(rows);
}

void print_history(const ordered_json& reply) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& event : reply.at("events")) {
    const auto rule = event.value("rule", std::string());
    rows.push_back({field_text(event, "at"), field_text(event, "who"),
                    field_text(event, "what") + (rule.empty() ? "" : fmt::format(" [{}]", rule))});
  }
  print_table(rows);
}

void print_diff(const ordered_json& reply) {
  print_rows({{"zone file", fmt::format("{}, serial {}", field_text(reply, "file"),
                                        field_text(reply, "source_serial"))},
              {reply.value("is_published", true) ? "published" : "not published yet",
               fmt::format("serial {}, version {}", field_text(reply, "serial"),
                           field_text(reply, "version"))}});
  for (const auto& [list, mark] : {std::pair("removed", '-'), std::pair("added", '+')}) {
    for (const auto& line : reply.at(list)) {
      print_line(fmt::format("{} {}", mark, line.get<std::string>()));
    }
    const auto count = reply.value(fmt::format("{}_count", list), std::size_t{0});
    const auto shown = reply.at(list).size();
    if (count > shown) print_line(fmt::format("{} ... and {} more", mark, count - shown));
  }
  if (reply.at("removed").empty() && reply.at("added").empty()) {
    print_line("no record differs");
  }
  print_line(fmt::format("kept by danewerk: {} signatures, {} denial records, and",
                         field_text(reply, "signatures"), field_text(reply, "denial")));
  for (const auto& line : reply.at("managed")) print_line("  " + line.get<std::string>());
}

ordered_json request_of(const ZoneCommand& command) {
  ordered_json request{{"request", "zone-" + command.verb}};
  if (!command.zone.empty()) request["zone"] = command.zone;
  if (command.limit) request["limit"] = *command.limit;
  if (command.at_least) request["at_least"] = *command.at_least;
  if (command.is_confirmed) request["confirm"] = true;
  return request;
}

}  // namespace

ExitCode run(const ZoneCommand& command, const Voice& voice) {
  if (command.verb == "wait") return wait_for_secondaries(command, voice);
  PrintReply print = print_done;
  if (command.verb == "diff") print = print_diff;
  if (command.verb == "list") print = print_list;
  if (command.verb == "show") print = print_show;
  if (command.verb == "history") print = print_history;
  return ask(command, request_of(command), voice, print);
}

}  // namespace danewerk::app
