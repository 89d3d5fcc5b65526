#pragma once

/// \file
/// What systemd is told (sd_notify(3)); nothing where it did not start us. Thread-safe.

#include <chrono>
#include <optional>
#include <string_view>

namespace danewerk::daemon::service {

void ready();
/// A new configuration is read; `ready` ends it.
void reloading();
void stopping();
/// A stop takes a while: not longer than SPAN from now.
void extend(std::chrono::seconds span);
/// A sentence for `systemctl status`.
void status(std::string_view text);
void alive();
/// How often `alive` has to be said at least; none: not at all.
std::optional<std::chrono::microseconds> watchdog();

}  // namespace danewerk::daemon::service
