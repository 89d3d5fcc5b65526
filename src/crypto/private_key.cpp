#include "crypto/private_key.h"

#include <algorithm>

namespace danewerk::crypto {

Result<Secret> PrivateKey::to_pem() const {
  return fail(Errc::kRefused, "the private key cannot leave the place where it lives");
}

Result<PrivateFields> PrivateKey::fields() const {
  return fail(Errc::kRefused, "the private key cannot leave the place where it lives");
}

Result<void> prove_pair(const PrivateKey& key, ByteView dnskey_public_key) {
  const auto belongs_not = [] {
    return fail(Errc::kBadInput, "private and public key do not belong together");
  };
  const auto own = key.public_key();
  if (!std::equal(own.begin(), own.end(), dnskey_public_key.begin(), dnskey_public_key.end())) {
    return belongs_not();
  }
  // The private half may carry a public half that is not its own: only a signature tells.
  static constexpr std::string_view kProbe = "danewerk: do these halves belong together";
  DW_TRY(auto verifier,
         PublicKey::from_dnskey(static_cast<std::uint8_t>(key.algorithm()), dnskey_public_key));
  DW_TRY(const auto signer, key.new_signer());
  Bytes signature(signer->signature_size());
  DW_TRY_VOID(signer->sign(as_bytes(kProbe), signature));
  if (!verifier.verifies(as_bytes(kProbe), signature)) return belongs_not();
  return {};
}

}  // namespace danewerk::crypto
