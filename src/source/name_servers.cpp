#include "source/name_servers.h"

#include <limits>

#include <fmt/format.h>

namespace danewerk::source {

using dns::RrType;

namespace {

bool has_address(const dns::NodeView& node) {
  return node.has(RrType::kA) || node.has(RrType::kAaaa);
}

/// A wildcard may answer for a name that is not there (RFC 4592 section 3.3.1).
bool may_be_synthesized(const dns::Zone& zone, std::string_view key) {
  while (!key.empty()) {
    key = dns::parent_key(key);
    if (zone.has_wildcard_child(key)) return true;
    if (!zone.node(key).empty() || zone.has_names_below(key)) return false;
  }
  return false;
}

}  // namespace

void NameServers::see(std::string_view key, ByteView target, const std::string* file_name,
                      std::uint32_t line) {
  const dns::NameView name(target);
  if (!dns::is_at_or_below(name, apex_)) return;
  // 4 GiB of names of servers: beyond it they go unchecked.
  if (keys_.size() > std::numeric_limits<std::uint32_t>::max() - 0x1000U) return;
  Server server{};
  server.owner = static_cast<std::uint32_t>(keys_.size());
  server.owner_size = static_cast<std::uint16_t>(key.size());
  keys_ += key;
  server.target = static_cast<std::uint32_t>(keys_.size());
  dns::append_sort_key(keys_, name, apex_.size());
  server.target_size = static_cast<std::uint16_t>(keys_.size() - server.target);
  server.line = line;
  server.file_name = file_name;
  servers_.push_back(server);
}

Findings NameServers::check(const dns::Zone& zone) const {
  Findings findings;
  for (const auto& server : servers_) {
    const std::string_view key = target(server);
    const dns::NodeView node = zone.node(key);
    if (has_address(node)) continue;
    const auto name = to_text(dns::name_from_sort_key(key, apex_).view());
    Finding found{.id = "ZONE-NS-WITHOUT-ADDRESS",
                  .level = Level::kWarning,
                  .message = fmt::format("name server {} has no address", name),
                  .owner = to_text(dns::name_from_sort_key(owner(server), apex_).view()),
                  .place = {*server.file_name, server.line, 1},
                  .hint = {}};
    const auto standing = zone.standing(key);
    if (node.has(RrType::kCname)) {
      found.id = "ZONE-NS-IS-CNAME";
      found.message = fmt::format("name server {} is an alias (RFC 2181 section 10.3)", name);
    } else if (standing == dns::Standing::kDelegation || zone.cut_above(key)) {
      found.id = "ZONE-MISSING-GLUE";
      found.message =
          fmt::format("name server {} is below a delegation and has no address here", name);
      found.hint = "add its A and AAAA records (RFC 1034 section 4.2.1)";
    } else if (standing == dns::Standing::kAbsent && may_be_synthesized(zone, key)) {
      continue;
    }
    findings.add(std::move(found));
  }
  return findings;
}

}  // namespace danewerk::source
