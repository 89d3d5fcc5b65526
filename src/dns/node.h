#pragma once

/// \file
/// What stands at one owner name, packed: RRsets in order of type, each with its records in
/// canonical order (RFC 4034 section 6.3) and the RRSIGs that cover it. No heap object a record.
/// Thread-compatible; views point into the zone's pages or the builder's result.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/tree_page.h"
#include "dns/type.h"

namespace danewerk::dns {

/// A list of length-prefixed octet strings, iterated in order.
class RdataList {
 public:
  RdataList() = default;
  RdataList(std::uint32_t count, std::string_view packed) : count_(count), packed_(packed) {}
  [[nodiscard]] std::uint32_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// The packed octets: each RDATA after its length (16 bits, big-endian). For comparing whole
  /// lists.
  [[nodiscard]] std::string_view packed() const { return packed_; }

  class Iterator {
   public:
    // NOLINTBEGIN(readability-identifier-naming): the standard's names
    using value_type = ByteView;
    using difference_type = std::ptrdiff_t;
    // NOLINTEND(readability-identifier-naming)
    explicit Iterator(const char* at) : at_(at) {}
    ByteView operator*() const { return as_bytes({at_ + 2, size()}); }
    Iterator& operator++() {
      at_ += 2 + size();
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++*this;
      return old;
    }
    bool operator==(const Iterator& other) const = default;

   private:
    [[nodiscard]] std::size_t size() const { return load_u16(as_bytes({at_, 2}).data()); }
    const char* at_;
  };
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is another iterator
  [[nodiscard]] Iterator begin() const { return Iterator(packed_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(packed_.data() + packed_.size()); }
  /// REQUIRES: not empty.
  [[nodiscard]] ByteView front() const { return *begin(); }

 private:
  std::uint32_t count_ = 0;
  std::string_view packed_;
};

/// One RRset and the RRSIG RDATA that cover its type. `rdata` is empty when RRSIGs stand there for
/// a type that does not: only in zones that others made.
struct RrsetView {
  RrType type = RrType::kA;
  Ttl ttl = 0;
  RdataList rdata;
  Ttl rrsig_ttl = 0;  ///< meaningful when rrsigs is not empty
  RdataList rrsigs;
};

class NodeView {
 public:
  NodeView() = default;
  /// REQUIRES: packed was made by NodeBuilder.
  explicit NodeView(std::string_view packed) : packed_(packed) {}

  [[nodiscard]] bool empty() const { return packed_.empty(); }
  [[nodiscard]] std::string_view packed() const { return packed_; }
  /// Wire form with the case that was read; empty when all is lower case.
  [[nodiscard]] ByteView cased_owner() const;
  [[nodiscard]] std::optional<RrsetView> find(RrType type) const;
  [[nodiscard]] bool has(RrType type) const;  ///< with at least one record

  class Iterator {
   public:
    // NOLINTBEGIN(readability-identifier-naming): the standard's names
    using value_type = RrsetView;
    using difference_type = std::ptrdiff_t;
    // NOLINTEND(readability-identifier-naming)
    Iterator(const char* at, const char* end) : at_(at), end_(end) { read(); }
    const RrsetView& operator*() const { return rrset_; }
    const RrsetView* operator->() const { return &rrset_; }
    Iterator& operator++() {
      at_ = next_;
      read();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    /// Reads the RRset at at_; goes to the end when there is none, or none that is whole.
    void read();
    const char* at_;
    const char* next_ = nullptr;
    const char* end_;
    RrsetView rrset_;
  };
  /// RRsets in order of type.
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

  /// Lengths and counts agree and the RRsets stand in order: for octets from a file.
  [[nodiscard]] bool is_well_formed() const;

 private:
  std::string_view packed_;
};

/// Makes packed nodes. Reuse one for many nodes: it keeps its memory.
class NodeBuilder {
 public:
  void clear();
  /// Starts from what stands there.
  void load(NodeView node);
  /// Wire form as it shall be printed; all lower case clears it.
  void set_cased_owner(NameView owner);

  /// Adds a record. \returns false when an equal one (canonical form, RFC 4034 section 6.2) is
  /// there already. The TTL of the RRset becomes the least (RFC 2181 section 5.2).
  bool add(RrType type, Ttl ttl, ByteView rdata);
  /// Adds an RRSIG to the RRset of the type that it covers (RFC 4034 section 3.1.1).
  /// REQUIRES: rdata has at least 18 octets.
  bool add_rrsig(Ttl ttl, ByteView rdata);
  /// False when there was none.
  bool remove(RrType type, ByteView rdata);
  /// The whole RRset with its RRSIGs.
  bool remove(RrType type);
  void remove_rrsigs(RrType covered);
  /// Replaces the RRSIGs of a type.
  void set_rrsigs(RrType covered, Ttl ttl, const std::vector<Bytes>& rdata);
  void set_ttl(RrType type, Ttl ttl);

  /// The packed node; empty when nothing stands there. Valid until the next call.
  [[nodiscard]] std::string_view pack();
  /// Least expiration of all RRSIGs, 0 when there is none.
  [[nodiscard]] Deadline earliest_expiration() const;

 private:
  /// RDATA in octets_.
  struct Piece {
    std::uint32_t at;
    std::uint16_t size;
  };
  using Pieces = std::vector<Piece>;
  struct Slot {
    RrType type = RrType::kA;
    Ttl ttl = 0;
    Ttl rrsig_ttl = 0;
    Pieces rdata;  ///< in canonical order, as are the RRSIGs
    Pieces rrsigs;
  };
  Slot* find_slot(RrType type);
  Slot& slot(RrType type);
  void drop(Slot& gone);
  [[nodiscard]] ByteView octets(Piece piece) const;
  bool insert(Pieces& into, RrType type, ByteView rdata);
  void push_all(Pieces& into, const RdataList& list);
  void append_list(const Pieces& list);

  std::string cased_owner_;
  std::string octets_;
  std::vector<Slot> slots_;  ///< the first used_ count, in order of type; the rest keep memory
  std::size_t used_ = 0;
  std::string packed_;
};

/// Canonical order of RDATA (RFC 4034 section 6.3): octets of the canonical form, as unsigned,
/// left-justified.
int compare_canonical(RrType type, ByteView a, ByteView b);
/// Appends the canonical form of RDATA: names in it folded to lower case for the types that
/// RFC 4034 section 6.2 and RFC 6840 section 5.1 list.
void append_canonical(Bytes& out, RrType type, ByteView rdata);

}  // namespace danewerk::dns
