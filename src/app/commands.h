#pragma once

/// \file
/// The commands, each a struct with what the command line said and a function that does it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/exit_code.h"
#include "app/service_options.h"
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
  std::string_view program = "danewerk";  ///< who talks
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
  std::vector<Path> files;           ///< or live services, HOST:PORT/PROFILE
  std::vector<std::string> records;  ///< "3 1 1"
  std::string owner;                 ///< may be empty: RDATA only
  std::optional<std::uint32_t> ttl;  ///< seconds
  enum class Form : std::uint8_t { kTlsa, kUnknownType };
  Form form = Form::kTlsa;  ///< RFC 3597 section 5 for programs that do not know TLSA
  sys_seconds at;
  ServiceOptions options{};  ///< for live services
};
ExitCode run(const TlsaGenCommand& command, const Voice& voice);

struct TlsaExplainCommand {
  std::vector<std::string> words{};  ///< a record in one or several words, a file, or "-"
  std::string origin{};              ///< of relative names in a file; empty: what it says itself
  Path certificate{};                ///< chain to hold them against; empty: none
  std::vector<Path> issuers{};       ///< more files of issuers
  sys_seconds at{};
};
/// What TLSA records say, what they match, and what is wrong with them.
ExitCode run(const TlsaExplainCommand& command, const Voice& voice);

struct TlsaVerifyCommand {
  std::vector<std::string> services{};  ///< "mx1.example.org:25/smtp"
  std::vector<std::string> domains{};   ///< whose mail hosts
  ServiceOptions options{};
  sys_seconds now{};
  sys_seconds at{};       ///< the moment that is judged for
  bool is_check = false;  ///< one line and the exit code of a monitoring plug-in
};
/// Live services as DANE clients see them.
ExitCode run(const TlsaVerifyCommand& command, const Voice& voice);

struct InitCommand {
  Path folder = ".";
};
/// Writes a configuration and its folders; what is there stays as it is.
ExitCode run(const InitCommand& command, const Voice& voice);

struct CheckCommand {
  std::string config;  ///< --config; may be empty
  unsigned jobs = 1;
  sys_seconds now{};
  bool is_offline = false;  ///< no server is asked
};
/// All that is wrong with the configuration, its zones, folders, keys and servers. kUsage when
/// there is no configuration to work with.
ExitCode run(const CheckCommand& command, const Voice& voice);

struct RunCommand {
  std::string config;              ///< --config; may be empty
  std::vector<std::string> zones;  ///< as typed; empty: all
  seconds wait = std::chrono::minutes(1);
  unsigned jobs = 1;
  sys_seconds now;
  bool is_strict = false;  ///< what waits for the operator is exit code 3
  bool is_new_zone = false;
  bool is_clock_ok = false;
  bool is_dry = false;              ///< says what would be done
  bool has_no_secondaries = false;  ///< after a restore: nobody to ask
};
/// One pass over all zones. Off a terminal it prints what was published and what is new, or
/// nothing.
ExitCode run(const RunCommand& command, const Voice& voice);

struct StatusCommand {
  std::string config;              ///< --config; may be empty
  std::vector<std::string> zones;  ///< as typed; empty: all
  sys_seconds now;
  bool is_check = false;  ///< one line and the exit code of a monitoring plug-in
};
/// What is published, which keys stand where, what is awaited.
ExitCode run(const StatusCommand& command, const Voice& voice);

/// What is asked of the engine, and of which configuration.
struct OperatorCommand {
  std::string config{};  ///< --config; may be empty
  std::string verb{};    ///< "roll"
  std::string zone{};    ///< as typed; may be empty
  sys_seconds now{};
  bool is_confirmed = false;
};

struct KeyCommand : OperatorCommand {
  std::string key{};   ///< tag or identity
  std::string role{};  ///< "ksk"; this and the rest may be empty
  std::string method{};
  std::string file{};
  std::string folder{};
  std::string algorithm{};
  std::string option{};
};
/// Keys of a zone: shown, made, rolled, taken in and out.
ExitCode run(const KeyCommand& command, const Voice& voice);

struct PlanCommand {
  std::string config;              ///< --config before the command; may be empty
  std::string new_config;          ///< --config after it; empty: none to compare with
  std::vector<std::string> zones;  ///< as typed; empty: all
  std::string svg;                 ///< empty: no picture
  sys_seconds now;
  seconds span = std::chrono::days(730);
  seconds ds_delay = std::chrono::days(1);
  unsigned jobs = 1;
  bool is_no_op_required = false;
};
/// What will happen, or what another configuration would begin. kFailed when nothing may begin at
/// once and something does, or a zone has no plan.
ExitCode run(const PlanCommand& command, const Voice& voice);

struct BackupCommand : OperatorCommand {
  std::string file{};
  std::string passphrase_file{};
};
/// State and keys in one encrypted file.
ExitCode run(const BackupCommand& command, const Voice& voice);

struct RestoreCommand {
  std::string config{};  ///< --config; may be empty
  std::string file{};
  std::string passphrase_file{};
  sys_seconds now{};
  bool is_without_secondaries = false;  ///< nobody is asked before the first publication
};
/// The folders of the configuration from a backup; they must be missing or empty.
ExitCode run(const RestoreCommand& command, const Voice& voice);

/// Makes the daemon read its configuration again, after this command found it good.
ExitCode reload(const OperatorCommand& command, const Voice& voice);

struct ZoneCommand : OperatorCommand {
  std::optional<std::uint32_t> limit{};
  std::optional<std::uint32_t> at_least{};
  std::optional<std::uint32_t> serial{};
  seconds timeout = std::chrono::minutes(10);
};
/// Managed zones: listed, shown, compared, waited for, frozen, forgotten.
ExitCode run(const ZoneCommand& command, const Voice& voice);
/// `zone wait`: until every observed secondary serves a serial, or a later one. kFailed when time
/// runs out before.
ExitCode wait_for_secondaries(const ZoneCommand& command, const Voice& voice);

}  // namespace danewerk::app
