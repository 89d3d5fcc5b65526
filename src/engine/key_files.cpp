#include <fmt/format.h>

#include "crypto/algorithm.h"
#include "engine/requests.h"

namespace danewerk::engine {

namespace {

using model::KeyRole;

bool has_role(KeyRole role, const model::Policy& policy) {
  return policy.has_csk == (role == KeyRole::kCsk);
}

/// Why the policy has no use for a key; empty: it has.
std::string misfit(const model::Key& key, const model::Policy& policy) {
  if (!has_role(key.role, policy)) {
    return fmt::format("policy '{}' has no {}", policy.name, role_text(key.role));
  }
  if (key.dnskey.algorithm != static_cast<std::uint8_t>(policy.algorithm)) {
    return fmt::format("policy '{}' asks for {}", policy.name, crypto::to_text(policy.algorithm));
  }
  const auto bits = key.role == KeyRole::kZsk ? policy.zsk.bits : policy.ksk.bits;
  if (crypto::is_rsa(policy.algorithm) && key.private_key && key.private_key->bits() != bits) {
    return fmt::format("policy '{}' asks for {} bits", policy.name, bits);
  }
  return {};
}

std::string text_of(const model::Key& key) {
  return fmt::format("{} {}", role_text(key.role), key.dnskey.tag());
}

/// What becomes of a key that lies in the folder and that nobody has used.
Result<std::string> prospect(const Request& request, const model::Key& key,
                             const model::Policy& policy) {
  if (const auto why = misfit(key, policy); !why.empty()) {
    return fmt::format("no pass will use it: {}", why);
  }
  DW_TRY(const auto state, request.open_state());
  DW_TRY(const auto zone, request.zone());
  DW_TRY(const auto loaded, state.load(zone));
  if (!loaded || loaded->version == 0) {
    return std::string("the first pass over the zone signs with it");
  }
  return fmt::format(
      "it is published when a {} is needed: at the next roll, by the rules of a roll "
      "(danewerk key roll begins one)",
      role_text(key.role));
}

Result<model::Key> key_from_pem(const Request& request, const Path& file,
                                const model::Policy& policy) {
  DW_TRY(const auto typed, request.optional_text("algorithm"));
  const auto algorithm = typed ? crypto::algorithm_from_text(*typed) : policy.algorithm;
  if (!algorithm) return fail(Errc::kBadInput, fmt::format("no such algorithm: '{}'", *typed));
  DW_TRY(const auto role, request.role());
  if (!role && !policy.has_csk) {
    return fail(Errc::kBadInput, "a PEM file does not say which role the key has",
                "--role ksk or --role zsk says it");
  }
  DW_TRY(const auto pem,
         store::read_key_file(file, store::FolderKind::kForeign, store::Content::kPrivate));
  DW_TRY(auto read, crypto::private_key_from_pem(*algorithm, pem.view()));
  model::Key key;
  key.role = role.value_or(KeyRole::kCsk);
  key.dnskey.algorithm = static_cast<std::uint8_t>(*algorithm);
  key.dnskey.public_key = read->public_key();
  if (key.role != KeyRole::kZsk) key.dnskey.flags |= model::Dnskey::kSecureEntryPoint;
  key.private_key = std::move(read);
  return key;
}

Result<model::Key> read_foreign(const Request& request, const config::ZoneConfig& zone,
                                dns::NameView apex) {
  DW_TRY(const auto typed, request.text("file"));
  const Path file(typed);
  const auto& policy = request.config().policy_of(zone);
  if (file.extension() == ".pem") return key_from_pem(request, file, policy);
  DW_TRY(auto key, store::read_bind_pair(file, apex, store::FolderKind::kForeign));
  DW_TRY(const auto role, request.role());
  // BIND has no word for a key that signs everything.
  if (key.role == KeyRole::kKsk && policy.has_csk) key.role = KeyRole::kCsk;
  if (role && (*role == KeyRole::kZsk) != (key.role == KeyRole::kZsk)) {
    return fail(Errc::kBadInput, fmt::format("'{}' says by its flags that it is a {}",
                                             file.string(), role_text(key.role)));
  }
  if (role) key.role = *role;
  return key;
}

}  // namespace

Result<Json> key_generate(const Request& request) {
  DW_TRY(const auto* zone, request.configured_zone());
  DW_TRY(const auto role, request.role());
  if (!role) return fail(Errc::kBadInput, "the request has no 'role'", "ksk, zsk or csk");
  const auto& policy = request.config().policy_of(*zone);
  if (!has_role(*role, policy) || policy.is_unsigned) {
    return fail(Errc::kBadInput,
                fmt::format("policy '{}' has no {}", policy.name, role_text(*role)));
  }
  DW_TRY(const auto apex, dns::name_from_text(zone->name));
  return change_files(request, zone->name, [&](std::vector<std::string>& events) -> Result<Json> {
    DW_TRY_VOID(store::make_key_folder(request.config().keys));
    const auto bits = *role == KeyRole::kZsk ? policy.zsk.bits : policy.ksk.bits;
    DW_TRY(const auto key,
           store::create_key({request.config().keys, store::FolderKind::kOurs}, apex.view(),
                             {.algorithm = policy.algorithm, .bits = bits, .role = *role},
                             request.now()));
    DW_TRY(const auto note, prospect(request, key, policy));
    events.push_back(fmt::format("{} was made ahead of need", text_of(key)));
    auto reply = done(zone->name, events.back(), {note});
    reply["id"] = key.id();
    reply["tag"] = key.dnskey.tag();
    reply["file"] = key.file;
    return reply;
  });
}

Result<Json> key_import(const Request& request) {
  DW_TRY(const auto* zone, request.configured_zone());
  DW_TRY(const auto apex, dns::name_from_text(zone->name));
  DW_TRY(const auto foreign, read_foreign(request, *zone, apex.view()));
  if (!foreign.private_key) {
    return fail(Errc::kBadInput, "only the public half of the key is there",
                "the .private file belongs beside the .key file");
  }
  return change_files(request, zone->name, [&](std::vector<std::string>& events) -> Result<Json> {
    DW_TRY_VOID(store::make_key_folder(request.config().keys));
    DW_TRY(const auto key, store::import_key({request.config().keys, store::FolderKind::kOurs},
                                             apex.view(), foreign, request.now()));
    DW_TRY(const auto note, prospect(request, key, request.config().policy_of(*zone)));
    events.push_back(fmt::format("{} was imported", text_of(key)));
    auto reply = done(zone->name, events.back(), {note});
    reply["id"] = key.id();
    reply["tag"] = key.dnskey.tag();
    reply["file"] = key.file;
    return reply;
  });
}

Result<Json> key_export(const Request& request) {
  DW_TRY(const auto zone, request.zone());
  DW_TRY(const auto typed, request.text("key"));
  DW_TRY(const auto folder, request.text("folder"));
  DW_TRY(const auto apex, dns::name_from_text(zone));
  DW_TRY(const auto files, request.load_keys(zone));
  // Any key of the folder, whether or not the zone uses it.
  model::KeyRing ring;
  for (const auto& key : files.all()) {
    ring.keys.push_back({.id = key.id(), .role = key.role, .tag = key.dnskey.tag()});
  }
  DW_TRY(const auto* found, find_key(ring, typed));
  const auto* key = files.find(found->id);
  return change_files(request, zone, [&](std::vector<std::string>& events) -> Result<Json> {
    DW_TRY(const auto stem, store::write_bind_pair(folder, apex.view(), *key));
    events.push_back(fmt::format("{} was exported to '{}'", text_of(*key), stem.string()));
    auto reply = done(zone, events.back(), {"who has that file can sign in the zone's name"});
    reply["files"] = {stem.string() + ".key", stem.string() + ".private"};
    return reply;
  });
}

}  // namespace danewerk::engine
