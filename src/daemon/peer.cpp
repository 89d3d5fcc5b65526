#include "daemon/peer.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sys/socket.h>

#include "base/file.h"

namespace danewerk::daemon {

namespace {

/// Supplementary groups. A kernel before 4.13 does not tell: the primary one counts alone.
std::vector<gid_t> groups_of(int socket) {
  std::vector<gid_t> groups(64);
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int failed = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    const bool is_small = failed != 0 && errno == ERANGE;
    if (failed != 0 && !is_small) break;
    groups.resize(size / sizeof(gid_t));
    if (!is_small) return groups;
  }
  return {};
}

}  // namespace

Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return tl::unexpected(system_error("ask who is at", "control socket", errno));
  }
  Peer peer{.uid = credentials.uid, .groups = {credentials.gid}};
  const auto more = groups_of(socket);
  peer.groups.insert(peer.groups.end(), more.begin(), more.end());
  return peer;
}

bool is_owner(const Peer& peer, const AccessRule& rule) {
  return peer.uid == rule.owner || peer.uid == 0;
}

bool is_allowed(const Peer& peer, const AccessRule& rule) {
  if (is_owner(peer, rule)) return true;
  return rule.group && std::ranges::find(peer.groups, *rule.group) != peer.groups.end();
}

}  // namespace danewerk::daemon
