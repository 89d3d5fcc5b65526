#pragma once

/// \file
/// Zones in tests are stated as text and compared as lines. Needs dw_source.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "dns/name.h"
#include "dns/rdata_text.h"
#include "dns/zone.h"
#include "source/zone_file.h"

namespace danewerk::support {

/// The zone of a master file's text; the test ends when the reader finds an error in it.
inline dns::Zone zone_of(std::string_view text, source::Dnssec dnssec = source::Dnssec::kKeepAll,
                         std::string_view origin = {}) {
  source::ReadOptions options;
  options.dnssec = dnssec;
  if (!origin.empty()) options.origin = *dns::name_from_text(origin);
  auto read = source::read_zone_text(text, "test", options);
  std::string findings;
  for (const auto& finding : read.findings.list()) findings += to_text(finding) + "\n";
  REQUIRE_MESSAGE(read.zone.has_value(), findings);
  return *std::move(read.zone);
}

/// One line "owner TTL type RDATA" for each record of a node.
inline void append_lines(std::vector<std::string>& out, const std::string& owner,
                         dns::NodeView node) {
  const auto add = [&](dns::RrType type, dns::Ttl ttl, ByteView rdata) {
    out.push_back(owner + " " + std::to_string(ttl) + " " + dns::to_text(type) + " " +
                  dns::rdata_to_text(type, rdata));
  };
  for (const auto& rrset : node) {
    for (const auto rdata : rrset.rdata) add(rrset.type, rrset.ttl, rdata);
    for (const auto rdata : rrset.rrsigs) add(dns::RrType::kRrsig, rrset.rrsig_ttl, rdata);
  }
}

/// All records of a version, NSEC3 and RRSIG included, sorted.
inline std::vector<std::string> lines_of(const dns::Zone& zone) {
  std::vector<std::string> lines;
  dns::Tree::Cursor names(zone.names());
  for (bool more = names.first(); more; more = names.next()) {
    const auto owner = dns::name_from_sort_key(names.entry().key, zone.apex());
    append_lines(lines, dns::to_text(owner.view()), dns::NodeView(names.entry().value));
  }
  const auto apex = zone.apex().is_root() ? "." : "." + dns::to_text(zone.apex());
  dns::Tree::Cursor denial(zone.denial());
  for (bool more = denial.first(); more; more = denial.next()) {
    append_lines(lines, to_base32hex(as_bytes(denial.entry().key)) + apex,
                 dns::read_chain_entry(denial.entry().value).node);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Those lines of `lines_of` whose records are of one type.
inline std::vector<std::string> lines_of(const dns::Zone& zone, std::string_view type) {
  auto lines = lines_of(zone);
  std::erase_if(lines, [&](const std::string& line) {
    const auto at = line.find(' ', line.find(' ') + 1) + 1;  // after owner and TTL
    return line.substr(at, line.find(' ', at) - at) != type;
  });
  return lines;
}

/// Those lines whose owner is this name.
inline std::vector<std::string> lines_at(const dns::Zone& zone, std::string_view owner) {
  auto lines = lines_of(zone);
  std::erase_if(lines,
                [&](const std::string& line) { return line.substr(0, line.find(' ')) != owner; });
  return lines;
}

/// The key under which a name stands in a zone.
inline std::string key_of(const dns::Zone& zone, std::string_view name) {
  return dns::sort_key(*dns::name_from_text(name), zone.apex());
}

/// The version with one RRset more, its TTL 300.
inline dns::Zone with(const dns::Zone& zone, std::string_view name, dns::RrType type,
                      std::string_view rdata) {
  const auto key = key_of(zone, name);
  dns::NodeBuilder node;
  node.load(zone.node(key));
  REQUIRE(node.add(type, 300, *dns::rdata_from_text(type, rdata)));
  dns::TreeEdit edit(zone.names());
  edit.put(key, node.pack(), node.earliest_expiration());
  return {zone.apex(), edit.tree(), zone.denial()};
}

/// The version without one RRset and its RRSIGs; without the name when nothing but NSEC stays.
inline dns::Zone without(const dns::Zone& zone, std::string_view name, dns::RrType type) {
  const auto key = key_of(zone, name);
  dns::NodeBuilder node;
  node.load(zone.node(key));
  REQUIRE(node.remove(type));
  dns::NodeBuilder rest;
  rest.load(dns::NodeView(node.pack()));
  rest.remove(dns::RrType::kNsec);
  dns::TreeEdit edit(zone.names());
  if (rest.pack().empty()) {
    edit.erase(key);
  } else {
    edit.put(key, node.pack(), node.earliest_expiration());
  }
  return {zone.apex(), edit.tree(), zone.denial()};
}

}  // namespace danewerk::support
