#pragma once

/// \file
/// The control socket as a file: where it is, who can reach it. Thread-compatible: making one sets
/// the umask of the process for a moment.

#include <optional>

#include <sys/types.h>

#include "base/file.h"
#include "config/config.h"

namespace danewerk::daemon {

/// `control-socket`, else "control" in the state folder.
Path control_socket_of(const config::Config& config);

/// Takes the place of whatever socket is there: only who holds the state lock may call it. 0600;
/// 0660 for GROUP when there is one. The socket does not block, and is closed on exec, as are all
/// here.
Result<Descriptor> listen_at(const Path& path, std::optional<gid_t> group);

/// kUnavailable when nobody listens (yet), kRefused when the socket is not for us, or its owner is
/// none to trust: neither root, nor we, nor the owner of FOLDER.
Result<Descriptor> connect_to(const Path& path, const Path& folder);

}  // namespace danewerk::daemon
