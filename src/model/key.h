#pragma once

/// \file
/// A DNSSEC key as its zone sees it: public half, role, tag, DS, and, where we hold it, the private
/// half. The identity of a key is a digest of its public key, never its tag. Thread-compatible.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "crypto/private_key.h"
#include "crypto/signature.h"
#include "dns/name.h"

namespace danewerk::model {

/// What a key signs: DNSKEY (KSK), the rest (ZSK), or both (CSK).
enum class KeyRole : std::uint8_t { kKsk, kZsk, kCsk };
std::string_view to_text(KeyRole role);

/// RFC 4034 appendix B. A hint for finding a key, never its identity.
using KeyTag = std::uint16_t;
KeyTag key_tag(ByteView dnskey_rdata);

/// DNSKEY RDATA in parts (RFC 4034 section 2.1).
struct Dnskey {
  static constexpr std::uint16_t kZoneKey = 0x0100;
  static constexpr std::uint16_t kRevoked = 0x0080;  ///< RFC 5011 section 7
  static constexpr std::uint16_t kSecureEntryPoint = 0x0001;
  std::uint16_t flags = kZoneKey;
  std::uint8_t protocol = 3;
  std::uint8_t algorithm = 0;
  Bytes public_key;

  [[nodiscard]] Bytes rdata() const;
  [[nodiscard]] KeyTag tag() const;
  /// The tag that the key has with the REVOKE bit set: it must not collide either.
  [[nodiscard]] KeyTag revoked_tag() const;
  bool operator==(const Dnskey&) const = default;
};
Result<Dnskey> dnskey_from_rdata(ByteView rdata);

/// DS RDATA for a key of OWNER (RFC 4034 section 5.1.4, RFC 4509, RFC 6605 section 2).
/// \param digest_type  2 (SHA-256) or 4 (SHA-384).
Bytes ds_rdata(dns::NameView owner, const Dnskey& key, std::uint8_t digest_type);

/// Moments from BIND's key metadata; all unset: in use always.
struct KeyTiming {
  std::optional<sys_seconds> created, publish, activate, inactive, remove;
};

struct Key {
  Dnskey dnskey;
  KeyRole role = KeyRole::kZsk;
  KeyTiming timing;
  std::string file;  ///< where the private half was read from, for messages
  std::shared_ptr<const crypto::PrivateKey> private_key;  ///< null: only the public half is held

  /// SHA-256 of algorithm and public key, hex.
  [[nodiscard]] std::string id() const;
  [[nodiscard]] bool is_published_at(sys_seconds now) const;
  [[nodiscard]] bool is_active_at(sys_seconds now) const;
  [[nodiscard]] bool signs_dnskey() const { return role != KeyRole::kZsk; }
  [[nodiscard]] bool signs_zone() const { return role != KeyRole::kKsk; }
};

}  // namespace danewerk::model
