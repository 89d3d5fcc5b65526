#pragma once

/// \file
/// What the configuration says of a certificate and the services that present it. Value types.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/file.h"
#include "base/finding.h"
#include "base/time.h"
#include "config/address.h"
#include "config/command.h"

namespace danewerk::config {

/// What becomes of a service's key when its certificate is renewed.
enum class CertificateKeyPolicy : std::uint8_t {
  kStable,  ///< the key stays; a new one is announced before it is served
  kNext,    ///< the next key is always announced already
  kAny,     ///< the key changes at each renewal; issuers are pinned
};
std::string_view to_text(CertificateKeyPolicy policy);

/// The three numbers of a TLSA record (RFC 6698 section 2.1).
struct TlsaForm {
  std::uint8_t usage = 3;
  std::uint8_t selector = 1;
  std::uint8_t matching = 1;
  bool operator==(const TlsaForm&) const = default;
};

/// How a service is looked at.
enum class Probe : std::uint8_t {
  kNetwork,  ///< at every address of the host
  kLocal,    ///< on this machine only
  kNone,
};

/// "mx1.example.org:25/smtp".
struct Service {
  std::string host;  ///< canonical name text, with final dot
  std::uint16_t port = 0;
  /// smtp, submission, smtps, imap, imaps, pop3, pop3s, xmpp-client, xmpp-server, https, dot, tls
  std::string profile;
  Probe probe = Probe::kNetwork;
  /// Where its TLSA records stand, when clients are led there by an alias of another zone (RFC 7671
  /// section 6); canonical name text. Empty: where they ask.
  std::string records_at{};
  bool operator==(const Service&) const = default;
};
/// The name that clients ask for its TLSA records: "_25._tcp.mx1.example.org." (RFC 6698 section
/// 3).
std::string asked_name(const Service& service);
/// The name at which danewerk puts them.
std::string owner_name(const Service& service);
/// "mx1.example.org:25/smtp"; the host without final dot.
std::string to_text(const Service& service);

/// Where services read certificate and key.
struct ServedFolder {
  Path directory;
  std::string owner{};  ///< empty: unchanged
  std::string group{};  ///< empty: unchanged
  mode_t mode = 0600;   ///< never reachable for others: the key lies there
  enum class By : std::uint8_t {
    kRun,     ///< a pass puts files there
    kDeploy,  ///< root does, by `danewerk deploy`; a pass has no key, and only says what
  };
  By by = By::kRun;
  bool operator==(const ServedFolder&) const = default;
};

struct Certificate {
  std::string name;
  Place place{};  ///< where it is configured
  Path certificate;
  std::optional<Path> key{};  ///< none: it is no file (an HSM)
  CertificateKeyPolicy key_policy = CertificateKeyPolicy::kStable;
  bool is_key_pinned = false;  ///< every key but the current and an announced next one is refused
  bool learns_issuers = false;
  bool is_next_key_manual = false;  ///< no pass makes a next key: the operator does
  std::vector<TlsaForm> records{TlsaForm{}};
  std::optional<ServedFolder> serve{};
  Command reload{};
  std::vector<Service> services{};
  seconds ttl = std::chrono::hours(1);
  /// How many TTLs a resolver may keep an RRset (RFC 7671 section 8.1 says two), and what is added
  /// for clocks and rounding.
  unsigned ttl_factor = 2;
  seconds margin = std::chrono::minutes(5);
  bool is_gate_relaxed = false;             ///< one matching record a version is enough
  bool is_new_key_served_at_once = false;   ///< on the record of its issuer
  seconds rollback = std::chrono::days(1);  ///< so long at least the way back stays open
  /// What becomes of TLSA records in zones that are not signed here.
  struct Update {
    std::optional<Endpoint> server{};  ///< takes updates (RFC 2136); none: the operator is told
    std::string tsig{};                ///< of `server`: key of Config::tsig
    std::string zone{};                ///< canonical text, with final dot; empty: found by asking
    /// That serve the zone, beside those that its NS records name.
    std::vector<Endpoint> servers{};
    /// Added after the last server was seen with a version: for those behind an address of many.
    seconds propagation_delay = std::chrono::hours(1);
    bool operator==(const Update&) const = default;
  };
  std::optional<Update> update{};

  /// Whether a pass makes the next key when one is wanted.
  [[nodiscard]] bool makes_next_key() const {
    return key_policy == CertificateKeyPolicy::kNext && !is_next_key_manual;
  }
};

}  // namespace danewerk::config
