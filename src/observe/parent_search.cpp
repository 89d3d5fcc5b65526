#include "observe/parent_search.h"

#include <algorithm>
#include <chrono>
#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace danewerk::observe {

namespace {

using dns::Message;
using dns::RrType;

/// Questions to the resolvers; each is asked once, whoever wants to know.
class Resolvers {
 public:
  Resolvers(const LookOptions& options, const net::AskLimits& limits)
      : options_(options), limits_(limits) {}

  using Questions = std::set<std::pair<std::string, RrType>>;
  /// Asks what is not known yet; the next resolver when one is silent or fails.
  void resolve(const Questions& questions) {
    std::vector<std::pair<std::string, RrType>> open;
    for (const auto& question : questions) {
      if (!known_.contains(question)) open.push_back(question);
    }
    for (const auto& resolver : options_.resolvers) {
      if (open.empty()) return;
      ask(resolver, open);
    }
    for (const auto& question : open) known_[question] = std::nullopt;
  }
  /// Null: no resolver could say.
  [[nodiscard]] const Message* find(const std::string& name, RrType type) const {
    const auto found = known_.find({name, type});
    if (found == known_.end()) return nullptr;
    const auto& message = found->second;
    return message ? &*message : nullptr;
  }

 private:
  void ask(const net::Endpoint& resolver, std::vector<std::pair<std::string, RrType>>& open) {
    std::vector<net::Inquiry> inquiries;
    inquiries.reserve(open.size());
    for (const auto& [name, type] : open) {
      inquiries.push_back({.server = resolver,
                           .name = *dns::name_from_text(name),
                           .type = type,
                           .is_recursion_desired = true});
    }
    auto limits = limits_;
    limits.whole = std::max(net::milliseconds(0), std::chrono::duration_cast<net::milliseconds>(
                                                      end_ - std::chrono::steady_clock::now()));
    auto replies = net::ask_all(inquiries, limits);
    std::vector<std::pair<std::string, RrType>> left;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const auto rcode = replies[i].message.rcode;
      const bool says = replies[i].outcome == net::Outcome::kAnswered &&
                        (rcode == dns::Rcode::kNoError || rcode == dns::Rcode::kNxDomain);
      if (says) {
        known_[open[i]] = std::move(replies[i].message);
      } else {
        left.push_back(open[i]);
      }
    }
    open = std::move(left);
  }

  const LookOptions& options_;
  const net::AskLimits& limits_;
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + limits_.whole;
  std::map<std::pair<std::string, RrType>, std::optional<Message>> known_;
};

/// The zone that NAME lies in: the owner of the SOA in an answer to its SOA question, positive or
/// negative (RFC 2308 section 3). Empty: the answer does not say.
std::string zone_of(const Message& message, dns::NameView name) {
  const auto find = [&](const std::vector<dns::MessageRecord>& section) -> std::string {
    const auto soa = std::ranges::find_if(section, [&](const dns::MessageRecord& record) {
      return record.type == RrType::kSoa && dns::is_at_or_below(name, record.owner);
    });
    return soa == section.end() ? std::string() : dns::to_canonical_text(soa->owner);
  };
  auto zone = find(message.answers);
  return zone.empty() ? find(message.authorities) : zone;
}

std::string address_of(const dns::MessageRecord& record) {
  char text[INET6_ADDRSTRLEN] = {};
  const bool is_v4 = record.type == RrType::kA && record.rdata.size() == 4;
  const bool is_v6 = record.type == RrType::kAaaa && record.rdata.size() == 16;
  if (!is_v4 && !is_v6) return {};
  inet_ntop(is_v4 ? AF_INET : AF_INET6, record.rdata.data(), text, sizeof text);
  return text;
}

class Search {
 public:
  Search(const LookOptions& options, const net::AskLimits& limits)
      : options_(options), resolvers_(options, limits) {}

  std::map<std::string, ParentsFound> run(const std::vector<dns::Name>& zones) {
    find_zones(zones);
    find_servers();
    std::map<std::string, ParentsFound> found;
    for (const auto& zone : zones)
      found[dns::to_canonical_text(zone)] = servers_of(dns::to_canonical_text(zone));
    return found;
  }

