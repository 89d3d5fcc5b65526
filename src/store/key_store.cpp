#include "store/key_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "crypto/algorithm.h"
#include "store/key_file_name.h"
#include "store/key_index.h"
#include "store/key_loading.h"
#include "store/key_text.h"

namespace danewerk::store {

namespace {

/// Stems of a zone's files in a folder, with the extensions that are there.
struct Listing {
  std::map<std::string, std::set<std::string>> own;
  std::map<std::string, std::set<std::string>> bind;
};

void sort_in(Listing& listing, const std::string& name, dns::NameView zone) {
  const auto dot = name.rfind('.');
  if (dot == std::string::npos) return;
  const auto stem = name.substr(0, dot);
  const auto extension = name.substr(dot);
  const auto own = own_prefix(zone);
  if ((extension == ".pem" || extension == ".dnskey") && stem.starts_with(own)) {
    if (numbers_of(stem.substr(own.size()))) listing.own[stem].insert(extension);
    return;
  }
  // ldns keeps the case of the zone's name.
  const auto bind = to_lower(bind_prefix(zone));
  if ((extension == ".key" || extension == ".private") && stem.starts_with('K') &&
      to_lower(stem).starts_with(bind)) {
    if (numbers_of(stem.substr(bind.size()))) listing.bind[stem].insert(extension);
  }
}

Result<Listing> list_files(const KeyFolder& where, dns::NameView zone) {
  Listing listing;
  if (where.index) {
    for (const auto& prefix : {own_prefix(zone), bind_prefix(zone)}) {
      for (const auto& name : where.index->files(prefix)) sort_in(listing, name, zone);
    }
    return listing;
  }
  const auto& folder = where.path;
  std::error_code fault;
  std::filesystem::directory_iterator entry(folder, fault);
  const std::filesystem::directory_iterator end;
  while (!fault && entry != end) {
    sort_in(listing, entry->path().filename().string(), zone);
    entry.increment(fault);
  }
  if (fault) return tl::unexpected(system_error("read folder", folder, fault.value()));
  return listing;
}

Result<LoadedKeys> load_all(const KeyFolder& folder, dns::NameView zone) {
  DW_TRY_VOID(check_folder(folder));
  DW_TRY(const auto listing, list_files(folder, zone));
  LoadedKeys loaded;
  for (const auto& [stem, extensions] : listing.own) {
    const auto path = folder.path / stem;
    if (!extensions.contains(".dnskey")) {
      loaded.findings.add({.id = "KEY-UNFINISHED",
                           .level = Level::kWarning,
                           .message = "a private key without its record, not used",
                           .owner = dns::to_text(zone),
                           .place = {.file = with_extension(path, ".pem").string()},
                           .hint = "remove it when no other program uses it"});
      continue;
    }
    DW_TRY(auto key, load_own_key(path, zone, folder.kind));
    loaded.keys.push_back(std::move(key));
  }
  for (const auto& [stem, extensions] : listing.bind) {
    DW_TRY(auto key, load_bind_key(folder.path / stem, zone, folder.kind));
    loaded.keys.push_back(std::move(key));
  }
  return loaded;
}

/// One key, one entry. Ours come first in the list and are kept; a revoked form in another file
/// means that the key was revoked (dnssec-revoke leaves the old file where it is).
void join_twins(LoadedKeys& loaded, const std::string& zone) {
  std::vector<model::Key> kept;
  for (auto& key : loaded.keys) {
    const auto twin = std::find_if(kept.begin(), kept.end(),
                                   [&](const model::Key& k) { return k.id() == key.id(); });
    if (twin == kept.end()) {
      kept.push_back(std::move(key));
      continue;
    }
    loaded.findings.add({.id = "KEY-TWICE",
                         .level = Level::kInfo,
                         .message = "the same key as in " + twin->file,
                         .owner = zone,
                         .place = {.file = key.file},
                         .hint = {}});
    twin->dnskey.flags |= key.dnskey.flags & model::Dnskey::kRevoked;
    if (twin->private_key == nullptr) {
      twin->private_key = key.private_key;
      twin->timing = key.timing;
      twin->file = key.file;
    }
  }
  loaded.keys = std::move(kept);
}

Result<void> check_tags(const std::vector<model::Key>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = i + 1; j < keys.size(); ++j) {
      if (!tags_collide(keys[i].dnskey, keys[j].dnskey)) continue;
      return fail(
          Errc::kRefused,
          fmt::format("'{}' and '{}' cannot be told apart by their tags, {} and {}", keys[i].file,
                      keys[j].file, keys[i].dnskey.tag(), keys[j].dnskey.tag()),
          "replace one of them");
    }
  }
  return {};
}

