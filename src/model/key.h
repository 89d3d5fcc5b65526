#pragma once

/// \file
/// A DNSSEC key as its zone sees it: public half, role, tag, DS, and, where we hold it, the private
/// half. The identity of a key is a digest of its public key, never its tag. Thread-compatible.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "crypto/private_key.h"
#include "crypto/signature.h"
#include "dns/name.h"

namespace danewerk::model {

/// What a key signs: DNSKEY (KSK), the rest (ZSK), or both (CSK).
enum class KeyRole : std::uint8_t { kKsk, kZsk, kCsk };
/// "ksk", "zsk", "csk".
std::string_view to_text(KeyRole role);
std::optional<KeyRole> role_from_text(std::string_view text);

/// RFC 4034 appendix B; not for algorithm 1, which nobody uses. A hint for finding a key, never its
/// identity.
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
  Bytes public_key{};

  [[nodiscard]] Bytes rdata() const;
  [[nodiscard]] KeyTag tag() const;
  /// The tag that the key has with the REVOKE bit set: it must not collide either.
  [[nodiscard]] KeyTag revoked_tag() const;
  [[nodiscard]] bool is_revoked() const { return (flags & kRevoked) != 0; }
  [[nodiscard]] bool is_secure_entry_point() const { return (flags & kSecureEntryPoint) != 0; }
  bool operator==(const Dnskey&) const = default;
};
/// kBadInput when it is too short, not for a zone (RFC 4034 section 2.1.1), or its protocol is not
/// 3 (RFC 4034 section 2.1.2).
Result<Dnskey> dnskey_from_rdata(ByteView rdata);

/// Digest types of DS (IANA registry) that are made here.
inline constexpr std::uint8_t kDsSha256 = 2;
inline constexpr std::uint8_t kDsSha384 = 4;

/// DS RDATA for a key of OWNER (RFC 4034 section 5.1.4, RFC 4509, RFC 6605 section 2).
/// REQUIRES: digest_type is kDsSha256 or kDsSha384.
Bytes ds_rdata(dns::NameView owner, const Dnskey& key, std::uint8_t digest_type);

/// Moments from BIND's key metadata. All unset and not held back: in use always.
struct KeyTiming {
  std::optional<sys_seconds> created{}, publish{}, activate{}, revoke{}, inactive{}, remove{};
  /// Made with no moment of use on purpose (dnssec-keygen -G): neither published nor used.
  bool is_held_back = false;
};

struct Key {
  Dnskey dnskey{};
  KeyRole role = KeyRole::kZsk;
  KeyTiming timing{};
  std::string file{};  ///< where it was read from, for messages
  std::shared_ptr<const crypto::PrivateKey> private_key{};  ///< null: only the public half is held

  /// SHA-256 of algorithm and public key, hex. The same for all flags: revoking keeps the identity.
  [[nodiscard]] std::string id() const;
  /// Belongs into the DNSKEY RRset. As BIND has it, a key with a moment of activation and none of
  /// publication is published already.
  [[nodiscard]] bool is_published_at(sys_seconds now) const;
  /// Makes signatures. A published key that was revoked signs the DNSKEY RRset to the end
  /// (RFC 5011 section 2.1), and nothing else.
  [[nodiscard]] bool is_active_at(sys_seconds now) const;
  [[nodiscard]] bool is_revoked_at(sys_seconds now) const;
  /// As published at that moment: with the REVOKE bit from the moment of revocation on, which
  /// changes the tag (RFC 5011 section 2.1).
  [[nodiscard]] Dnskey dnskey_at(sys_seconds now) const;
  [[nodiscard]] bool signs_dnskey() const { return role != KeyRole::kZsk; }
  [[nodiscard]] bool signs_zone() const { return role != KeyRole::kKsk; }
};

/// Two keys of a zone that a signature cannot tell apart: same algorithm, and a tag of the one,
/// plain or revoked, is one of the other.
bool tags_collide(const Dnskey& a, const Dnskey& b);

}  // namespace danewerk::model
