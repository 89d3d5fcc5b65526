#pragma once

/// \file
/// Keys in a folder: ours (NAME.pem, PKCS#8, with NAME.dnskey beside it, which says what never
/// changes) and BIND's (K*.key, K*.private). Names of files: key_file_name.h. Not for two writers
/// at once: the lock of the state folder is the caller's.

#include <functional>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "model/key.h"
#include "store/key_access.h"

namespace danewerk::store {

/// All keys of a zone in a folder.
struct LoadedKeys {
  /// Those that sign DNSKEY first, then by algorithm, tag, identity.
  std::vector<model::Key> keys;
  /// KEY-RSA-SHORT (warning): fewer than 2048 bits. KEY-TWICE (info): the same key in two files.
  /// KEY-UNFINISHED (warning): a private half of ours without its record, left by a power cut.
  Findings findings;
};

/// Loads every key of the zone, public-only .key files too. Any file of that zone which cannot be
/// read or understood is an error, so that no key is ever taken for missing. Refused: reach that
/// promise P7 does not allow, halves that do not belong together, an RSA modulus outside 1024 to
/// 4096 bits, keys that a tag cannot tell apart (the revoked form included).
///
/// Roles: ours are recorded. Of BIND's, a key with the SEP flag is a KSK and one without a ZSK;
/// where an algorithm has no key to sign the zone with, its KSKs are CSKs.
Result<LoadedKeys> load_keys(const KeyFolder& folder, dns::NameView zone);

/// What to make.
struct NewKey {
  crypto::Algorithm algorithm = crypto::Algorithm::kRsaSha256;
  unsigned bits = 2048;  ///< RSA only
  model::KeyRole role = model::KeyRole::kZsk;
};

/// Makes a key whose tag collides with none that the folder has for this zone, and stores it as
/// `import_key` does. The folder must be there.
Result<model::Key> create_key(const KeyFolder& folder, dns::NameView zone, const NewKey& wanted,
                              sys_seconds now);

/// Stores a key with both halves in our form: first the private half, then the record, each written
/// aside, synced and renamed. From the record on, the key exists. Without a moment of creation it
/// gets NOW; other moments are not stored. \returns it as it is read back.
/// kRefused when the folder has it already, or its tag collides with another's.
Result<model::Key> import_key(const KeyFolder& folder, dns::NameView zone, const model::Key& key,
                              sys_seconds now);

/// Takes a key of ours that nothing needs any more out of sight: both files get `.removed` behind
/// their names, so that it never comes back as a new one. Nothing to do when that was done.
Result<void> set_aside(const KeyFolder& folder, dns::NameView zone, const model::Key& key);

/// Reads one of BIND's pairs, for import: the .private file, the .key file, or what both begin
/// with.
Result<model::Key> read_bind_pair(const Path& file, dns::NameView zone, FolderKind kind);

/// Writes the key as BIND has it, for dnssec-signzone, ldns-signzone and Knot's `keymgr
/// import-bind`.
/// \returns what both names begin with, without extension. kRefused when a file is there already,
/// or the key cannot leave the place where it lives.
Result<Path> write_bind_pair(const Path& folder, dns::NameView zone, const model::Key& key);

/// Takes keys from `make` until one comes whose tag, plain or revoked, collides with none of TAKEN.
using MakeKey = std::function<Result<std::unique_ptr<crypto::PrivateKey>>()>;
Result<std::unique_ptr<crypto::PrivateKey>> distinct_key(const std::vector<model::Key>& taken,
                                                         std::uint16_t flags, const MakeKey& make);

}  // namespace danewerk::store
