#pragma once

/// \file
/// Look-ups that are validated here (RFC 4035 section 5), by libunbound; the only includer of it.
/// Whom it asks is the caller's choice: nobody is asked whom neither the caller, nor resolv.conf,
/// nor the root hints of libunbound name. Thread-compatible.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/time.h"
#include "dns/message.h"
#include "net/endpoint.h"

namespace danewerk::net {

using std::chrono::milliseconds;

/// What a validating resolver makes of an answer (RFC 4035 section 4.3).
enum class Security : std::uint8_t {
  kSecure,
  kInsecure,  ///< provably not signed, or no trust anchor leads there
  kBogus,
  kFailed,  ///< no answer
};
/// "secure", "insecure", "bogus", "failed".
std::string_view to_text(Security security);

struct ResolverOptions {
  enum class Source : std::uint8_t {
    kSystem,    ///< the name servers of resolv.conf
    kForward,   ///< `forwarders`
    kRootHints  ///< from the root downwards
  };
  Source source = Source::kSystem;
  std::vector<Endpoint> forwarders{};
  /// Files with DS or DNSKEY records. None: the root's keys, as IANA publishes them.
  std::vector<Path> trust_anchors{};
  enum class Validation : std::uint8_t { kOn, kOff };
  Validation validation = Validation::kOn;  ///< kOff: everything is insecure
  sys_seconds now{};
  std::optional<sys_seconds> at{};  ///< signatures are judged for; nothing: now
  milliseconds whole{20'000};       ///< for one call of look_up_all
};

struct NameAndType {
  dns::Name name{};
  dns::RrType type = dns::RrType::kA;
};

/// One step of an alias chain.
struct Alias {
  dns::Name from{};
  dns::Name to{};
  dns::Ttl ttl = 0;
};

struct Lookup {
  NameAndType question{};
  Security security = Security::kFailed;  ///< of all of it, aliases included
  std::string why{};                      ///< of kBogus and kFailed
  bool is_silence = false;                ///< of kFailed: nobody answered in time
  dns::Rcode rcode = dns::Rcode::kServerFailure;
  std::vector<Alias> aliases{};
  dns::Name last{};              ///< where the aliases lead; the question's name without any
  std::vector<Bytes> records{};  ///< RDATA of the type, in order of octets
  dns::Ttl ttl = 0;              ///< the smallest of aliases and records
  /// Of the RRSIG in the answer that ends first.
  struct Signature {
    sys_seconds inception{};
    sys_seconds expiration{};
  };
  std::optional<Signature> signature{};
  /// The zone that `last` lies in, where the answer tells: the signer, or the owner of the SOA.
  std::optional<dns::Name> zone{};

  [[nodiscard]] bool is_secure() const { return security == Security::kSecure; }
  /// There is an answer that clients go on with, if only that nothing is there.
  [[nodiscard]] bool is_usable() const {
    return security == Security::kSecure || security == Security::kInsecure;
  }
};

class Resolver {
 public:
  /// kBadInput for a trust anchor or forwarder that libunbound does not take; kUnavailable when it
  /// cannot begin.
  static Result<Resolver> open(ResolverOptions options);
  Resolver(Resolver&&) noexcept;
  Resolver& operator=(Resolver&&) noexcept;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver();

  /// All at once; one look-up a question, in the same order.
  std::vector<Lookup> look_up_all(const std::vector<NameAndType>& questions);
  Lookup look_up(const NameAndType& question);

 private:
  struct Impl;
  explicit Resolver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace danewerk::net
