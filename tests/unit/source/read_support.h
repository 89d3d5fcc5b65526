#pragma once

/// \file
/// Zones as their user would write them, and what reading them says, as text.

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "dns/rdata_text.h"
#include "source/zone_file.h"
#include "support/scoped_folder.h"

namespace danewerk::source {

inline ReadOptions example_options(Dnssec dnssec = Dnssec::kDrop) {
  ReadOptions options;
  options.origin = *dns::name_from_text("example.");
  options.dnssec = dnssec;
  return options;
}

/// "file:line:column: level ID", in the order found.
inline std::vector<std::string> summary(const Findings& findings) {
  std::vector<std::string> all;
  for (const auto& f : findings.list()) {
    all.push_back(to_text(f.place) + ": " + std::string(to_text(f.level)) + " " +
                  std::string(f.id));
  }
  return all;
}

inline void append_node(std::vector<std::string>& all, const std::string& owner,
                        const dns::NodeView& node) {
  for (const auto& rrset : node) {
    for (const auto rdata : rrset.rdata) {
      all.push_back(owner + " " + std::to_string(rrset.ttl) + " " + to_text(rrset.type) + " " +
                    dns::rdata_to_text(rrset.type, rdata));
    }
    for (const auto rdata : rrset.rrsigs) {
      all.push_back(owner + " " + std::to_string(rrset.rrsig_ttl) + " RRSIG " +
                    dns::rdata_to_text(dns::RrType::kRrsig, rdata));
    }
  }
}

/// "owner ttl type rdata" for each record, in order; NSEC3 records last.
inline std::vector<std::string> records(const dns::Zone& zone) {
  std::vector<std::string> all;
  dns::Tree::Cursor at(zone.names());
  for (bool more = at.first(); more; more = at.next()) {
    const dns::NodeView node(at.entry().value);
    const auto name = dns::name_from_sort_key(at.entry().key, zone.apex());
    append_node(
        all, to_text(node.cased_owner().empty() ? name.view() : dns::NameView(node.cased_owner())),
        node);
  }
  dns::Tree::Cursor hash(zone.denial());
  for (bool more = hash.first(); more; more = hash.next()) {
    append_node(all, to_base32hex(as_bytes(hash.entry().key)) + "." + to_text(zone.apex()),
                dns::read_chain_entry(hash.entry().value).node);
  }
  return all;
}

inline constexpr std::string_view kHead =
    "$TTL 60\n"
    "@ SOA ns.elsewhere. mail. 1 2 3 4 5\n"
    "@ NS ns.elsewhere.\n";

/// Reads HEAD with BODY behind it, whose first line is line 4.
inline ReadZone read_body(std::string_view body, Dnssec dnssec = Dnssec::kDrop) {
  return read_zone_text(std::string(kHead) + std::string(body), "z", example_options(dnssec));
}

/// Findings of HEAD with BODY.
inline std::vector<std::string> findings_of(std::string_view body) {
  return summary(read_body(body).findings);
}

/// Records of HEAD with BODY, the two of HEAD left out; the findings when there is no zone.
inline std::vector<std::string> records_of(std::string_view body) {
  const auto read = read_body(body);
  if (!read.zone) return summary(read.findings);
  auto all = records(*read.zone);
  std::erase_if(all, [](const std::string& r) { return r.find("ns.elsewhere.") != r.npos; });
  return all;
}

using Lines = std::vector<std::string>;

/// A folder with files in it.
class ZoneFolder {
 public:
  Path write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    REQUIRE(replace_file(folder_ / name, text, 0600));
    return folder_ / name;
  }
  [[nodiscard]] const Path& path() const { return folder_.path(); }

 private:
  support::ScopedFolder folder_;
};

}  // namespace danewerk::source

template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) all += "\n    " + line;
    return all.c_str();
  }
};
