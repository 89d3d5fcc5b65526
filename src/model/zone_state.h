#pragma once

/// \file
/// All that is remembered of a managed zone between two passes, the records of its versions apart.
/// Value types; thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "model/facts.h"
#include "model/key_ring.h"
#include "model/visibility.h"

namespace danewerk::model {

/// A file as it was when it was last read or written: content decides, the rest saves reading it.
struct FileMark {
  std::string path;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< nanoseconds since 1970
  std::uint64_t inode = 0;
  Bytes digest{};  ///< SHA-256 of the content
  bool operator==(const FileMark&) const = default;
};

/// A finding that is told once when it comes up, and then daily.
struct StandingFinding {
  std::string id;
  std::string level;  ///< "error", "warning", "info"
  std::string text;   ///< the finding as it is printed
  sys_seconds since{};
  sys_seconds told{};
  bool operator==(const StandingFinding&) const = default;
};

struct ZoneState {
  std::string name;  ///< presentation form, lower case, with final dot
  KeyRing ring;
  Facts facts;

  VersionNumber version = 0;           ///< the newest that is committed; 0: none yet
  VersionNumber snapshot_version = 0;  ///< the newest that is a snapshot file; 0: none
  std::uint32_t serial = 0;            ///< of that version
  std::optional<std::uint32_t> source_serial{};
  Bytes digest{};  ///< of that version: a chain over deltas
  /// The next serial is at least this (`zone serial --at-least`), once.
  std::optional<std::uint32_t> serial_floor{};
  /// The largest serial that was ever committed or seen anywhere: the next one is greater.
  std::optional<std::uint32_t> largest_serial{};
  std::optional<sys_seconds> earliest_expiration{};

  std::vector<FileMark> source{};    ///< zone file, then what it includes; empty: never read
  std::optional<FileMark> output{};  ///< as we wrote it
  VersionNumber output_version = 0;  ///< version that the output file holds
  std::string policy_digest{};  ///< of the policy and zone configuration that the last pass used
  std::optional<sys_seconds> wake{};  ///< when the engine wants to be asked again
  std::optional<sys_seconds> last_pass{};
  std::string last_outcome{};  ///< of the last pass, a sentence
  bool is_frozen = false;
  bool is_step_released = false;  ///< manual mode: the next step may be taken
  std::vector<StandingFinding> findings{};
  /// Waits of the last pass as JSON, for `status`.
  std::string waits_json{};
  bool operator==(const ZoneState&) const = default;
};

/// A committed version.
struct VersionRecord {
  VersionNumber version = 0;
  std::uint32_t serial = 0;
  std::optional<std::uint32_t> source_serial{};
  sys_seconds made{};
  std::string why{};  ///< a sentence: what made it
  /// What differs from the version before (dns/delta.h). Empty: the version is a snapshot file of
  /// its own, complete on disk before this record was committed.
  Bytes delta{};
  Bytes digest{};  ///< of the predecessor's digest and the delta; of a snapshot, of its content
  Bytes census{};  ///< which keys sign what in it (verify/census.h); opaque here
};

/// What happened, one line: the audit log.
struct Event {
  std::int64_t number = 0;  ///< given by the store
  sys_seconds at{};
  std::string zone{};  ///< empty: not about a zone
  std::string who{};   ///< "engine", or the user who typed it
  std::string what{};  ///< "key made", "DNSKEY of ZSK 12345: hidden -> rumoured"
  std::string rule{};  ///< that allowed it; may be empty
};

}  // namespace danewerk::model
