#pragma once

/// \file
/// Who is at the other end of a unix socket, as the kernel has it, and who may ask. Thread-safe.

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace danewerk::daemon {

struct Peer {
  uid_t uid = 0;
  std::vector<gid_t> groups{};  ///< the primary one first
};

/// Of a connected socket.
Result<Peer> peer_of(int socket);

/// Who may use the control socket.
struct AccessRule {
  uid_t owner = 0;
  std::optional<gid_t> group{};
};

/// The owner, root, and members of the group.
bool is_allowed(const Peer& peer, const AccessRule& rule);
/// Whether it is the owner or root: they get in however many others are there.
bool is_owner(const Peer& peer, const AccessRule& rule);

}  // namespace danewerk::daemon
