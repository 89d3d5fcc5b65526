#pragma once

/// \file
/// The DNS from both sides: through a validating resolver, and from each authoritative server.
/// Does I/O; remembers which servers a zone has. Thread-compatible.

#include <map>
#include <string>
#include <vector>

#include "net/client.h"
#include "net/resolver.h"
#include "probe/report.h"

namespace danewerk::probe {

struct DnsOptions {
  net::ResolverOptions resolver{};
  std::uint16_t authority_port = net::kDnsPort;
  enum class Authorities : std::uint8_t { kAsked, kLeftAlone };
  Authorities authorities = Authorities::kAsked;
  net::AskLimits limits{};
};

/// The addresses in an answer to an A or AAAA question.
std::vector<net::Endpoint> endpoints_in(const net::Lookup& lookup, std::uint16_t port);

class DnsView {
 public:
  static Result<DnsView> open(const DnsOptions& options);

  /// One sight a question, in the same order. Servers are asked for what stands at the end of
  /// aliases; the aliases are questions of their own.
  std::vector<Sight> see_all(const std::vector<net::NameAndType>& questions,
                             net::Transport transport = net::Transport::kUdp);
  Sight see(const net::NameAndType& question, net::Transport transport = net::Transport::kUdp);
  /// Each step of the aliases that a look-up went through, as a look-up of its own.
  std::vector<Sight> see_aliases(const net::Lookup& lookup);

 private:
  struct Server {
    std::string name;
    net::Endpoint endpoint;
  };
  struct Servers {
    std::vector<Server> list{};
    std::string why{};
  };

  DnsView(DnsOptions options, net::Resolver validating, net::Resolver plain);
  std::optional<dns::Name> zone_of(const net::Lookup& lookup);
  const Servers& servers_of(const net::Lookup& lookup);
  Servers find_servers(dns::NameView zone);
  void ask_anew(std::vector<Sight>& sights);
  void look_without(std::vector<Sight>& sights);
  void ask_servers(std::vector<Sight>& sights, net::Transport transport);

  DnsOptions options_;
  net::Resolver validating_;
  net::Resolver plain_;  ///< finds servers of zones that do not validate, too
  std::map<std::string, Servers> servers_;
  std::map<std::string, std::optional<dns::Name>> zones_;  ///< by name, where it had to be asked
};

}  // namespace danewerk::probe
