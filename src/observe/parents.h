#pragma once

/// \file
/// What a parent's server says of a zone's DS. No I/O. Thread-compatible.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "net/client.h"

namespace danewerk::observe {

/// An address of a server that is asked for DS.
/// A parent zone of ours has a name and no address.
struct ParentServer {
  std::string name{};  ///< of the server; the addresses of one server are one; empty: on its own
  net::Endpoint endpoint{};
  bool operator==(const ParentServer&) const = default;
};
/// "ns1.example. (192.0.2.1@53)".
std::string to_text(const ParentServer& server);

struct DsAnswer {
  enum class Kind : std::uint8_t {
    kShows,   ///< a DS RRset
    kNone,    ///< says with authority that there is none
    kSilent,  ///< nothing that counts: see `why`
  };
  ParentServer server{};
  Kind kind = Kind::kSilent;
  std::vector<Bytes> ds{};  ///< RDATA
  seconds ttl{0};
  std::string why{};  ///< a sentence that begins with a verb
};

/// A negative answer counts only with the SOA of a zone above: a server that has the zone itself,
/// and not its parent, knows nothing of the DS (RFC 4035 section 3.1.4.1).
/// \param reply  to a question for the zone's DS.
DsAnswer read_ds_answer(ParentServer server, dns::NameView zone, const net::Reply& reply);

/// Leaves silent addresses out whose server answers at another: a host without IPv6 cannot wait for
/// the IPv6 address of a server that it reaches by IPv4.
std::vector<DsAnswer> one_voice_a_server(std::vector<DsAnswer> answers);

/// What all servers said.
struct ParentsAnswer {
  bool was_asked = false;  ///< there is somebody to ask, and it was time
  std::string why{};       ///< why no server was found; empty: `answers` are there
  std::vector<DsAnswer> answers{};
  /// Every server answered with something that counts.
  [[nodiscard]] bool is_complete() const;
};

}  // namespace danewerk::observe
