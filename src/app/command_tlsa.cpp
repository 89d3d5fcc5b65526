#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/operator_request.h"
#include "app/output.h"
#include "app/tlsa_command.h"
#include "app/tlsa_text.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;

/// The engine may work in another folder than who asks it.
std::string absolute(const std::string& path) {
  std::error_code error;
  auto whole = std::filesystem::absolute(path, error);
  return error ? path : whole.lexically_normal().string();
}

ordered_json request_of(const TlsaCommand& command) {
  ordered_json request{{"request", "tlsa-" + command.verb}};
  const auto add = [&](const char* field, const std::string& value) {
    if (!value.empty()) request[field] = value;
  };
  const auto set = [&](const char* field, bool is_set) {
    if (is_set) request[field] = true;
  };
  add("binding", command.binding);
  add("kind", command.kind);
  add("choose", command.choose);
  add("what", command.what);
  add("key", command.key);
  add("type", command.type);
  if (!command.file.empty()) {
    request[command.verb == "emergency" ? "issuer" : "file"] = absolute(command.file);
  }
  if (command.verb == "plan" || command.verb == "what-if") {
    request["seconds"] = command.span.count();
  }
  set("abort", command.is_aborted);
  set("lost", command.is_lost);
  set("drop_stale", command.drops_stale);
  set("confirm_issuer", command.confirms_issuer);
  set("confirm", command.is_confirmed);
  return request;
}

/// The request goes where it was asked for, in whatever form the rest is told.
Result<void> write_request(const TlsaCommand& command, const ordered_json& reply) {
  constexpr mode_t kMode = 0644;
  if (command.output.empty()) return {};
  return replace_file(command.output, reply.at("csr").get<std::string>(), kMode);
}

void print_request(const TlsaCommand& command, const ordered_json& reply) {
  if (command.output.empty()) {
    const auto text = reply.at("csr").get<std::string>();
    print_line(std::string_view(text).substr(0, text.size() - 1));
    // Beside the request, not in it.
    for (const auto& note : reply.at("notes")) {
      fmt::print(stderr, "{}\n", note.get<std::string>());
    }
    return;
  }
  print_line(fmt::format("{}: a request for key {} is in '{}'", field_text(reply, "binding"),
                         field_text(reply, "key").substr(0, 16), command.output));
  print_done(reply);
}

PrintReply printer_of(const TlsaCommand& command) {
  const auto& verb = command.verb;
  if (verb == "list") return print_bindings;
  if (verb == "show") return print_binding_state;
  if (verb == "plan") return print_binding_plan;
  if (verb == "what-if") return print_what_if;
  if (verb == "next-key") return print_next_key;
  if (verb == "csr") return [&](const ordered_json& reply) { print_request(command, reply); };
  return print_done;
}

}  // namespace

ExitCode run(const TlsaCommand& command, const Voice& voice) {
  const bool has_file = command.verb == "csr";
  const auto act = [&](const ordered_json& reply) {
    return has_file ? write_request(command, reply) : Result<void>();
  };
  return ask(command, request_of(command), voice, printer_of(command), act);
}

}  // namespace danewerk::app