 private:
  /// The zone that each one's parent name lies in; names that no resolver can place are tried one
  /// label higher.
  void find_zones(const std::vector<dns::Name>& zones) {
    std::map<std::string, dns::Name> open;
    for (const auto& zone : zones) {
      if (!zone.view().is_root())
        open[dns::to_canonical_text(zone)] = dns::Name(zone.view().parent());
    }
    while (!open.empty()) {
      Resolvers::Questions questions;
      for (const auto& [zone, name] : open)
        questions.insert({dns::to_canonical_text(name), RrType::kSoa});
      resolvers_.resolve(questions);
      for (auto entry = open.begin(); entry != open.end();) {
        entry = is_placed(entry->first, entry->second) ? open.erase(entry) : std::next(entry);
      }
    }
  }

  /// \param name  goes up by a label when the answer does not say where it lies.
  /// \returns whether there is nothing more to ask.
  bool is_placed(const std::string& zone, dns::Name& name) {
    const auto* message = resolvers_.find(dns::to_canonical_text(name), RrType::kSoa);
    if (message == nullptr) return true;
    if (auto parent = zone_of(*message, name); !parent.empty()) {
      parents_[zone] = std::move(parent);
      return true;
    }
    if (name.view().is_root()) return true;
    name = dns::Name(name.view().parent());
    return false;
  }

  void find_servers() {
    Resolvers::Questions questions;
    for (const auto& [zone, parent] : parents_) questions.insert({parent, RrType::kNs});
    resolvers_.resolve(questions);
    Resolvers::Questions addresses;
    for (const auto& [parent, type] : questions) {
      for (const auto& name : name_servers(parent)) {
        addresses.insert({name, RrType::kA});
        addresses.insert({name, RrType::kAaaa});
      }
    }
    resolvers_.resolve(addresses);
  }

  [[nodiscard]] std::set<std::string> name_servers(const std::string& parent) const {
    std::set<std::string> names;
    const auto* message = resolvers_.find(parent, RrType::kNs);
    if (message == nullptr) return names;
    for (const auto& record : message->answers) {
      if (record.type == RrType::kNs && dns::to_canonical_text(record.owner) == parent) {
        names.insert(dns::to_canonical_text(dns::NameView(record.rdata)));
      }
    }
    return names;
  }

  [[nodiscard]] std::vector<ParentServer> addresses_of(const std::string& name) const {
    std::vector<ParentServer> servers;
    for (const auto type : {RrType::kA, RrType::kAaaa}) {
      const auto* message = resolvers_.find(name, type);
      if (message == nullptr) continue;
      for (const auto& record : message->answers) {
        const auto address = record.type == type ? address_of(record) : std::string();
        if (address.empty()) continue;
        servers.push_back({.name = name, .endpoint = {address, options_.parent_port}});
      }
    }
    return servers;
  }

  [[nodiscard]] ParentsFound servers_of(const std::string& zone) const {
    const auto parent = parents_.find(zone);
    if (parent == parents_.end()) {
      return {.why = fmt::format("no resolver says which zone {} is delegated from", zone)};
    }
    ParentsFound found;
    for (const auto& name : name_servers(parent->second)) {
      auto servers = addresses_of(name);
      // A server that is left out would count as one that agrees.
      if (servers.empty()) {
        return {.why = fmt::format("no resolver gives an address of {}, which serves {}, the "
                                   "parent of {}",
                                   name, parent->second, zone)};
      }
      found.servers.insert(found.servers.end(), servers.begin(), servers.end());
    }
    if (found.servers.empty()) {
      found.why = fmt::format("no resolver names the servers of {}, the parent of {}",
                              parent->second, zone);
    }
    return found;
  }

  const LookOptions& options_;
  Resolvers resolvers_;
  std::map<std::string, std::string> parents_;  ///< by zone
};

}  // namespace

std::map<std::string, ParentsFound> find_parents(const std::vector<dns::Name>& zones,
                                                 const LookOptions& options,
                                                 const net::AskLimits& limits) {
  if (zones.empty()) return {};
  return Search(options, limits).run(zones);
}

}  // namespace danewerk::observe
