#pragma once

/// \file
/// Texts of keys: DNSKEY records with their comments (our .dnskey files, BIND's .key files) and
/// BIND's private key files. Parsers take any octets. No state.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "dns/name.h"
#include "model/key.h"

namespace danewerk::store {

/// A file with one DNSKEY record.
struct KeyRecord {
  dns::Name owner;
  model::Dnskey dnskey;
  /// Comment lines of the form "; Name: value".
  std::map<std::string, std::string, std::less<>> notes;
};

/// One DNSKEY record, with or without TTL and class; parentheses and comments as in master files
/// (RFC 1035 section 5.1). kBadInput when there is none, more than one, or another record.
Result<KeyRecord> parse_key_record(std::string_view text);

/// "OWNER IN DNSKEY FLAGS 3 ALGORITHM KEY", without line end.
std::string key_record_text(dns::NameView owner, const model::Dnskey& key);

/// Our .dnskey file: what never changes about a key. Notes with role, moment of creation and
/// identity, then the record.
std::string own_record_text(dns::NameView zone, const model::Key& key);
/// The key that such a file describes, without private half. kBadInput when a note is missing or
/// contradicts the record.
Result<model::Key> parse_own_record(std::string_view text, dns::NameView zone);

/// BIND's .private file.
struct BindPrivate {
  std::unique_ptr<crypto::PrivateKey> key;
  model::KeyTiming timing;
};
/// Format v1.2 (no moments) and later ones; unknown fields are ignored. kBadInput when it is no
/// such file, or the key lives on an HSM.
Result<BindPrivate> parse_bind_private(std::string_view text);
/// Format v1.3. A key without moments gets publication and activation at its creation: BIND would
/// not use it otherwise.
Result<Secret> bind_private_text(const model::Key& key);
/// BIND's .key file.
std::string bind_record_text(dns::NameView zone, const model::Key& key);
/// Moments from the comments of a .key file, for a key without private half.
Result<model::KeyTiming> timing_from_notes(const KeyRecord& record);

}  // namespace danewerk::store