Result<void> check_sizes(LoadedKeys& loaded, const std::string& zone) {
  for (const auto& key : loaded.keys) {
    const auto algorithm = crypto::algorithm_from_number(key.dnskey.algorithm);
    if (!algorithm || !is_rsa(*algorithm)) continue;
    const auto bits = crypto::rsa_bits(key.dnskey.public_key);
    if (bits < crypto::kMinRsaBits || bits > crypto::kMaxRsaBits) {
      return fail(Errc::kRefused,
                  fmt::format("{}: RSA modulus of {} bits: only {} to {} can be used", key.file,
                              bits, crypto::kMinRsaBits, crypto::kMaxRsaBits));
    }
    if (bits >= crypto::kAdvisedRsaBits) continue;
    loaded.findings.add({.id = "KEY-RSA-SHORT",
                         .level = Level::kWarning,
                         .message = fmt::format("RSA key with tag {} has {} bits, fewer than {}",
                                                key.dnskey.tag(), bits, crypto::kAdvisedRsaBits),
                         .owner = zone,
                         .place = {.file = key.file},
                         .hint = "roll to a longer one"});
  }
  return {};
}

/// BIND has no word for a key that signs everything: it is a KSK of an algorithm without ZSK. Ours
/// keep the role that they were made for: the ZSK may be what a power cut left to be made.
void assign_roles(std::vector<model::Key>& keys) {
  std::set<std::uint8_t> has_zone_signer;
  for (const auto& key : keys) {
    if (key.signs_zone()) has_zone_signer.insert(key.dnskey.algorithm);
  }
  for (auto& key : keys) {
    const bool is_own = Path(key.file).extension() == ".pem";
    if (!is_own && !has_zone_signer.contains(key.dnskey.algorithm)) {
      key.role = model::KeyRole::kCsk;
    }
  }
}

std::uint16_t flags_of(model::KeyRole role) {
  return role == model::KeyRole::kZsk
             ? model::Dnskey::kZoneKey
             : std::uint16_t{model::Dnskey::kZoneKey | model::Dnskey::kSecureEntryPoint};
}

/// Writes both halves of a key that the folder does not have, and reads them back.
Result<model::Key> store_key(const KeyFolder& folder, dns::NameView zone, const model::Key& key) {
  constexpr mode_t kOwnerOnly = 0600;
  const auto stem = folder.path / own_stem(zone, key);
  DW_TRY(const auto pem, key.private_key->to_pem());
  DW_TRY_VOID(replace_file(with_extension(stem, ".pem"), as_text(pem.view()), kOwnerOnly));
  DW_TRY_VOID(
      replace_file(with_extension(stem, ".dnskey"), own_record_text(zone, key), kOwnerOnly));
  if (folder.index) {
    folder.index->add(with_extension(stem, ".pem").filename().string());
    folder.index->add(with_extension(stem, ".dnskey").filename().string());
  }
  return load_own_key(stem, zone, folder.kind);
}

}  // namespace

Result<LoadedKeys> load_keys(const KeyFolder& folder, dns::NameView zone) {
  const auto owner = dns::to_text(zone);
  DW_TRY(auto loaded, load_all(folder, zone));
  join_twins(loaded, owner);
  DW_TRY_VOID(check_sizes(loaded, owner));
  DW_TRY_VOID(check_tags(loaded.keys));
  assign_roles(loaded.keys);
  std::sort(loaded.keys.begin(), loaded.keys.end(), [](const model::Key& a, const model::Key& b) {
    const auto rank = [](const model::Key& key) {
      return std::tuple(!key.signs_dnskey(), key.dnskey.algorithm, key.dnskey.tag(), key.id());
    };
    return rank(a) < rank(b);
  });
  return loaded;
}

