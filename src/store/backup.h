#pragma once

/// \file
/// State and keys in one file that is sealed with a passphrase (crypto/sealed.h), restorable on a
/// bare machine. Everything in both folders is in it: database, snapshots of zones, private keys.
/// Thread-compatible.

#include <string>

#include "base/file.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/sealed.h"

namespace danewerk::store {

struct BackupTask {
  Path file;             ///< the backup
  Path state;            ///< state folder
  Path keys;             ///< key store
  Path passphrase_file;  ///< 0600; a line feed at its end is no part of the passphrase
  sys_seconds now{};
  std::string who{};          ///< who restores, for the audit log
  crypto::ScryptCost cost{};  ///< of a new backup
  /// Whether a restored state waits until its secondaries said what they serve.
  enum class Secondaries : std::uint8_t { kAwaited, kNotAsked };
  Secondaries secondaries = Secondaries::kAwaited;
};

/// Writes the backup (0600), whole or not at all. Reads the database while others may write;
/// snapshots and keys are of one moment only under the state's lock.
/// kRefused when others can reach the passphrase file, when there is a file of that name, or when
/// it would lie within what it holds.
Result<void> write_backup(const BackupTask& task);

/// Makes both folders from a backup, and marks the state as restored (State::restored_at) unless
/// nobody is to be asked. Everything is written beside them and renamed when all of it was checked:
/// keys first, then the state. kRefused when either is there and not empty, or a newer program made
/// the backup; kBadInput for another passphrase; kCorrupt when anything in the backup is missing or
/// changed.
Result<void> restore_backup(const BackupTask& task);

}  // namespace danewerk::store
