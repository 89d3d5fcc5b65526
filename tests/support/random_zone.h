#pragma once

/// \file
/// Zones and changes for property tests: sets of records over few labels, so that empty
/// non-terminals, wildcards, cuts above names and names that come and go are frequent.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include "dns/rdata_text.h"
#include "dns/tree_builder.h"
#include "dns/zone.h"

namespace danewerk::support {

/// Owner without the apex, and type.
using RecordChoice = std::pair<std::string, dns::RrType>;
using RecordChoices = std::set<RecordChoice>;

inline const char* rdata_for(dns::RrType type) {
  switch (type) {
    case dns::RrType::kNs:
      return "ns.example.net.";
    case dns::RrType::kDname:
      return "elsewhere.example.net.";
    case dns::RrType::kDs:
      return "4711 8 2 0000000000000000000000000000000000000000000000000000000000000000";
    case dns::RrType::kTxt:
      return "\"text\"";
    case dns::RrType::kTlsa:
      return "3 1 1 0000000000000000000000000000000000000000000000000000000000000000";
    default:
      return "192.0.2.1";
  }
}

/// A record somewhere in the zone.
inline rc::Gen<RecordChoice> a_record() {
  const auto label = rc::gen::element<std::string>("a", "b", "c", "*", "_25._tcp", "ns");
  const auto owner = rc::gen::map(rc::gen::container<std::vector<std::string>>(label),
                                  [](const std::vector<std::string>& all) {
                                    std::string name;
                                    for (std::size_t i = 0; i < all.size() && i < 4; ++i)
                                      name += all[i] + ".";
                                    return name;
                                  });
  const auto type = rc::gen::weightedElement<dns::RrType>({{12, dns::RrType::kA},
                                                           {6, dns::RrType::kTxt},
                                                           {6, dns::RrType::kTlsa},
                                                           {8, dns::RrType::kNs},
                                                           {6, dns::RrType::kDs},
                                                           {2, dns::RrType::kDname}});
  return rc::gen::pair(owner, type);
}

/// Adds what is not there, removes what is.
inline RecordChoices toggled(RecordChoices from, const std::vector<RecordChoice>& changes) {
  for (const auto& change : changes) {
    if (from.erase(change) == 0) from.insert(change);
  }
  return from;
}

/// The unsigned zone "example." with these records, an SOA with this MINIMUM, and two NS.
inline dns::Zone zone_of(const RecordChoices& records, dns::Ttl minimum = 300) {
  using dns::RrType;
  const auto apex = *dns::name_from_text("example.");
  std::map<std::string, dns::NodeBuilder> nodes;
  const auto add = [&](const std::string& owner, RrType type, const std::string& rdata) {
    const auto name = *dns::name_from_text(owner + "example.");
    nodes[dns::sort_key(name, apex)].add(type, 3600, *dns::rdata_from_text(type, rdata));
  };
  add("", RrType::kSoa, "ns.example.net. mail.example.net. 1 2 3 4 " + std::to_string(minimum));
  add("", RrType::kNs, "ns.example.net.");
  add("", RrType::kNs, "ns2.example.net.");
  for (const auto& [owner, type] : records) add(owner, type, rdata_for(type));
  dns::TreeBuilder builder;
  for (auto& [key, node] : nodes) builder.append(key, node.pack(), 0);
  return {apex, std::move(builder).finish(), {}};
}

}  // namespace danewerk::support