Result<std::unique_ptr<crypto::PrivateKey>> distinct_key(const std::vector<model::Key>& taken,
                                                         std::uint16_t flags, const MakeKey& make) {
  // One in 16,000 collides when four keys are there: a hundred in a row are no accident.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    DW_TRY(auto key, make());
    const model::Dnskey candidate{.flags = flags,
                                  .protocol = 3,
                                  .algorithm = static_cast<std::uint8_t>(key->algorithm()),
                                  .public_key = key->public_key()};
    const bool collides = std::any_of(taken.begin(), taken.end(), [&](const model::Key& other) {
      return tags_collide(other.dnskey, candidate);
    });
    if (!collides) return key;
  }
  return fail(Errc::kUnavailable, "no key could be made whose tag differs from all others");
}

Result<model::Key> create_key(const KeyFolder& folder, dns::NameView zone, const NewKey& wanted,
                              sys_seconds now) {
  DW_TRY(const auto loaded, load_keys(folder, zone));
  const auto flags = flags_of(wanted.role);
  DW_TRY(auto made, distinct_key(loaded.keys, flags,
                                 [&] { return crypto::generate(wanted.algorithm, wanted.bits); }));
  model::Key key;
  key.dnskey = {.flags = flags,
                .protocol = 3,
                .algorithm = static_cast<std::uint8_t>(wanted.algorithm),
                .public_key = made->public_key()};
  key.role = wanted.role;
  key.timing.created = now;
  key.private_key = std::move(made);
  return store_key(folder, zone, key);
}

Result<model::Key> import_key(const KeyFolder& folder, dns::NameView zone, const model::Key& key,
                              sys_seconds now) {
  if (key.private_key == nullptr) {
    return fail(Errc::kBadInput, "a key without its private half cannot be stored");
  }
  DW_TRY(const auto loaded, load_keys(folder, zone));
  for (const auto& other : loaded.keys) {
    if (other.id() == key.id()) {
      return fail(Errc::kRefused, fmt::format("'{}' is that key already", other.file));
    }
    if (tags_collide(other.dnskey, key.dnskey)) {
      return fail(Errc::kRefused, fmt::format("its tag {} collides with that of '{}'",
                                              key.dnskey.tag(), other.file));
    }
  }
  model::Key stored = key;
  stored.timing = {.created = key.timing.created.value_or(now)};
  return store_key(folder, zone, stored);
}

Result<model::Key> read_bind_pair(const Path& file, dns::NameView zone, FolderKind kind) {
  Path stem = file;
  if (stem.extension() == ".key" || stem.extension() == ".private") stem.replace_extension();
  return load_bind_key(stem, zone, kind);
}

Result<Path> write_bind_pair(const Path& folder, dns::NameView zone, const model::Key& key) {
  if (key.private_key == nullptr) {
    return fail(Errc::kBadInput, "a key without its private half cannot be written as a pair");
  }
  auto stem = folder / bind_stem(zone, key.dnskey);
  for (const auto* extension : {".key", ".private"}) {
    DW_TRY(const bool is_there, file_exists(with_extension(stem, extension)));
    if (is_there) {
      return fail(Errc::kRefused,
                  fmt::format("'{}' is there already", with_extension(stem, extension).string()));
    }
  }
  DW_TRY(const auto text, bind_private_text(key));
  DW_TRY_VOID(replace_file(with_extension(stem, ".private"), as_text(text.view()), 0600));
  DW_TRY_VOID(replace_file(with_extension(stem, ".key"), bind_record_text(zone, key), 0644));
  return stem;
}

Result<void> set_aside(const KeyFolder& folder, dns::NameView zone, const model::Key& key) {
  const auto stem = (folder.path / own_stem(zone, key)).string();
  // The record first: from it on, a key exists.
  for (const auto* extension : {".dnskey", ".pem"}) {
    const Path file = stem + extension;
    std::error_code error;
    std::filesystem::rename(file, file.string() + ".removed", error);
    if (error && error != std::errc::no_such_file_or_directory) {
      return tl::unexpected(system_error("rename", file, error.value()));
    }
    if (folder.index) folder.index->remove(file.filename().string());
  }
  return sync_folder(folder.path);
}

}  // namespace danewerk::store
