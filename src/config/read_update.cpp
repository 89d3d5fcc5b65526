#include "config/read_update.h"

#include <utility>

#include <fmt/format.h>

namespace danewerk::config {

namespace {

using Update = Certificate::Update;

/// Instead of an address: the operator changes the zone.
constexpr std::string_view kPrint = "print";

void read_servers(Fields& keys, Update& update) {
  const auto* node = keys.get("servers");
  if (node == nullptr) return;
  const auto words = list_of_words(keys.report(), *node, "servers");
  if (!words) return;
  for (const auto& word : *words) {
    auto endpoint = parse_endpoint(word, kDnsPort);
    if (endpoint) {
      update.servers.push_back(*std::move(endpoint));
    } else {
      keys.report().error("CONFIG-VALUE", *node, std::move(endpoint).error().in("servers"));
    }
  }
}

/// An address to which updates are sent, with port and TSIG key.
void read_server(Fields& keys, const TreeNode& address, Update& update, Draft& draft) {
  const bool is_printed = address.is_text() && address.text == kPrint;
  auto& server = update.server.emplace();
  server.port = kDnsPort;
  if (!is_printed) keys.parsed("address", server.address, parse_address);
  keys.number("port", server.port, {1, 65'535});
  read_tsig_reference(keys, update.tsig, draft);
  if (!is_printed) {
    // An update that nobody signed is one that anybody may send.
    static_cast<void>(keys.require("tsig"));
    return;
  }
  update.server.reset();
  if (update.tsig.empty() && keys.get("port") == nullptr) return;
  keys.report().error("CONFIG-CONFLICT", address, "nothing is sent with 'address: print'",
                      "leave out 'port' and 'tsig'");
}

}  // namespace

std::optional<Update> read_update(Fields& fields, const std::string& what, Draft& draft) {
  const auto* node = fields.get("update");
  if (node == nullptr) return std::nullopt;
  Update update;
  if (node->is_text()) {
    if (node->text == kPrint) return update;
    fields.report().error("CONFIG-VALUE", *node, fmt::format("update: '{}'", node->text),
                          "print, or {address: ADDRESS, tsig: KEY}");
    return std::nullopt;
  }
  Fields keys(fields.report(), *node, what + ": update");
  if (const auto* address = keys.require("address")) read_server(keys, *address, update, draft);
  keys.parsed("zone", update.zone, canonical_name);
  read_servers(keys, update);
  keys.span("propagation-delay", update.propagation_delay,
            {.least = seconds(0), .most = std::chrono::days(14)});
  keys.finish();
  return update;
}

}  // namespace danewerk::config
