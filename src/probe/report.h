#pragma once

/// \file
/// What was seen of live services. Value types.

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "net/resolver.h"
#include "net/tls_client.h"
#include "probe/target.h"

namespace danewerk::probe {

/// What one authoritative server says to one question.
struct ServerView {
  std::string name{};  ///< "ns1.example.org."
  net::Endpoint endpoint{};
  net::Transport transport = net::Transport::kUdp;
  enum class Kind : std::uint8_t {
    kAnswers,
    kLame,  ///< answers, and not for this zone
    kSilent,
    kNoRoute,  ///< this machine cannot send there
  };
  Kind kind = Kind::kSilent;
  std::string why{};  ///< unless kAnswers: a sentence that begins with a verb
  dns::Rcode rcode = dns::Rcode::kNoError;
  std::vector<Bytes> records{};  ///< RDATA of the type, in order of octets
  dns::Ttl ttl = 0;
  bool is_alias = false;   ///< a CNAME stands there instead
  bool is_signed = false;  ///< with RRSIG over what was asked for, or over the denial
  std::optional<sys_seconds> signed_until{};
};

/// One question, as a validating resolver sees it, and as each authoritative server answers it.
struct Sight {
  net::Lookup lookup{};
  std::vector<ServerView> servers{};
  std::string no_servers{};  ///< why there are none
};

/// A TLSA record as published.
struct SeenRecord {
  net::TlsaNumbers numbers{};
  bool is_usable = true;
  std::string why{};  ///< when it is not
};

/// How Postfix calls such a session in its log.
enum class Word : std::uint8_t { kAnonymous, kUntrusted, kTrusted, kVerified };
std::string_view to_text(Word word);

/// What a record of the RRset makes of one presented chain.
struct RecordMatch {
  std::optional<unsigned> depth{};  ///< 0: the server's own certificate
  std::string why{};                ///< why not
};

/// One session, or the attempt at one.
struct Attempt {
  net::Endpoint server{};
  net::ServerKey key = net::ServerKey::kAny;
  bool has_server_name = true;
  net::TlsSight tls{};
  Word word = Word::kUntrusted;        ///< of kTls
  std::vector<RecordMatch> matches{};  ///< one a record of the RRset; of kTls with a chain

  [[nodiscard]] bool has_tls() const { return tls.stage == net::TlsSight::Stage::kTls; }
  /// The server agreed to TLS as such, and has no key of this kind.
  [[nodiscard]] bool lacks_key() const {
    return tls.stage == net::TlsSight::Stage::kNoTls && tls.is_refused_by_alert &&
           key != net::ServerKey::kAny;
  }
};

enum class Verdict : std::uint8_t {
  kProtected,    ///< DANE clients demand a match, and find one everywhere
  kUnprotected,  ///< nothing that DANE clients go by
  kBroken,       ///< DANE clients refuse the service, or some of them at some address
  kUnknown,      ///< cannot be told from here
};
std::string_view to_text(Verdict verdict);

struct ServiceReport {
  Target target{};
  std::optional<unsigned> preference{};  ///< of the MX record
  std::vector<Sight> aliases{};          ///< of the host, each hop
  std::vector<Sight> addresses{};        ///< A and AAAA
  dns::Name base{};                      ///< TLSA base domain
  std::vector<Sight> tlsa_aliases{};     ///< of the TLSA owner, each hop
  Sight tlsa{};
  std::vector<Sight> tlsa_over_tcp{};  ///< only its `servers`: the same question over TCP
  std::vector<SeenRecord> records{};
  bool is_dane = false;               ///< clients go by the records
  std::optional<Sight> empty_name{};  ///< "_tcp.BASE", which resolvers ask for on their way
  std::optional<Sight> denial{};      ///< a TLSA owner that cannot exist
  std::vector<Attempt> attempts{};

  Verdict verdict = Verdict::kUnknown;
  std::string reason{};
  struct Life {
    sys_seconds begin{};
    sys_seconds end{};
  };
  std::optional<Life> leaf{};       ///< of the presented ones, that which ends first
  std::optional<Life> issuer{};     ///< the same for all above it
  std::optional<Life> signature{};  ///< of what DANE clients rely on
};

struct Report {
  std::optional<dns::Name> domain{};  ///< whose mail it is
  std::optional<Sight> mx{};
  std::optional<Sight> at_domain{};  ///< TLSA at the domain, where no client looks for it
  std::vector<ServiceReport> services{};
  Findings findings{};
  bool is_unknown = false;  ///< what there is to look at could not be found out
};

}  // namespace danewerk::probe
