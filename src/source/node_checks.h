#pragma once

/// \file
/// What must hold among the records of one owner. Thread-compatible.

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "dns/record.h"

namespace danewerk::source {

/// One record with the file that it came from.
struct PlacedRecord {
  const dns::RecordView* record;
  dns::Ttl ttl;  ///< with what it inherits
  const std::string* file_name;
  bool is_duplicate;  ///< an equal one came before
};

/// Collects what one node has; reused from node to node.
class NodeChecks {
 public:
  explicit NodeChecks(dns::NameView apex) : apex_(apex) {}

  /// Begins a node. The key must stay until `finish`.
  void begin(std::string_view key);
  void see(const PlacedRecord& placed, Findings& findings);
  /// What only shows when all records are there.
  void finish(Findings& findings) const;

  [[nodiscard]] bool has(dns::RrType type) const { return find(type) != nullptr; }
  /// Where the node's first record stands.
  [[nodiscard]] Place first_place() const;

 private:
  struct Seen {
    dns::RrType type;
    dns::Ttl ttl;
    const std::string* file_name;
    std::uint32_t line;
    std::uint32_t count;  ///< different ones
    std::size_t octets;
    bool has_ttl_finding;
    bool has_size_finding;
  };
  [[nodiscard]] const Seen* find(dns::RrType type) const;
  void check_cname(Findings& findings) const;
  void check_cuts(Findings& findings) const;
  [[nodiscard]] Finding finding(std::string_view id, const Seen& at, std::string message) const;
  [[nodiscard]] std::string owner() const;

  dns::NameView apex_;
  std::string_view key_;
  std::vector<Seen> seen_;
};

}  // namespace danewerk::source
