#include "store/key_loading.h"

#include <fmt/format.h>

#include "crypto/algorithm.h"
#include "store/key_file_name.h"
#include "store/key_text.h"

namespace danewerk::store {

namespace {

/// Puts the file's name before what went wrong in it.
template <class T>
Result<T> in_file(const Path& file, Result<T> result) {
  if (!result) return tl::unexpected(std::move(result).error().in(file.string()));
  return result;
}

Result<void> adopt(model::Key& key, std::unique_ptr<crypto::PrivateKey> private_key) {
  if (static_cast<std::uint8_t>(private_key->algorithm()) != key.dnskey.algorithm) {
    return fail(Errc::kBadInput, "private and public key have different algorithms");
  }
  DW_TRY_VOID(crypto::prove_pair(*private_key, key.dnskey.public_key));
  key.private_key = std::move(private_key);
  return {};
}

/// The numbers in the name are those of the record: other programs find the key by them.
Result<void> check_numbers(const Path& stem, const model::Dnskey& key) {
  const auto name = stem.filename().string();
  const auto plus = name.find('+');
  const auto numbers = numbers_of(
      plus == std::string::npos ? std::string_view{} : std::string_view(name).substr(plus + 1));
  if (!numbers || numbers->algorithm != key.algorithm || numbers->tag != key.tag()) {
    return fail(Errc::kBadInput,
                fmt::format("the name of the file is not that of a key of algorithm {} with tag {}",
                            key.algorithm, key.tag()));
  }
  return {};
}

Result<model::Key> bind_record(const Path& stem, dns::NameView zone, std::string_view text) {
  DW_TRY(const auto record, parse_key_record(text));
  if (!dns::equal(record.owner, zone)) {
    return fail(Errc::kBadInput, fmt::format("the key is one of {}", dns::to_text(record.owner)));
  }
  DW_TRY_VOID(check_numbers(stem, record.dnskey));
  model::Key key;
  key.dnskey = record.dnskey;
  key.role = key.dnskey.is_secure_entry_point() ? model::KeyRole::kKsk : model::KeyRole::kZsk;
  DW_TRY(key.timing, timing_from_notes(record));
  return key;
}

Result<void> complete_own(model::Key& key, std::string_view pem) {
  const auto algorithm = crypto::algorithm_from_number(key.dnskey.algorithm);
  if (!algorithm) return fail(Errc::kBadInput, "the algorithm of the key is not supported");
  DW_TRY(auto private_key, crypto::private_key_from_pem(*algorithm, as_bytes(pem)));
  return adopt(key, std::move(private_key));
}

Result<void> complete_bind(model::Key& key, std::string_view text) {
  DW_TRY(auto half, parse_bind_private(text));
  key.timing = half.timing;
  return adopt(key, std::move(half.key));
}

/// Without a private half nobody has checked the octets yet.
Result<void> check_public(const model::Dnskey& key) {
  if (!crypto::algorithm_from_number(key.algorithm)) return {};
  const auto parsed = crypto::PublicKey::from_dnskey(key.algorithm, key.public_key);
  if (!parsed) return fail(parsed.error().code(), parsed.error().message());
  return {};
}

}  // namespace

Path with_extension(const Path& stem, const char* extension) {
  Path file = stem;
  file += extension;
  return file;
}

Result<model::Key> load_own_key(const Path& stem, dns::NameView zone, FolderKind kind) {
  const auto record_file = with_extension(stem, ".dnskey");
  const auto private_file = with_extension(stem, ".pem");
  DW_TRY(const auto record, read_key_file(record_file, kind, Content::kPublic));
  DW_TRY(auto key, in_file(record_file, parse_own_record(as_text(record.view()), zone)));
  DW_TRY_VOID(in_file(record_file, check_numbers(stem, key.dnskey)));
  DW_TRY(const auto pem, read_key_file(private_file, kind, Content::kPrivate));
  DW_TRY_VOID(in_file(private_file, complete_own(key, as_text(pem.view()))));
  key.file = private_file.string();
  return key;
}

Result<model::Key> load_bind_key(const Path& stem, dns::NameView zone, FolderKind kind) {
  const auto record_file = with_extension(stem, ".key");
  const auto private_file = with_extension(stem, ".private");
  DW_TRY(const auto record, read_key_file(record_file, kind, Content::kPublic));
  DW_TRY(auto key, in_file(record_file, bind_record(stem, zone, as_text(record.view()))));
  key.file = record_file.string();
  DW_TRY(const bool has_private, file_exists(private_file));
  if (!has_private) {
    DW_TRY_VOID(in_file(record_file, check_public(key.dnskey)));
    return key;
  }
  DW_TRY(const auto text, read_key_file(private_file, kind, Content::kPrivate));
  DW_TRY_VOID(in_file(private_file, complete_bind(key, as_text(text.view()))));
  key.file = private_file.string();
  return key;
}

}  // namespace danewerk::store
