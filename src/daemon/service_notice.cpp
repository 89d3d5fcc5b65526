#include "daemon/service_notice.h"

#include <string>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace danewerk::daemon::service {

namespace {

/// Whether systemd got it makes no difference to what we do.
void tell(const std::string& state) {
  static_cast<void>(::sd_notify(0, state.c_str()));
}

}  // namespace

void ready() {
  tell("READY=1");
}

void reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void stopping() {
  tell("STOPPING=1\nSTATUS=stopping");
}

void extend(std::chrono::seconds span) {
  tell(fmt::format("EXTEND_TIMEOUT_USEC={}", std::chrono::microseconds(span).count()));
}

void status(std::string_view text) {
  tell(fmt::format("STATUS={}", text));
}

void alive() {
  tell("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog() {
  std::uint64_t interval = 0;
  if (::sd_watchdog_enabled(0, &interval) <= 0) return std::nullopt;
  return std::chrono::microseconds(interval);
}

}  // namespace danewerk::daemon::service
