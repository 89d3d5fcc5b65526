#pragma once

/// \file
/// A service that is looked at. Value type.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dns/name.h"
#include "net/profile.h"

namespace danewerk::probe {

struct Target {
  dns::Name host{};
  std::uint16_t port = 0;
  net::Profile profile = net::Profile::kTls;
  /// The domain that the service is for, when it is another name: of mail (RFC 7672 section 3.2.2)
  /// or XMPP. Certificates for it are taken, too.
  std::optional<dns::Name> domain{};
};

/// "mx1.example.org:25/smtp"; the port may be left out when the profile has one.
Result<Target> target_from_text(std::string_view text);
/// The text has that form; else it may be the name of a file.
bool looks_like_target(std::string_view text);
/// "mx1.example.org:25/smtp".
std::string to_text(const Target& target);
/// "mx1.example.org": as TLS and people write it.
std::string host_text(dns::NameView name);
/// Of this machine, for EHLO: servers look at its form at most. May be empty.
std::string own_host_name();
/// "_25._tcp.mx1.example.org." (RFC 6698 section 3). kBadInput when that is too long for a name.
Result<dns::Name> tlsa_owner(std::uint16_t port, dns::NameView base);

}  // namespace danewerk::probe
