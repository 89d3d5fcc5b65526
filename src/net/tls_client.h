#pragma once

/// \file
/// A TLS client that looks at a service at one address: says what comes before TLS, shakes hands,
/// verifies with OpenSSL's DANE (RFC 6698, RFC 7671) and leaves. Nothing of it blocks beyond its
/// limits, and nothing is believed of the server but what is verified. Thread-safe.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "net/endpoint.h"
#include "net/profile.h"

namespace danewerk::net {

using std::chrono::milliseconds;

/// A TLSA record in numbers (RFC 6698 section 2.1).
struct TlsaNumbers {
  std::uint8_t usage = 3;
  std::uint8_t selector = 1;
  std::uint8_t matching = 1;
  Bytes data{};
  bool operator==(const TlsaNumbers&) const = default;
};

/// Which keys the client says that it understands.
enum class ServerKey : std::uint8_t { kAny, kRsa, kEcdsa };
/// "any key", "RSA", "ECDSA".
std::string_view to_text(ServerKey key);

/// What the certificate is to be valid for besides matching a record.
enum class NameRule : std::uint8_t {
  kUsage3Free,  ///< with usage 3 names do not count (RFC 7671 section 5.1)
  kAlways,
};

struct TlsTask {
  Endpoint server{};
  Profile profile = Profile::kTls;
  std::string host{};  ///< TLSA base domain, without final dot: the first name that may match
  std::vector<std::string> more_names{};  ///< RFC 7672 section 3.2.2: the next-hop domain
  bool has_server_name = true;            ///< SNI (RFC 6066 section 3), of `host`
  std::string peer{};                     ///< for XMPP: the service that is meant; empty: host
  std::string own_name{};                 ///< for EHLO
  ServerKey key = ServerKey::kAny;
  /// Empty: verified as without DANE, by the authorities that this machine trusts.
  std::vector<TlsaNumbers> tlsa{};
  NameRule names = NameRule::kUsage3Free;
  std::optional<sys_seconds> at{};  ///< dates are judged for; nothing: now
  milliseconds step{10'000};        ///< for one wait
  milliseconds whole{30'000};       ///< for all of it
};

struct TlsSight {
  enum class Stage : std::uint8_t {
    kNoConnection,
    kNoRoute,     ///< this machine cannot send there
    kNoTalk,      ///< connected, and does not speak the language that comes before TLS
    kNoStarttls,  ///< speaks it, and offers no TLS
    kNoTls,       ///< the handshake failed
    kTls,
  };
  Stage stage = Stage::kNoConnection;
  std::string why{};  ///< unless kTls: a sentence that begins with a verb: "refuses STARTTLS: ..."
  bool is_refused_by_alert = false;  ///< of kNoTls: the server had no common ground with us

  // The rest: kTls only.
  std::vector<Bytes> chain{};  ///< DER, as presented; empty: an anonymous cipher
  std::string protocol{};      ///< "TLSv1.3"
  std::string cipher{};
  /// With records: nothing matched, or could be used; without: no trusted authority.
  bool is_verified = false;
  int code = 0;  ///< X509_V_... of the verification
  std::string code_text{};
  /// The record that matched (index in TlsTask::tlsa), and at which depth; 0: the server's own.
  struct Match {
    std::size_t record = 0;
    unsigned depth = 0;
  };
  std::optional<Match> match{};
  std::size_t usable = 0;  ///< records that OpenSSL took; the others are of no use to clients
};

TlsSight look_at_service(const TlsTask& task);

}  // namespace danewerk::net
