#pragma once

/// \file
/// Where the zone is cut (RFC 4035 section 2.2, RFC 6672 section 2.4): what is data of the zone,
/// what is a delegation, what lies below a cut. verify's own answers, from owners and types alone.
/// Thread-compatible.

#include <cstdint>
#include <string_view>

#include "dns/zone.h"
#include "verify/owner.h"

namespace danewerk::verify {

/// What a name with records is.
enum class Role : std::uint8_t {
  kAuthoritative,
  kDelegation,  ///< NS, and not the apex
  kOccluded,    ///< below a delegation or a DNAME
};

/// Whether anything but RRSIGs stands there.
bool has_records(dns::NodeView node);
/// Whether names below are cut off: NS away from the apex, or DNAME.
bool is_cut(dns::NodeView node, bool is_apex);
/// Whether the delegation at NODE is without DS.
bool is_insecure(dns::NodeView node);

/// Follows cuts while names come by in canonical order.
class CutWalk {
 public:
  Role see(const Owner& owner, dns::NodeView node, const Owner& apex);
  /// Starts behind a cut that was met before.
  void enter(const Owner& cut);

 private:
  Owner cut_;
  bool has_cut_ = false;
};

/// Labels of KEY's ancestor, counted from the apex, that cuts KEY off; -1 when none does.
int cut_above(const dns::Zone& zone, std::string_view key);
/// The role of a name that has records, found by looking at its ancestors.
Role role_of(const dns::Zone& zone, std::string_view key, dns::NodeView node);

/// Labels in a key.
unsigned key_labels(std::string_view key);

/// Moves along the names that have records and are not occluded: those that NSEC links.
class ChainWalk {
 public:
  explicit ChainWalk(const dns::Zone& zone);
  /// The name before KEY; REQUIRES: key is not the apex. Key of a name in the tree.
  std::string_view before(std::string_view key);
  /// The name after KEY, which is itself one of them; the apex (empty) after the last one.
  std::string_view after(std::string_view key);

 private:
  const dns::Zone& zone_;
  dns::Tree::Cursor cursor_;
};

}  // namespace danewerk::verify
