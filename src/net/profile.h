#pragma once

/// \file
/// Kinds of services with TLS: what is said before the handshake, and on which port. No state.

#include <cstdint>
#include <optional>
#include <string_view>

namespace danewerk::net {

enum class Profile : std::uint8_t {
  kSmtp,
  kSubmission,
  kSmtps,
  kImap,
  kImaps,
  kPop3,
  kPop3s,
  kXmppClient,
  kXmppServer,
  kHttps,
  kDot,
  kTls,  ///< any port, TLS from the first octet
};
/// "smtp", "xmpp-client".
std::string_view to_text(Profile profile);
std::optional<Profile> profile_from_text(std::string_view text);

/// The language that is spoken before TLS begins.
enum class Talk : std::uint8_t { kNone, kSmtp, kImap, kPop3, kXmppClient, kXmppServer };
Talk talk_of(Profile profile);

/// The registered port; nothing for kTls.
std::optional<std::uint16_t> default_port(Profile profile);

/// Mail between servers: clients follow RFC 7672.
inline bool is_mail_transfer(Profile profile) {
  return profile == Profile::kSmtp;
}

}  // namespace danewerk::net
