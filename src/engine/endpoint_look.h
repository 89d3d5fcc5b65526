#pragma once

/// \file
/// What services of bindings present at each of their addresses, with SNI and without, by keys of
/// either kind: all that can differ from what the served folder has. Does I/O, on several threads.

#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "config/certificate.h"
#include "model/binding.h"
#include "net/endpoint.h"
#include "net/resolver.h"
#include "tlsa/chain.h"

namespace danewerk::engine {

/// An endpoint, and what it presents.
struct SeenEndpoint {
  std::string place;            ///< "mx1.example.org:25 at 192.0.2.1"
  std::string name;             ///< the same, and what was asked for
  std::string owner{};          ///< of the service's TLSA records; empty: not known
  std::vector<Bytes> chain{};   ///< DER, as presented; empty: nothing
  std::string why{};            ///< why nothing: a sentence that begins with a verb
  bool has_route = true;        ///< this machine can send there
  bool is_without_tls = false;  ///< somebody answers, and no TLS session comes of it
};

/// A service at an address that its host need not have in the DNS.
struct ServiceAddress {
  config::Service service{};
  std::string address{};
};
/// What each of them presents, in the same order; several at once. Thread-safe.
std::vector<std::vector<SeenEndpoint>> look_at_addresses(const std::vector<ServiceAddress>& all,
                                                         sys_seconds now);

/// What an endpoint presents, as a chain; kBadInput when it is none.
Result<tlsa::Chain> presented_chain(const std::vector<Bytes>& certificates);
/// SHA-256 of the public key in a certificate, hexadecimal; empty when it is no certificate.
std::string presented_key(const Bytes& certificate);

struct ServicePlace;

/// For one pass: a host's addresses are looked up once. Not for two threads at once.
class EndpointLook {
 public:
  /// \param resolvers  empty: those of the system.
  EndpointLook(sys_seconds now, std::vector<net::Endpoint> resolvers)
      : now_(now), resolvers_(std::move(resolvers)) {}

  /// The endpoints of each of these, in the same order. Services with `probe: none` have none.
  std::vector<std::vector<SeenEndpoint>> look(
      const std::vector<const config::Certificate*>& certificates);

 private:
  struct Addresses {
    std::vector<net::Endpoint> list{};
    std::string why{};  ///< why there are none
    void add(const net::Lookup& lookup);
  };
  std::vector<std::string> new_hosts(const std::vector<const config::Certificate*>& certificates);
  [[nodiscard]] Result<std::vector<net::Lookup>> ask(const std::vector<std::string>& hosts) const;
  void look_up(const std::vector<const config::Certificate*>& certificates);
  [[nodiscard]] std::vector<ServicePlace> places_of(const config::Certificate& certificate) const;

  sys_seconds now_;
  std::vector<net::Endpoint> resolvers_;
  std::map<std::string, Addresses> addresses_;  ///< by host
};

/// Names of those that present anything.
std::vector<std::string> answering(const std::vector<SeenEndpoint>& seen);

/// What speaks against a chain that services were told of; empty: nothing. One that answered before
/// is silent, or all present something else.
std::string live_trouble(const std::vector<std::string>& answered,
                         const std::vector<SeenEndpoint>& seen, const Bytes& leaf);

/// After a reload, for ten seconds at most: until services that answered before do so still, and
/// not all of them present something else. Fails with what was seen otherwise. One that answers
/// without TLS is waited for as long: with its first certificate it may come to offer it.
/// \param answered  names of endpoints
/// \param leaf      the certificate that they were given, DER
Result<void> check_live(EndpointLook& look, const config::Certificate& certificate,
                        const std::vector<std::string>& answered, const Bytes& leaf);

/// What is remembered of a binding's endpoints, after a look at all of them.
class EndpointMemory {
 public:
  /// Both must outlive it.
  EndpointMemory(const std::vector<model::Endpoint>& known, const model::Binding& binding,
                 sys_seconds now);

  /// One that presents something. Hits and time of the sight are filled in here.
  void see(const SeenEndpoint& seen, model::Endpoint::Sight sight);
  /// A place where nobody answers, or nobody with TLS: what was seen there before is all that is
  /// known of what it presents.
  void miss(const SeenEndpoint& seen);

  std::vector<model::Endpoint> endpoints() &&;

 private:
  [[nodiscard]] const model::Endpoint* find(const std::string& name) const;

  const std::vector<model::Endpoint>& known_;
  const model::Binding& binding_;
  sys_seconds now_;
  std::vector<model::Endpoint> next_{};
};

}  // namespace danewerk::engine
