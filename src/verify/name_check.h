#pragma once

/// \file
/// One owner name: its RRsets, what may and must be signed there, and its NSEC or its place in the
/// NSEC3 chain. Belongs to one thread; keeps keys' contexts and memory.

#include <optional>
#include <string_view>

#include "verify/bitmap.h"
#include "verify/context.h"
#include "verify/signature_check.h"
#include "verify/walk.h"

namespace danewerk::verify {

class NameCheck {
 public:
  explicit NameCheck(const Context& context);

  /// A name with at least one RRset, and what it is.
  struct Subject {
    std::string_view key;
    const Owner& owner;
    dns::NodeView node;
    Role role;
  };

  /// RRsets of the name and its own NSEC or NSEC3.
  /// \param known  the node of the same name and role in a version that was found good: RRsets
  /// equal
  ///               to those there are not looked at again. Empty: all are.
  void check(const Subject& subject, dns::NodeView known, Collector& out);

  /// The NSEC3 of an empty non-terminal.
  void check_empty_non_terminal(std::string_view key, const Owner& owner, Collector& out);

  /// The next name of the NSEC at OWNER has to be NEXT (RFC 4034 section 4.1.1).
  void check_nsec_next(const Owner& owner, ByteView nsec, const Owner& next, Collector& out) const;

  SignatureCheck& signatures() { return signatures_; }

 private:
  void check_rrset(const Subject& subject, const dns::RrsetView& rrset, Collector& out);
  void check_type(const Subject& subject, const dns::RrsetView& rrset, Collector& out) const;
  void report_surplus(const Subject& subject, const dns::RrsetView& rrset, Collector& out);
  void expect_types(const Subject& subject);
  void check_nsec(const Subject& subject, Collector& out);
  void check_nsec3(const Subject& subject, Collector& out);
  bool check_nsec3_there(const Owner& owner, ByteView hash, Collector& out);
  bool is_opted_out();
  bool has_chain_name_below(std::string_view key);

  const Context& context_;
  SignatureCheck signatures_;
  BitmapCheck bitmap_;
  dns::Tree::Cursor denial_;
};

/// What the chain holds for a hash.
struct ChainRecord {
  bool is_there = false;  ///< with an NSEC3, readable or not
  std::uint32_t ttl = 0;
  std::optional<Nsec3Fields> fields;
};
/// Reads an entry of the zone's NSEC3 tree: the records there, nothing of what the signer noted.
ChainRecord read_chain_record(std::string_view packed);

}  // namespace danewerk::verify
