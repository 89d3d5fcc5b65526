#pragma once

/// \file
/// The commands, each a struct with what the command line said and a function that does it.

#include <optional>
#include <string>
#include <vector>

#include "app/exit_code.h"
#include "engine/sign_task.h"

namespace danewerk::app {

/// How a command talks.
struct Voice {
  enum class Form : std::uint8_t { kText, kJson };
  Form form = Form::kText;
  enum class Detail : std::uint8_t { kQuiet, kNormal, kVerbose };
  Detail detail = Detail::kNormal;
  enum class Warnings : std::uint8_t { kAllowed, kErrors };
  Warnings warnings = Warnings::kAllowed;
};

struct SignCommand {
  engine::SignTask task;
};
ExitCode run(const SignCommand& command, const Voice& voice);

struct VerifyCommand {
  Path file;
  std::optional<dns::Name> origin;
  std::optional<Path> ds;  ///< file with DS records of the zone, as text
  sys_seconds at;
  unsigned jobs = 1;
};
ExitCode run(const VerifyCommand& command, const Voice& voice);

struct TlsaGenCommand {
  std::vector<Path> files;
  std::vector<std::string> records;  ///< "3 1 1"
  std::string owner;                 ///< may be empty: RDATA only
  std::optional<std::uint32_t> ttl;  ///< seconds
  enum class Form : std::uint8_t { kTlsa, kUnknownType };
  Form form = Form::kTlsa;  ///< RFC 3597 section 5 for programs that do not know TLSA
  sys_seconds at;
};
ExitCode run(const TlsaGenCommand& command, const Voice& voice);

}  // namespace danewerk::app
