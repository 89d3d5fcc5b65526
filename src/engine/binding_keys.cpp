#include "engine/binding_keys.h"

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>

#include "crypto/private_key.h"
#include "serve/served_folder.h"
#include "store/service_key.h"

namespace danewerk::engine {

namespace {

using crypto::Algorithm;

constexpr std::uint64_t kMostOctets = 1U << 16;
constexpr unsigned kLeastBits = 2048;
constexpr unsigned kMostBits = 4096;

struct NamedKind {
  std::string_view name;
  ServiceKeyKind kind;
};
constexpr std::array kKinds{
    NamedKind{"p256", {Algorithm::kEcdsaP256}},
    NamedKind{"p384", {Algorithm::kEcdsaP384}},
    NamedKind{"ed25519", {Algorithm::kEd25519}},
    NamedKind{"rsa2048", {Algorithm::kRsaSha256, 2048}},
    NamedKind{"rsa3072", {Algorithm::kRsaSha256, 3072}},
    NamedKind{"rsa4096", {Algorithm::kRsaSha256, 4096}},
};

store::KeyFolder key_store(const config::Config& config) {
  return {config.keys, store::FolderKind::kOurs};
}

/// The key in a PEM text is the one with that identity.
bool is_key(ByteView pem, const std::string& id) {
  const auto blocks = tlsa::read_blocks(pem);
  return blocks && std::ranges::any_of(*blocks, [&](const tlsa::Block& block) {
           return block.credential.kind == crypto::CredentialKind::kPrivateKey &&
                  to_hex(tlsa::key_digest(block)) == id;
         });
}

Result<std::optional<Secret>> from_file(const Path& file, const std::string& id) {
  DW_TRY(const bool is_there, file_exists(file));
  if (!is_there) return std::optional<Secret>();
  DW_TRY(auto pem,
         store::read_key_file(file, store::FolderKind::kForeign, store::Content::kPrivate));
  if (!is_key(pem.view(), id)) return std::optional<Secret>();
  return std::optional(std::move(pem));
}

Result<std::optional<Secret>> from_served_folder(const Path& directory, const std::string& id) {
  DW_TRY(const auto folder, serve::ServedFolder::open({.directory = directory}));
  DW_TRY(const auto generations, folder.generations());
  for (const auto generation : generations) {
    DW_TRY(auto pem, folder.key(generation));
    if (pem && is_key(pem->view(), id)) return pem;
  }
  return std::optional<Secret>();
}

void add_name(std::vector<std::string>& names, std::string name) {
  if (name.ends_with('.')) name.pop_back();
  if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
}

}  // namespace

Result<ServiceKeyKind> service_key_kind(std::string_view text) {
  const auto found = std::ranges::find(kKinds, text, &NamedKind::name);
  if (found != kKinds.end()) return found->kind;
  return fail(Errc::kBadInput, fmt::format("'{}' is no kind of key", text),
              "p256, p384, ed25519, rsa2048, rsa3072 or rsa4096");
}

ServiceKeyKind kind_like(const model::BindingState& state) {
  const auto& served = state.binding.served;
  const auto pem = served ? state.pems.find(served->id) : state.pems.end();
  if (pem == state.pems.end()) return {};
  const auto blocks = tlsa::read_blocks(as_bytes(pem->second));
  if (!blocks) return {};
  const auto& key = blocks->front().credential;
  if (key.key_type == "RSA") {
    return {Algorithm::kRsaSha256, std::clamp(key.key_bits, kLeastBits, kMostBits)};
  }
  if (key.key_type == "ED25519") return {Algorithm::kEd25519};
  constexpr unsigned kLargeCurve = 384;
  return {key.key_type == "EC" && key.key_bits == kLargeCurve ? Algorithm::kEcdsaP384
                                                              : Algorithm::kEcdsaP256};
}

Result<model::BindingKey> binding_key(const config::Certificate& certificate,
                                      const tlsa::Block& block) {
  model::BindingKey key{.id = to_hex(tlsa::key_digest(block))};
  for (const auto& form : certificate.records) {
    const tlsa::Combination combination{.usage = static_cast<tlsa::Usage>(form.usage),
                                        .selector = static_cast<tlsa::Selector>(form.selector),
                                        .matching = static_cast<tlsa::Matching>(form.matching)};
    const bool names_key =
        !combination.names_issuer() && combination.selector == tlsa::Selector::kKeyInfo;
    if (!names_key) continue;
    DW_TRY(auto data, tlsa::association_data(block, combination.selector, combination.matching));
    key.records.insert(
        tlsa::Association{.combination = combination, .data = std::move(data)}.rdata());
  }
  return key;
}

Result<MadeKey> make_service_key(const config::Certificate& certificate,
                                 const ServiceKeyKind& kind) {
  DW_TRY(const auto made, crypto::generate(kind.algorithm, kind.bits));
  MadeKey out;
  DW_TRY(out.pem, made->to_pem());
  DW_TRY(const auto blocks, tlsa::read_blocks(out.pem.view()));
  DW_TRY(out.key, binding_key(certificate, blocks.front()));
  return out;
}

Result<model::BindingKey> read_public_half(const config::Certificate& certificate,
                                           const Path& file) {
  DW_TRY(const auto text, read_file(file, kMostOctets));
  auto blocks = tlsa::read_blocks(as_bytes(text));
  if (!blocks) return tl::unexpected(std::move(blocks).error().in(file.string()));
  const auto is_private = [](const tlsa::Block& block) {
    return block.credential.kind == crypto::CredentialKind::kPrivateKey;
  };
  if (std::ranges::any_of(*blocks, is_private)) {
    return fail(Errc::kRefused, fmt::format("'{}' has the private half of the key", file.string()),
                fmt::format("openssl pkey -in '{}' -pubout -out public.pem", file.string()));
  }
  return binding_key(certificate, blocks->front());
}

Result<std::optional<Secret>> private_half(const config::Config& config,
                                           const config::Certificate& certificate,
                                           const std::string& id) {
  DW_TRY(auto stored,
         store::read_service_key(key_store(config), {.binding = certificate.name, .id = id}));
  if (stored && is_key(stored->view(), id)) return stored;
  if (certificate.key) {
    DW_TRY(auto pem, from_file(*certificate.key, id));
    if (pem) return pem;
  }
  if (certificate.serve) return from_served_folder(certificate.serve->directory, id);
  return std::optional<Secret>();
}

std::optional<Path> stored_key_file(const config::Config& config, const std::string& binding,
                                    const std::string& id) {
  auto file = store::service_key_file(key_store(config), {.binding = binding, .id = id});
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  return file;
}

std::vector<std::string> certificate_names(const config::Certificate& certificate,
                                           const model::BindingState& state) {
  std::vector<std::string> names;
  for (const auto& service : certificate.services) add_name(names, service.host);
  const auto& served = state.binding.served;
  const auto pem = served ? state.pems.find(served->id) : state.pems.end();
  if (pem == state.pems.end()) return names;
  if (const auto blocks = tlsa::read_blocks(as_bytes(pem->second))) {
    for (const auto& name : blocks->front().credential.dns_names) add_name(names, name);
  }
  return names;
}

}  // namespace danewerk::engine
