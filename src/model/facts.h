#pragma once

/// \file
/// What is known of the world outside: which versions are published, who was seen serving which,
/// what the parents show, and which TTLs caches may still count down. The rollover engine computes
/// from these and from nothing else. Value types.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/visibility.h"

namespace danewerk::model {

/// A version of the zone that left the house.
struct Publication {
  VersionNumber version = 0;
  std::uint32_t serial = 0;
  /// When the output was in place and `after-publish` had succeeded; none while it has not.
  std::optional<sys_seconds> published{};
  bool operator==(const Publication&) const = default;
};

/// A listed secondary that is observed.
struct Secondary {
  std::string address;  ///< "192.0.2.53@53"
  /// When it was first seen with that version or a newer one. Ascending by version.
  struct Sight {
    VersionNumber version = 0;
    sys_seconds at{};
    bool operator==(const Sight&) const = default;
  };
  std::vector<Sight> seen{};
  /// The operator's word: versions up to this one are not waited for here while it is silent.
  VersionNumber released = 0;
  /// Since when every look found it silent, or not serving the zone.
  std::optional<sys_seconds> silent_since{};
  /// Why what it shows does not count, whatever its serial: a sentence that begins with a verb. Of
  /// an owner of TLSA records (TlsaOwner::shown), not of a zone.
  std::string trouble{};
  bool operator==(const Secondary&) const = default;
};

/// What caches may hold, by kind.
enum class LedgerKind : std::uint8_t {
  kDnskey,  ///< TTL of the DNSKEY RRset
  kSigned,  ///< largest TTL of any RRset that the zone's keys sign, DNSKEY apart, denial included
  kDenial,  ///< how long a negative answer is cached: the lesser of SOA TTL and SOA MINIMUM
            ///< (RFC 2308 section 5, RFC 9077)
  kExpire,  ///< SOA EXPIRE: how long a secondary that is cut off goes on serving
};

/// A value that a run of versions had. Entries of one kind may overlap in nothing but time.
struct LedgerEntry {
  LedgerKind kind = LedgerKind::kDnskey;
  seconds value{0};
  VersionNumber first = 0;  ///< first version with it
  VersionNumber until = 0;  ///< first version without it; 0: it still has it
  bool operator==(const LedgerEntry&) const = default;
};

/// What the parents' servers show of a key's DS; moments at which two looks in succession, at least
/// ten minutes apart, agreed. At most one of both is set: a DS that went is not seen any more. Any
/// look that disagrees ends it, and so does the engine when it asks for a DS to come or to go: the
/// two looks begin anew.
struct DsSight {
  std::optional<sys_seconds> seen{};  ///< every parent server shows a usable digest of the key
  std::optional<sys_seconds> gone{};  ///< none shows any digest of it
  bool by_operator = false;           ///< `key ds-seen`, `key ds-gone`
  /// The first of the looks in a row that agree; set before `seen` or `gone` is.
  std::optional<sys_seconds> seen_first{};
  std::optional<sys_seconds> gone_first{};
  bool operator==(const DsSight&) const = default;
};

/// A TTL that the parents showed a DS with.
struct DsTtl {
  seconds ttl{0};
  std::optional<sys_seconds> ended{};  ///< the first look that found it replaced; none: it is out
  bool operator==(const DsTtl&) const = default;
};

struct Facts {
  /// Ascending by version; those that no record's state, ledger entry or secondary refers to may be
  /// left out, but the newest is there once there is any.
  std::vector<Publication> publications;
  std::vector<Secondary> secondaries;         ///< empty: nobody is listed
  std::vector<LedgerEntry> ledger;            ///< entries that ran out may be left out
  std::map<std::string, DsSight> ds;          ///< by key identity
  std::vector<DsTtl> ds_ttls;                 ///< descending; those that ran out may be left out
  seconds largest_ds_ttl{0};                  ///< ever seen at the parents and not run out
  seconds soa_refresh{0};                     ///< of the present version
  seconds soa_retry{0};                       ///< of the present version
  std::uint64_t signatures = 0;               ///< RRSIGs that ZSKs make, for `roll-in: auto`
  std::optional<sys_seconds> looked{};        ///< last look at the secondaries
  std::optional<sys_seconds> looked_at_ds{};  ///< last look at the parents
  /// Why no irreversible step may be taken now: a clock that stood still, a long gap, a restored
  /// backup. Empty: they may (design: time).
  std::string held{};
  bool operator==(const Facts&) const = default;
};

}  // namespace danewerk::model
