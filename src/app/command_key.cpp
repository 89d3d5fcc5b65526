#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/operator_request.h"
#include "app/output.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kIdDigits = 8;

/// "DNSKEY omnipresent, DS hidden".
std::string records_text(const ordered_json& key) {
  std::string text;
  const auto records = key.find("records");
  if (records == key.end()) return "-";
  for (const auto& [record, state] : records->items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", record, state.get<std::string>());
  }
  return text;
}

void print_keys(const ordered_json& reply) {
  for (const auto& zone : reply.at("zones")) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& key : zone.at("keys")) {
      const auto bits = key.value("bits", 0U);
      rows.push_back({"  " + field_text(key, "key"),
                      field_text(key, "algorithm") + (bits == 0 ? "" : fmt::format(" {}", bits)),
                      field_text(key, "id").substr(0, kIdDigits), field_text(key, "use"),
                      records_text(key)});
    }
    print_line(field_text(zone, "zone"));
    if (rows.empty()) print_line("  no keys");
    print_table(rows);
  }
}

void print_ds(const ordered_json& reply) {
  if (reply.at("keys").empty()) {
    print_line(fmt::format("{}: no key that a DS could lead to", field_text(reply, "zone")));
  }
  for (const auto& key : reply.at("keys")) {
    print_line(
        fmt::format("; {}, at the parent: {}", field_text(key, "key"), field_text(key, "parent")));
    for (const auto& ds : key.at("ds")) print_line(field_text(ds, "text"));
    print_line(field_text(key, "dnskey"));
    for (const auto& cds : key.at("cds")) print_line(cds.get<std::string>());
    print_line(field_text(key, "cdnskey"));
  }
}

void print_file(const ordered_json& reply) {
  print_done(reply);
  if (reply.contains("file")) print_line("  " + field_text(reply, "file"));
  if (!reply.contains("files")) return;
  for (const auto& file : reply.at("files")) print_line("  " + file.get<std::string>());
}

std::string absolute(const std::string& path) {
  std::error_code error;
  auto whole = std::filesystem::absolute(path, error);
  return error ? path : whole.lexically_normal().string();
}

ordered_json request_of(const KeyCommand& command) {
  ordered_json request{{"request", "key-" + command.verb}};
  const auto add = [&](const char* field, const std::string& value) {
    if (!value.empty()) request[field] = value;
  };
  add("zone", command.zone);
  add("key", command.key);
  add("role", command.role);
  add("method", command.method);
  add("algorithm", command.algorithm);
  add("option", command.option);
  if (!command.file.empty()) add("file", absolute(command.file));
  if (command.verb == "export") {
    add("folder", absolute(command.folder.empty() ? "." : command.folder));
  }
  if (command.is_confirmed) request["confirm"] = true;
  return request;
}

PrintReply printer_of(const std::string& verb) {
  if (verb == "list") return print_keys;
  if (verb == "ds") return print_ds;
  const bool has_file = verb == "generate" || verb == "import" || verb == "export";
  return has_file ? print_file : print_done;
}

}  // namespace

ExitCode run(const KeyCommand& command, const Voice& voice) {
  return ask(command, request_of(command), voice, printer_of(command.verb));
}

}  // namespace danewerk::app
