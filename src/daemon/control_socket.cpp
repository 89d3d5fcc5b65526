#include "daemon/control_socket.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/account.h"
#include "daemon/peer.h"

namespace danewerk::daemon {

namespace {

constexpr int kBacklog = 64;

/// An address has room for 107 octets of path. A longer one goes by way of its folder.
struct Address {
  sockaddr_un name{};
  Descriptor folder{};
};

Result<Address> address_of(const Path& path) {
  Address address;
  address.name.sun_family = AF_UNIX;
  auto text = path.string();
  if (text.size() >= sizeof address.name.sun_path) {
    const auto folder = path.parent_path();
    address.folder = Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.folder.is_open()) return tl::unexpected(system_error("open", folder, errno));
    text = fmt::format("/proc/self/fd/{}/{}", address.folder.get(), path.filename().string());
  }
  if (text.size() >= sizeof address.name.sun_path) {
    return fail(Errc::kBadInput, fmt::format("the name of '{}' is too long", path.string()));
  }
  std::memcpy(&address.name.sun_path, text.c_str(), text.size() + 1);
  return address;
}

Descriptor make_socket() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

const sockaddr* pointer_to(const Address& address) {
  const void* name = &address.name;
  return static_cast<const sockaddr*>(name);
}

/// What is no socket is somebody's file, and stays.
Result<void> remove_old(const Path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return fail(Errc::kRefused, fmt::format("'{}' is there and no socket", path.string()),
                "move it away, or set control-socket in daemon");
  }
  if (::unlink(path.c_str()) != 0) return tl::unexpected(system_error("remove", path, errno));
  return {};
}

Result<void> let_in(const Path& path, gid_t group) {
  constexpr mode_t kOwnerAndGroup = 0660;
  if (::chown(path.c_str(), static_cast<uid_t>(-1), group) != 0) {
    return tl::unexpected(system_error("give the group", path, errno));
  }
  if (::chmod(path.c_str(), kOwnerAndGroup) != 0) {
    return tl::unexpected(system_error("set mode of", path, errno));
  }
  return {};
}

Result<void> check_listener(const Descriptor& socket, const Path& path, const Path& folder) {
  DW_TRY(const auto peer, peer_of(socket.get()));
  if (peer.uid == 0 || peer.uid == ::geteuid()) return {};
  struct stat info{};
  if (::stat(folder.c_str(), &info) == 0 && info.st_uid == peer.uid) return {};
  return fail(Errc::kRefused, fmt::format("at '{}' listens {}, who is not the owner of '{}'",
                                          path.string(), user_name(peer.uid), folder.string()));
}

}  // namespace

Path control_socket_of(const config::Config& config) {
  const auto& path = config.daemon.control_socket;
  return path.empty() ? config.state / "control" : path;
}

Result<Descriptor> listen_at(const Path& path, std::optional<gid_t> group) {
  DW_TRY_VOID(remove_old(path));
  DW_TRY(const auto address, address_of(path));
  auto socket = make_socket();
  if (!socket.is_open()) return tl::unexpected(system_error("make", path, errno));
  // From its first moment on nobody else can connect.
  constexpr mode_t kNobodyElse = 0177;
  const auto umask_before = ::umask(kNobodyElse);
  const int bound = ::bind(socket.get(), pointer_to(address), sizeof address.name);
  const int why = errno;
  ::umask(umask_before);
  if (bound != 0) return tl::unexpected(system_error("make", path, why));
  if (group) {
    DW_TRY_VOID(let_in(path, *group));
  }
  if (::listen(socket.get(), kBacklog) != 0) {
    return tl::unexpected(system_error("listen at", path, errno));
  }
  return socket;
}

Result<Descriptor> connect_to(const Path& path, const Path& folder) {
  DW_TRY(const auto address, address_of(path));
  auto socket = make_socket();
  if (!socket.is_open()) return tl::unexpected(system_error("make", "socket", errno));
  if (::connect(socket.get(), pointer_to(address), sizeof address.name) != 0) {
    if (errno == EACCES || errno == EPERM) {
      return fail(
          Errc::kRefused, fmt::format("you may not use the control socket '{}'", path.string()),
          "it is for the user of danewerkd, root, and the control-group of the configuration");
    }
    return tl::unexpected(system_error("connect to", path, errno));
  }
  DW_TRY_VOID(check_listener(socket, path, folder));
  return socket;
}

}  // namespace danewerk::daemon
