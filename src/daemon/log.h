#pragma once

/// \file
/// The daemon's log: standard error, one event a line, as words KEY=VALUE. Values are quoted where
/// they need it, so that no text from outside makes a line of its own. Never a secret. Thread-safe.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace danewerk::daemon {

struct Field {
  std::string_view key;
  std::string value;
};

/// "event=zone zone=example.org. text="serial 7: a key moved"". Fields without value are left out.
std::string log_text(std::string_view event, std::initializer_list<Field> fields);

class Log {
 public:
  enum class Form : std::uint8_t {
    kPlain,    ///< with time and level
    kJournal,  ///< with systemd's mark of the level; the journal knows the time
  };
  enum class Detail : std::uint8_t { kNormal, kVerbose };
  Log(Form form, Detail detail);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view event, std::initializer_list<Field> fields);
  void info(std::string_view event, std::initializer_list<Field> fields);
  void warning(std::string_view event, std::initializer_list<Field> fields);
  void error(std::string_view event, std::initializer_list<Field> fields);

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace danewerk::daemon
