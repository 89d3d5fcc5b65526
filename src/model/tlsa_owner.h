#pragma once

/// \file
/// What resolvers may hold of the TLSA RRset at an owner name: the versions that have not run out,
/// and where each record stands. Value types; thread-compatible.

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "model/tlsa_elsewhere.h"
#include "model/visibility.h"

namespace danewerk::model {

/// RDATA of TLSA records: usage, selector, matching type, then the data (RFC 6698 section 2.1).
using RdataSet = std::set<Bytes>;

/// The three numbers of a record. RFC 7671 section 8: each combination has to be enough by itself.
struct TlsaCombination {
  std::uint8_t usage = 3;
  std::uint8_t selector = 1;
  std::uint8_t matching = 1;
  /// Usages 2 and 3: those that DANE clients evaluate without a store of their own.
  [[nodiscard]] bool is_dane() const { return usage == 2 || usage == 3; }
  [[nodiscard]] bool names_issuer() const { return usage == 0 || usage == 2; }
  /// One certificate of the server, not its key.
  [[nodiscard]] bool names_certificate() const { return !names_issuer() && selector == 0; }
  auto operator<=>(const TlsaCombination&) const = default;
};
/// "3 1 1".
std::string to_text(const TlsaCombination& combination);
/// REQUIRES: at least three octets.
TlsaCombination combination_of(const Bytes& rdata);
/// Each combination of these records once.
std::set<TlsaCombination> combinations_of(const RdataSet& records);
/// "3 1 1 0123abcd...", for messages.
std::string label(const Bytes& rdata);

/// a without b; what both have; both together.
RdataSet without(const RdataSet& a, const RdataSet& b);
RdataSet common(const RdataSet& a, const RdataSet& b);
RdataSet together(RdataSet a, const RdataSet& b);

/// A version of the RRset that a resolver may still hold.
struct TlsaVersion {
  RdataSet records{};       ///< all at the owner, whoever wants them; empty: there is none
  bool is_unknown = false;  ///< nobody here saw what it had
  seconds ttl{0};           ///< as it was published; of an empty one, how long that is cached
  VersionNumber first = 0;  ///< first version of the zone with it; 0: from before all that is known
  VersionNumber until = 0;  ///< first version of the zone without it; 0: it is the present one
  sys_seconds made{};       ///< when it was committed
  /// When every authoritative address served it, or something newer (t_all).
  std::optional<sys_seconds> everywhere{};
  /// When the slowest authoritative address served it last.
  std::optional<sys_seconds> last_served{};
  /// The latest expiration of any signature that was made over it: until then a thief can replay
  /// it.
  std::optional<sys_seconds> signed_until{};
  bool operator==(const TlsaVersion&) const = default;
};

/// Where a record stands. Hidden ones are left out.
struct TlsaRecord {
  Bytes rdata{};
  RecordState state{};
  bool operator==(const TlsaRecord&) const = default;
};

/// A version of the zone, and when every authoritative address served it.
struct Milestone {
  VersionNumber version = 0;
  std::optional<sys_seconds> everywhere{};
  bool operator==(const Milestone&) const = default;
};

/// An alias that the author put where the records stood. It is held back until they are known where
/// it leads; meanwhile they stand at both names.
struct ComingAlias {
  std::string target{};     ///< canonical text
  Milestone there{};        ///< the first version with the records at the target
  seconds negative_ttl{0};  ///< how long the answer that there are none is cached (RFC 2308)
  seconds ttl{0};           ///< of others' records that stood there before; 0: there were none
  RdataSet authors{};       ///< the author's at the target
  bool is_placed = true;    ///< the records stand there; not while others there have other kinds
  bool operator==(const ComingAlias&) const = default;
};

/// Where an alias led before: resolvers may hold it, and so the records stand there a while longer.
struct FormerPlace {
  std::string name{};  ///< canonical text
  Milestone left{};    ///< the first version without the alias
  seconds ttl{0};      ///< of the alias
  RdataSet authors{};  ///< the author's there
  bool operator==(const FormerPlace&) const = default;
};

/// MX and SRV records of the zone that name the owner's host and port: who has one in a cache goes
/// on asking for the records.
struct Pointers {
  seconds ttl{0};    ///< the largest of them; 0: there are none, and were none
  Milestone left{};  ///< the first version without them; version 0: they stand there
  bool operator==(const Pointers&) const = default;
};

/// A listed secondary of a zone of ours, and what it was seen with of an owner's records.
struct ShownAt {
  std::string address;  ///< as Secondary::address
  /// When it was first seen with the records of that version of the zone.
  std::vector<Secondary::Sight> seen{};
  std::string trouble{};  ///< of the last look, as Secondary::trouble; empty: there was none
  bool operator==(const ShownAt&) const = default;
};

struct TlsaOwner {
  std::string name;  ///< "_25._tcp.mx1.example.org."
  /// Ascending, the last one is the present; those that nobody can hold any more are left out.
  std::vector<TlsaVersion> versions{};
  std::vector<TlsaRecord> records{};
  std::string target{};    ///< where aliases lead, the records stand there; empty: it is none
  seconds alias_ttl{0};    ///< largest TTL of these aliases, now or before; 0: none
  std::string obstacle{};  ///< why what clients get there is not known: a sentence; empty: it is
  /// Records of the zone's author at this owner, which nobody has adopted.
  RdataSet foreign{};
  std::optional<ComingAlias> coming{};
  std::vector<FormerPlace> former{};
  std::optional<Pointers> pointers{};  ///< none: nobody looked for them yet
  std::vector<ShownAt> shown{};        ///< empty: no secondary was asked for the records yet
  /// Of an owner in a zone that is signed elsewhere.
  std::optional<Elsewhere> elsewhere{};

  /// The name at which the records stand.
  [[nodiscard]] const std::string& place() const { return target.empty() ? name : target; }
  /// The records of the present version.
  [[nodiscard]] const RdataSet& present() const;
  /// Hidden when it is not listed.
  [[nodiscard]] Visibility visibility(const Bytes& rdata) const;
  /// Of an owner in a zone that is signed elsewhere: present records that other hosts put there.
  [[nodiscard]] RdataSet others() const;
  [[nodiscard]] bool is_out(const Bytes& rdata) const { return present().contains(rdata); }
  bool operator==(const TlsaOwner&) const = default;
};

/// A version from before an owner was first seen with records: whatever it had, resolvers may hold.
/// \param until  first version of the zone of which the records are known.
TlsaVersion unknown_version(seconds ttl, VersionNumber until);

/// An owner that had no records until now, and how long resolvers keep that answer: the lesser of
/// SOA TTL and SOA MINIMUM (RFC 2308 section 5).
TlsaOwner empty_owner(std::string name, seconds negative_ttl);

}  // namespace danewerk::model
