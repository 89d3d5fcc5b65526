#pragma once

/// \file
/// The versions of a zone between memory, the database and snapshot files (design: state and crash
/// safety): loading the newest one, and the record of the next. Not for two writers at once.

#include <optional>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "dns/zone.h"
#include "model/zone_state.h"
#include "store/state.h"

namespace danewerk::engine {

/// Deltas beyond this many octets become a snapshot file instead.
inline constexpr std::size_t kLargestDelta = std::size_t{4} << 20;
/// So many deltas are applied at most before they are folded into a snapshot file.
inline constexpr model::VersionNumber kMostDeltas = 64;

/// Where the snapshot of a version lies.
Path snapshot_path(const Path& state_folder, std::string_view zone, model::VersionNumber version);

/// What the database has of a zone, read by the thread that owns it.
struct StoredZone {
  std::optional<model::ZoneState> state{};
  std::optional<model::VersionRecord> base{};  ///< of the snapshot, when there is one
  std::vector<model::VersionRecord> deltas{};  ///< all after it
  std::vector<model::VersionRecord> older{};   ///< before it, kept for what caches may hold
};
Result<StoredZone> read_stored(const store::State& state, std::string_view zone);

/// The newest committed version; the empty zone when there is none. kCorrupt when the chain of
/// digests does not hold.
Result<dns::Zone> load_version(const StoredZone& stored, const Path& state_folder,
                               const model::ZoneState& zone);

/// The record of `change.after` as the version after `zone.version`. A change too large for the
/// database is written as a snapshot file first, complete and on disk when this returns; then
/// `zone.snapshot_version` names it.
Result<model::VersionRecord> record_version(const dns::Change& change, const Path& state_folder,
                                            model::ZoneState& zone);

/// Writes a snapshot of the newest version when loading it would take too many deltas.
/// \returns whether `zone.snapshot_version` moved.
Result<bool> fold(const dns::Zone& newest, const Path& state_folder, model::ZoneState& zone);

/// Removes snapshot files of this zone that the state does not name.
void drop_old_snapshots(const Path& state_folder, const model::ZoneState& zone);

}  // namespace danewerk::engine
