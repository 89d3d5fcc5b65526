#pragma once

/// \file
/// A certificate of an authority, as a catalogue of issuers describes it. Value type.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/finding.h"

namespace danewerk::model {

/// Which keys of servers the authority signs with this one, or that its key is of.
enum class KeyFamily : std::uint8_t { kRsa, kEcdsa };
/// "rsa", "ecdsa".
std::string_view to_text(KeyFamily family);
std::optional<KeyFamily> key_family_from_text(std::string_view text);

enum class IssuerRole : std::uint8_t {
  kIssuer,  ///< signs certificates of servers
  kRoot,    ///< signed by itself
  kCross,   ///< a root's key, signed by another root
};
/// "issuer", "root", "cross".
std::string_view to_text(IssuerRole role);
std::optional<IssuerRole> issuer_role_from_text(std::string_view text);

enum class IssuerState : std::uint8_t {
  kActive,   ///< in use
  kBackup,   ///< may be used without notice
  kRetired,  ///< no longer in use
  kExpired,  ///< after its last day
  kStaging,  ///< of a test system: nobody trusts it
  kRevoked,  ///< withdrawn by the authority, or not to be trusted any more
};
/// "active", "backup", "retired", "expired", "staging", "revoked".
std::string_view to_text(IssuerState state);
std::optional<IssuerState> issuer_state_from_text(std::string_view text);

struct Issuer {
  std::string name{};       ///< "YE1"
  std::string authority{};  ///< "Let's Encrypt"
  IssuerRole role = IssuerRole::kIssuer;
  KeyFamily family = KeyFamily::kRsa;
  IssuerState state = IssuerState::kActive;
  Bytes key_digest{};        ///< SHA-256 of its SubjectPublicKeyInfo, as the file says
  std::string pem{};         ///< the certificate
  std::string provenance{};  ///< where it was taken from
  Place place{};             ///< where it stands
};

}  // namespace danewerk::model
