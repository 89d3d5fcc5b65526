#pragma once

/// \file
/// Who serves a zone that others sign: name servers of the zone itself and of its delegation, with
/// all their addresses. Does I/O. Thread-compatible.

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/client.h"
#include "net/resolver.h"

namespace danewerk::update {

struct NamedServer {
  std::string name{};  ///< "ns1.example.org."; empty: configured by its address
  net::Endpoint endpoint{};
  auto operator<=>(const NamedServer&) const = default;
};

struct ZoneServers {
  std::optional<dns::Name> zone{};
  std::vector<NamedServer> servers{};
  std::string why{};  ///< why not all of them are known; empty: they are
};

class ServerSearch {
 public:
  /// \param port  that name servers listen at.
  ServerSearch(net::Resolver resolver, net::AskLimits limits, std::uint16_t port)
      : resolver_(std::move(resolver)), limits_(limits), port_(port) {}

  /// The zone that the owner lies in, and its servers. Nobody is asked for the owner itself: that
  /// there is nothing would be remembered by resolvers that others use as well.
  const ZoneServers& of_owner(dns::NameView owner);
  const ZoneServers& of_zone(dns::NameView zone);

 private:
  static constexpr std::chrono::seconds kLongest{25};

  std::vector<net::Lookup> look_up_all(const std::vector<net::NameAndType>& questions);
  net::Lookup look_up(const dns::Name& name, dns::RrType type);
  std::optional<dns::Name> zone_of(const dns::Name& name);
  std::vector<net::Endpoint> addresses_of(const net::Lookup& names);
  std::vector<net::Reply> ask_parent(dns::NameView zone);
  void add_delegation(dns::NameView zone, std::set<std::string>& names, ZoneServers& found);
  ZoneServers search(dns::NameView zone);

  net::Resolver resolver_;
  net::AskLimits limits_;
  std::uint16_t port_;
  /// From then on nobody is asked: of many zones, those that cannot be found must not add up.
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + kLongest;
  std::map<std::string, ZoneServers> by_zone_{};   ///< by canonical text
  std::map<std::string, ZoneServers> by_owner_{};  ///< those without a zone
};

/// OWNER without what precedes the host: "_25._tcp.mx1.example.org." is of "mx1.example.org.".
dns::Name host_of(dns::NameView owner);

}  // namespace danewerk::update
