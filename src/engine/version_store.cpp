#include "engine/version_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "crypto/signature.h"
#include "dns/delta.h"
#include "dns/snapshot.h"
#include "store/key_file_name.h"

namespace danewerk::engine {

namespace {

constexpr mode_t kSnapshotMode = 0600;

Bytes next_digest(ByteView before, ByteView delta) {
  crypto::DigestStream stream(crypto::DigestType::kSha256);
  stream.update(before);
  stream.update(delta);
  const auto digest = stream.finish();
  return {digest.view().begin(), digest.view().end()};
}

constexpr const char* kHint =
    "restore a backup of the state folder, or remove the zone and start it anew";

tl::unexpected<Error> not_there(std::string_view zone) {
  return fail(Errc::kCorrupt, fmt::format("the newest version of {} is not in the state", zone),
              kHint);
}

Result<dns::Name> apex_of(const model::ZoneState& zone) {
  return dns::name_from_text(zone.name);
}

}  // namespace

Path snapshot_path(const Path& state_folder, std::string_view zone, model::VersionNumber version) {
  auto stem = std::string("root");
  if (const auto name = dns::name_from_text(zone)) {
    stem = store::own_prefix(name->view());
    stem.pop_back();  // "+"
  }
  return state_folder / "versions" / fmt::format("{}+{}.snapshot", stem, version);
}

Result<StoredZone> read_stored(const store::State& state, std::string_view zone) {
  StoredZone stored;
  DW_TRY(stored.state, state.load(zone));
  if (!stored.state || stored.state->version == 0) return stored;
  const auto base = stored.state->snapshot_version;
  DW_TRY(auto records, state.versions_after(zone, 0));
  for (auto& record : records) {
    if (record.version < base) {
      stored.older.push_back(std::move(record));
    } else if (record.version == base) {
      stored.base = std::move(record);
    } else {
      stored.deltas.push_back(std::move(record));
    }
  }
  return stored;
}

Result<dns::Zone> load_version(const StoredZone& stored, const Path& state_folder,
                               const model::ZoneState& zone) {
  DW_TRY(const auto apex, apex_of(zone));
  dns::Zone current(apex.view());
  if (zone.version == 0) return current;
  Bytes digest;
  if (zone.snapshot_version != 0) {
    if (!stored.base) return not_there(zone.name);
    digest = stored.base->digest;
    DW_TRY(current,
           dns::open_snapshot(snapshot_path(state_folder, zone.name, zone.snapshot_version)));
  }
  auto expected = zone.snapshot_version + 1;
  for (const auto& version : stored.deltas) {
    const bool follows = version.version == expected++;
    if (!follows || next_digest(digest, version.delta) != version.digest) {
      return fail(Errc::kCorrupt,
                  fmt::format("version {} of {} in the state is not what was recorded",
                              version.version, zone.name),
                  kHint);
    }
    digest = version.digest;
    DW_TRY(current, dns::apply_delta(current, version.delta));
  }
  if (expected != zone.version + 1 || digest != zone.digest) return not_there(zone.name);
  return current;
}

Result<model::VersionRecord> record_version(const dns::Change& change, const Path& state_folder,
                                            model::ZoneState& zone) {
  model::VersionRecord record;
  record.version = ++zone.version;
  record.delta = dns::pack_delta(change);
  record.digest = next_digest(zone.digest, record.delta);
  if (record.delta.size() > kLargestDelta) {
    const auto path = snapshot_path(state_folder, zone.name, record.version);
    DW_TRY_VOID(make_folder(path.parent_path(), 0700));
    DW_TRY_VOID(dns::write_snapshot(change.after, path, kSnapshotMode));
    record.delta.clear();
    zone.snapshot_version = record.version;
  }
  zone.digest = record.digest;
  return record;
}

Result<bool> fold(const dns::Zone& newest, const Path& state_folder, model::ZoneState& zone) {
  if (zone.version - zone.snapshot_version < kMostDeltas) return false;
  const auto path = snapshot_path(state_folder, zone.name, zone.version);
  DW_TRY_VOID(make_folder(path.parent_path(), 0700));
  DW_TRY_VOID(dns::write_snapshot(newest, path, kSnapshotMode));
  zone.snapshot_version = zone.version;
  return true;
}

void drop_old_snapshots(const Path& state_folder, const model::ZoneState& zone) {
  const auto kept =
      snapshot_path(state_folder, zone.name, zone.snapshot_version).filename().string();
  const auto prefix = kept.substr(0, kept.rfind('+') + 1);
  std::error_code ignored;  // what cannot be removed now is removed by a later pass
  for (const auto& entry :
       std::filesystem::directory_iterator(state_folder / "versions", ignored)) {
    const auto name = entry.path().filename().string();
    const bool ours = name.starts_with(prefix) && name.ends_with(".snapshot") &&
                      name.find('+', prefix.size()) == std::string::npos;
    if (ours && name != kept) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace danewerk::engine
