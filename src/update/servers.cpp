#include "update/servers.h"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

namespace danewerk::update {

namespace {

using dns::RrType;

/// So many of the parent's addresses are asked: they are other people's, and all say the same.
constexpr std::size_t kParentServers = 4;

std::string address_of(RrType type, ByteView rdata) {
  char text[INET6_ADDRSTRLEN] = {};
  const bool is_v4 = type == RrType::kA && rdata.size() == sizeof(in_addr);
  const bool is_v6 = type == RrType::kAaaa && rdata.size() == sizeof(in6_addr);
  if (!is_v4 && !is_v6) return {};
  inet_ntop(is_v4 ? AF_INET : AF_INET6, rdata.data(), text, sizeof text);
  return text;
}

bool is_name(ByteView rdata) {
  return dns::wire_name_length(rdata) == rdata.size() && !rdata.empty();
}

void add_name(ByteView rdata, std::set<std::string>& names) {
  if (is_name(rdata)) names.insert(dns::to_canonical_text(dns::NameView(rdata)));
}

/// Those of the zone's NS records in an answer or a referral.
void add_names(const dns::Message& message, dns::NameView zone, std::set<std::string>& names) {
  for (const auto* section : {&message.answers, &message.authorities}) {
    for (const auto& record : *section) {
      const bool is_it = record.type == RrType::kNs && dns::equal(record.owner, zone);
      if (is_it) add_name(record.rdata, names);
    }
  }
}

dns::Name name_of(const std::string& text) {
  const auto name = dns::name_from_text(text);
  DW_CHECK(name.has_value(), "canonical text is of a name");
  return *name;
}

std::vector<net::NameAndType> address_questions(const std::set<std::string>& names) {
  std::vector<net::NameAndType> questions;
  for (const auto& name : names) {
    questions.push_back({.name = name_of(name), .type = RrType::kA});
    questions.push_back({.name = name_of(name), .type = RrType::kAaaa});
  }
  return questions;
}

void add_server(NamedServer server, std::vector<NamedServer>& to) {
  if (std::ranges::find(to, server) == to.end()) to.push_back(std::move(server));
}

}  // namespace

dns::Name host_of(dns::NameView owner) {
  while (!owner.is_root() && !owner.first_label().empty() && owner.first_label()[0] == '_') {
    owner = owner.parent();
  }
  return dns::Name(owner);
}

std::vector<net::Lookup> ServerSearch::look_up_all(const std::vector<net::NameAndType>& questions) {
  if (std::chrono::steady_clock::now() < end_) return resolver_.look_up_all(questions);
  std::vector<net::Lookup> none;
  none.reserve(questions.size());
  for (const auto& question : questions) {
    none.push_back({.question = question, .why = "no answer in time", .is_silence = true});
  }
  return none;
}

net::Lookup ServerSearch::look_up(const dns::Name& name, RrType type) {
  return look_up_all({{.name = name, .type = type}}).front();
}

/// Nothing when no resolver says.
std::optional<dns::Name> ServerSearch::zone_of(const dns::Name& name) {
  const auto found = look_up(name, RrType::kSoa);
  if (!found.is_usable()) return std::nullopt;
  return found.records.empty() ? found.zone : found.last;
}

const ZoneServers& ServerSearch::of_owner(dns::NameView owner) {
  const auto host = host_of(owner);
  if (const auto zone = zone_of(host)) return of_zone(*zone);
  const auto text = dns::to_canonical_text(owner);
  return by_owner_
      .try_emplace(text, ZoneServers{.why = fmt::format("no resolver says which zone {} is in",
                                                        dns::to_text(host))})
      .first->second;
}

const ZoneServers& ServerSearch::of_zone(dns::NameView zone) {
  const auto text = dns::to_canonical_text(zone);
  auto found = by_zone_.find(text);
  if (found == by_zone_.end()) found = by_zone_.emplace(text, search(zone)).first;
  return found->second;
}

std::vector<net::Endpoint> ServerSearch::addresses_of(const net::Lookup& names) {
  std::set<std::string> servers;
  for (const auto& rdata : names.records) add_name(rdata, servers);
  std::vector<net::Endpoint> endpoints;
  for (const auto& found : look_up_all(address_questions(servers))) {
    for (const auto& rdata : found.records) {
      auto address = address_of(found.question.type, rdata);
      if (!address.empty()) endpoints.push_back({std::move(address), port_});
    }
  }
  return endpoints;
}

/// What the parent's servers say of the zone. Silence of theirs adds nothing: the zone's own NS
/// records were there.
std::vector<net::Reply> ServerSearch::ask_parent(dns::NameView zone) {
  if (zone.is_root()) return {};
  const auto parent = zone_of(dns::Name(zone.parent()));
  if (!parent) return {};
  auto above = addresses_of(look_up(*parent, RrType::kNs));
  above.resize(std::min(above.size(), kParentServers));
  std::vector<net::Inquiry> inquiries;
  inquiries.reserve(above.size());
  for (const auto& endpoint : above) {
    inquiries.push_back({.server = endpoint, .name = dns::Name(zone), .type = RrType::kNs});
  }
  return net::ask_all(inquiries, limits_);
}

/// A resolver may go by the delegation alone, and begins with its addresses, whatever the zone
/// itself says.
void ServerSearch::add_delegation(dns::NameView zone, std::set<std::string>& names,
                                  ZoneServers& found) {
  const auto replies = ask_parent(zone);
  for (const auto& reply : replies) add_names(reply.message, zone, names);
  for (const auto& reply : replies) {
    for (const auto& record : reply.message.additionals) {
      auto address = address_of(record.type, record.rdata);
      const auto name = dns::to_canonical_text(record.owner);
      if (address.empty() || !names.contains(name)) continue;
      add_server({name, {std::move(address), port_}}, found.servers);
    }
  }
}

ZoneServers ServerSearch::search(dns::NameView zone) {
  ZoneServers found{.zone = dns::Name(zone)};
  const auto listed = look_up(dns::Name(zone), RrType::kNs);
  std::set<std::string> names;
  for (const auto& rdata : listed.records) add_name(rdata, names);
  if (names.empty()) {
    found.why = fmt::format("no resolver names the servers of {}{}{}", dns::to_text(zone),
                            listed.why.empty() ? "" : ": ", listed.why);
    return found;
  }
  add_delegation(zone, names, found);
  for (const auto& one : look_up_all(address_questions(names))) {
    const auto name = dns::to_canonical_text(one.question.name);
    // One that is left out would count as one that agrees.
    if (!one.is_usable()) {
      found.why = fmt::format("no resolver gives the addresses of {}, which serves {}", name,
                              dns::to_text(zone));
    }
    for (const auto& rdata : one.records) {
      auto address = address_of(one.question.type, rdata);
      if (!address.empty()) add_server({name, {std::move(address), port_}}, found.servers);
    }
  }
  if (found.servers.empty() && found.why.empty()) {
    found.why = fmt::format("no server of {} has an address", dns::to_text(zone));
  }
  return found;
}

}  // namespace danewerk::update
