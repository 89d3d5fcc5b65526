#include "app/system_log.h"

#include <algorithm>

#include <syslog.h>

namespace danewerk::app {

namespace {

int priority_of(Level level) {
  switch (level) {
    case Level::kError:
      return LOG_ERR;
    case Level::kWarning:
      return LOG_WARNING;
    case Level::kInfo:
      break;
  }
  return LOG_NOTICE;
}

}  // namespace

void log_to_system(Level level, const std::string& text) {
  auto line = text;
  std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  ::openlog("danewerk", LOG_PID, LOG_DAEMON);
  ::syslog(priority_of(level), "%s", line.c_str());
  ::closelog();
}

}  // namespace danewerk::app
