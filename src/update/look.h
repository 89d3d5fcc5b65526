#pragma once

/// \file
/// What every authoritative server shows of owners of TLSA records in zones that others sign. Does
/// I/O: resolvers are asked for the servers, these for the records. Thread-compatible.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "net/client.h"
#include "update/servers.h"

namespace danewerk::update {

/// What is asked about one owner.
struct OwnerTask {
  dns::Name owner{};
  std::optional<dns::Name> zone{};          ///< none: the one that resolvers say
  std::vector<net::Endpoint> configured{};  ///< beside those that NS records name
  /// Those that were asked before: resolvers may go on asking one that is not listed any more.
  std::vector<NamedServer> known{};
};

struct LookOptions {
  sys_seconds now{};
  std::vector<net::Endpoint> resolvers{};  ///< empty: those of the system
  std::uint16_t port = net::kDnsPort;      ///< of authoritative servers
  std::chrono::milliseconds search{8000};  ///< for one question to resolvers
  std::chrono::milliseconds asking{6000};  ///< for all authoritative servers together
  std::chrono::milliseconds attempt{1500};
};

/// SOA of a zone in parts (RFC 1035 section 3.3.13).
struct SoaShown {
  std::uint32_t serial = 0;
  seconds refresh{0}, retry{0}, expire{0};
  seconds negative_ttl{0};  ///< the lesser of its TTL and MINIMUM
};

/// What one server said.
struct ServerAnswer {
  enum class Kind : std::uint8_t {
    kShows,   ///< the records, or that there are none, with authority
    kLame,    ///< it answers, and that does not count
    kSilent,  ///< nothing came
  };
  NamedServer server{};
  bool is_listed = true;  ///< false: one of OwnerTask::known alone
  Kind kind = Kind::kSilent;
  SoaShown soa{};
  std::set<Bytes> records{};  ///< RDATA
  seconds ttl{0};             ///< of the records, or of the answer that there are none
  seconds alias_ttl{0};       ///< the largest of the aliases on the way
  std::string target{};       ///< where aliases lead; empty: there is none
  bool is_signed = false;     ///< by a signature that is valid now as far as its dates say
  std::optional<sys_seconds> signed_until{};  ///< the latest end of a signature over the records
  std::string why{};                          ///< of the others: a sentence that begins with a verb
};

struct OwnerLook {
  std::optional<dns::Name> zone{};
  std::string why{};  ///< why not all servers are known; empty: they are
  std::vector<ServerAnswer> answers{};
};

/// One look a task, in the same order.
std::vector<OwnerLook> look_all(const std::vector<OwnerTask>& tasks, const LookOptions& options);

/// What replies to questions for the zone's SOA and the owner's TLSA say together.
ServerAnswer read_answer(const OwnerTask& task, dns::NameView zone, const net::Reply& soa,
                         const net::Reply& tlsa, sys_seconds now);

}  // namespace danewerk::update
