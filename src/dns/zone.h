#pragma once

/// \file
/// One version of a zone: names in canonical order, NSEC3 records in order of their hash.
/// Immutable; any number of threads may read it. A version shares pages with those that it came
/// from.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dns/name.h"
#include "dns/node.h"
#include "dns/tree.h"

namespace danewerk::dns {

/// What a name is in its zone (RFC 9499).
enum class Standing : std::uint8_t {
  kAbsent,  ///< neither records nor names below it
  kApex,
  kAuthoritative,     ///< data of this zone
  kEmptyNonTerminal,  ///< no records, but names with records below it
  kDelegation,        ///< NS records, not the apex
  kOccluded,          ///< below a delegation (glue) or below a DNAME
};

/// A zone's version. `names`: sort key relative to the apex -> packed node; deadline: least RRSIG
/// expiration there. `denial`: NSEC3 hash (raw octets) -> packed chain entry (see below).
/// Empty non-terminals have no entry in `names`: the order answers for them.
class Zone {
 public:
  explicit Zone(NameView apex);
  Zone(NameView apex, Tree names, Tree denial);

  [[nodiscard]] NameView apex() const { return apex_; }
  [[nodiscard]] const Tree& names() const { return names_; }
  [[nodiscard]] const Tree& denial() const { return denial_; }

  /// The node at a key, empty when nothing stands there.
  [[nodiscard]] NodeView node(std::string_view key) const;
  [[nodiscard]] NodeView apex_node() const { return node({}); }
  /// O(labels * log n).
  [[nodiscard]] Standing standing(std::string_view key) const;
  /// Key of the delegation or DNAME owner above or at the key (the apex's NS do not count); for a
  /// DNAME at the key itself: none, it only occludes what is below.
  [[nodiscard]] std::optional<std::string_view> cut_above(std::string_view key) const;
  /// The wildcard directly below the key exists (RFC 4592 section 2.1.1).
  [[nodiscard]] bool has_wildcard_child(std::string_view key) const;
  /// Any name with records stands strictly below the key.
  [[nodiscard]] bool has_names_below(std::string_view key) const;

 private:
  Name apex_;
  Tree names_;
  Tree denial_;
};

/// Follows delegations and DNAMEs while names come by in canonical order.
class CutTracker {
 public:
  /// What the node at KEY is. REQUIRES: keys come in ascending order and none that has records was
  /// left out, except below a cut.
  Standing see(std::string_view key, NodeView node);

 private:
  std::string cut_;
  bool inside_ = false;
};

/// An entry of the `denial` tree: the records at a hashed owner name, and what the signer needs to
/// know of the name behind it. Zones that were read from a text have no back reference.
struct ChainEntry {
  std::uint32_t children = 0;  ///< names in the chain directly below this one; 0 when not known
  std::string_view name_key;   ///< sort key of the name hashed
  bool has_name = false;       ///< name_key and children are known
  NodeView node;               ///< NSEC3 RRset and RRSIGs
};
ChainEntry read_chain_entry(std::string_view packed);
void pack_chain_entry(std::string& out, const ChainEntry& entry);

/// Two versions. What was removed and added is what differs between them: a change holds no records
/// of its own. Applied: `after`. Inverted: swapped.
struct Change {
  Zone before;
  Zone after;
  [[nodiscard]] Change inverted() const { return {after, before}; }
};

/// One RRset that a change touches; either side may be empty.
struct RrsetDifference {
  std::string_view key;  ///< sort key, or NSEC3 hash when `in_denial`
  bool in_denial = false;
  RrType type = RrType::kA;
  std::optional<RrsetView> before;
  std::optional<RrsetView> after;
};
/// In order of names, then hashes; within one by type. Case of owner names, deadlines and back
/// references of chain entries are no part of an RRset. Cost: the pages that differ; how many that
/// were is what comes back.
std::uint64_t for_each_difference(const Change& change,
                                  const std::function<void(const RrsetDifference&)>& fn);

}  // namespace danewerk::dns
