#pragma once

/// \file
/// NSEC3 chains as lines that a reader can follow.

#include <algorithm>
#include <string>
#include <vector>

#include "denial/nsec3.h"
#include "denial/update.h"
#include "support/result.h"
#include "support/zone_text.h"

namespace danewerk::support {

inline const std::string kHead =
    "$ORIGIN example.\n$TTL 3600\n@ SOA ns.example.net. mail 1 2 3 4 300\n@ NS ns.example.net.\n";

inline dns::Zone empty_zone() {
  return dns::Zone(*dns::name_from_text("example."));
}

/// The first chain of these records.
inline dns::Zone chained(const std::string& records,
                         const model::DenialParameters& parameters = {}) {
  return test::good(denial::update({empty_zone(), zone_of(kHead + records)}, {parameters}));
}

/// "name: types" for each NSEC3 record, in order of names; checks on the way that each stands at
/// the hash of its name and points to the one that follows.
inline std::vector<std::string> chain_of(const dns::Zone& zone) {
  const auto parameters = denial::parameters_of(zone);
  REQUIRE(parameters.has_value());
  std::vector<std::string> hashes;
  dns::Tree::Cursor cursor(zone.denial());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    hashes.push_back(to_base32hex(as_bytes(cursor.entry().key)));
  }
  std::vector<std::pair<std::string, std::string>> lines;
  std::size_t i = 0;
  for (bool more = cursor.first(); more; more = cursor.next(), ++i) {
    const auto entry = dns::read_chain_entry(cursor.entry().value);
    REQUIRE(entry.has_name);
    const auto hash = denial::nsec3_hash(entry.name_key, zone.apex(), *parameters);
    CHECK(denial::as_key(hash) == cursor.entry().key);
    const auto nsec3 = entry.node.find(dns::RrType::kNsec3);
    REQUIRE(nsec3.has_value());
    REQUIRE(nsec3->rdata.size() == 1);
    auto text = dns::rdata_to_text(dns::RrType::kNsec3, nsec3->rdata.front());
    const auto& next = hashes[(i + 1) % hashes.size()];
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto at = text.find(next);
    CHECK_MESSAGE(at != std::string::npos, (text + " does not lead to " + next));
    if (at == std::string::npos) continue;
    auto types = text.substr(at + next.size());
    std::transform(types.begin(), types.end(), types.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    while (!types.empty() && types.back() == ' ') types.pop_back();
    const auto name = dns::name_from_sort_key(entry.name_key, zone.apex());
    auto line = dns::to_text(name.view());
    line += ":";
    line += types;
    lines.emplace_back(entry.name_key, std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::vector<std::string> out;
  out.reserve(lines.size());
  for (auto& [key, line] : lines) out.push_back(std::move(line));
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace danewerk::support
