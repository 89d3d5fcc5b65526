#pragma once

/// \file
/// Keys of services: next ones are made here, or their public halves taken in. No state.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "config/config.h"
#include "crypto/signature.h"
#include "model/binding.h"
#include "model/binding_state.h"
#include "tlsa/block.h"

namespace danewerk::engine {

/// What kind of key to make.
struct ServiceKeyKind {
  crypto::Algorithm algorithm = crypto::Algorithm::kEcdsaP256;
  unsigned bits = 0;  ///< RSA only
};
/// "rsa2048", "rsa3072", "rsa4096", "p256", "p384", "ed25519"; kBadInput for anything else.
Result<ServiceKeyKind> service_key_kind(std::string_view text);
/// That of the key that is served; P-256 when nothing is, or we could not make such a one.
ServiceKeyKind kind_like(const model::BindingState& state);

/// A key as the rules know it, with the records that name it.
Result<model::BindingKey> binding_key(const config::Certificate& certificate,
                                      const tlsa::Block& block);

struct MadeKey {
  model::BindingKey key{};
  Secret pem{};  ///< PKCS#8
};
Result<MadeKey> make_service_key(const config::Certificate& certificate,
                                 const ServiceKeyKind& kind);

/// The public half in a file: a public key, a request or a certificate. kRefused when the private
/// half lies beside it: it is not for us to have then.
Result<model::BindingKey> read_public_half(const config::Certificate& certificate,
                                           const Path& file);

/// The private half of a key: in the client's file, in our key store, or in the folder that
/// services read. Nothing when it is not here.
Result<std::optional<Secret>> private_half(const config::Config& config,
                                           const config::Certificate& certificate,
                                           const std::string& id);

/// Where a key of ours lies; nothing when it is not there.
std::optional<Path> stored_key_file(const config::Config& config, const std::string& binding,
                                    const std::string& id);

/// Hosts of the services and names of the certificate that is served, as certificates have them.
std::vector<std::string> certificate_names(const config::Certificate& certificate,
                                           const model::BindingState& state);

}  // namespace danewerk::engine
