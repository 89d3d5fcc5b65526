#pragma once

/// \file
/// What is known of an owner of TLSA records in a zone that somebody else signs: what its servers
/// were seen with, and what of it is ours. Versions are numbered here, for each owner. Value types.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "model/facts.h"

namespace danewerk::model {

/// An address of a name server.
struct ServerElsewhere {
  std::string name{};         ///< "ns1.example.org."; empty: configured by its address
  Secondary sight{};          ///< address, first sights of versions, since when it is silent
  std::uint32_t serial = 0;   ///< of the zone, when it was seen last
  VersionNumber version = 0;  ///< of the owner, when it was seen last; 0: never
  bool has_answered = false;  ///< anything ever, with authority or without
  bool is_signed = true;      ///< what it showed then had a signature of that time
  std::string why{};          ///< why it counts as silent: a sentence that begins with a verb
  std::optional<sys_seconds> unlisted{};  ///< since when no NS record names it any more
  bool operator==(const ServerElsewhere&) const = default;
};

struct Elsewhere {
  std::string zone{};         ///< canonical text; empty: not known yet
  std::set<Bytes> ours{};     ///< RDATA of records that we asked for, and that may be there
  VersionNumber version = 0;  ///< the newest number; 0: its servers were never seen
  std::vector<Publication> publications{};  ///< `published`: accepted by the server, or seen there
  std::vector<ServerElsewhere> servers{};
  seconds negative_ttl{0};  ///< the lesser of SOA TTL and SOA MINIMUM (RFC 2308 section 5)
  seconds soa_refresh{0};
  seconds soa_retry{0};
  seconds soa_expire{0};
  std::optional<seconds> sent_ttl{};    ///< of the records that were sent last
  std::optional<sys_seconds> looked{};  ///< last look at the servers
  /// Why it cannot be measured what they serve; empty: it can.
  std::string trouble{};
  bool operator==(const Elsewhere&) const = default;
};

}  // namespace danewerk::model
