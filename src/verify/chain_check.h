#pragma once

/// \file
/// The NSEC3 chain as such: each record's form, parameters, flags, signature, and that the ring is
/// closed (RFC 5155 section 7.1). Whether each is for a name is asked from the names' side.
/// Belongs to one thread.

#include <string_view>

#include "verify/context.h"
#include "verify/name_check.h"
#include "verify/signature_check.h"

namespace danewerk::verify {

class ChainCheck {
 public:
  /// \param signatures  the thread's own; must outlive this.
  ChainCheck(const Context& context, SignatureCheck& signatures);

  /// One entry of the zone's NSEC3 tree, and its link to the next record.
  void check(const dns::Tree::Entry& entry, Collector& out);

  /// The link and flag of a record that is itself unchanged, for when a neighbour is not.
  void check_link(std::string_view hash, Collector& out);

  /// Number of NSEC3 records met.
  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  struct Subject {
    std::string_view hash;
    const Owner& owner;
    const Nsec3Fields& fields;
  };
  void check_rrset(const Subject& subject, const dns::RrsetView& rrset, Collector& out);
  void check_fields(const Subject& subject, Collector& out) const;
  void check_ring(const Subject& subject, Collector& out);
  bool step_to_record(bool (dns::Tree::Cursor::*step)(), bool (dns::Tree::Cursor::*wrap)());

  const Context& context_;
  SignatureCheck& signatures_;
  dns::Tree::Cursor ring_;
  std::uint64_t records_ = 0;
};

/// NSEC3 records that are for no name of the zone, and names that hash alike. Slow, for zones in
/// which the counts have shown that there are some.
void find_surplus_records(const Context& context, Collector& out);

}  // namespace danewerk::verify
