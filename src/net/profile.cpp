#include "net/profile.h"

#include <algorithm>
#include <array>

namespace danewerk::net {

namespace {

struct Entry {
  Profile profile;
  std::string_view name;
  Talk talk;
  std::uint16_t port;
};
constexpr std::array kProfiles{
    Entry{Profile::kSmtp, "smtp", Talk::kSmtp, 25},
    Entry{Profile::kSubmission, "submission", Talk::kSmtp, 587},
    Entry{Profile::kSmtps, "smtps", Talk::kNone, 465},
    Entry{Profile::kImap, "imap", Talk::kImap, 143},
    Entry{Profile::kImaps, "imaps", Talk::kNone, 993},
    Entry{Profile::kPop3, "pop3", Talk::kPop3, 110},
    Entry{Profile::kPop3s, "pop3s", Talk::kNone, 995},
    Entry{Profile::kXmppClient, "xmpp-client", Talk::kXmppClient, 5222},
    Entry{Profile::kXmppServer, "xmpp-server", Talk::kXmppServer, 5269},
    Entry{Profile::kHttps, "https", Talk::kNone, 443},
    Entry{Profile::kDot, "dot", Talk::kNone, 853},
    Entry{Profile::kTls, "tls", Talk::kNone, 0},
};

const Entry& entry_of(Profile profile) {
  return *std::ranges::find(kProfiles, profile, &Entry::profile);
}

}  // namespace

std::string_view to_text(Profile profile) {
  return entry_of(profile).name;
}

std::optional<Profile> profile_from_text(std::string_view text) {
  const auto* entry = std::ranges::find(kProfiles, text, &Entry::name);
  if (entry == kProfiles.end()) return std::nullopt;
  return entry->profile;
}

Talk talk_of(Profile profile) {
  return entry_of(profile).talk;
}

std::optional<std::uint16_t> default_port(Profile profile) {
  const auto port = entry_of(profile).port;
  if (port == 0) return std::nullopt;
  return port;
}

}  // namespace danewerk::net
