#include "app/cli.h"

#include <functional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cli_fault.h"
#include "app/cli_operator.h"
#include "app/cli_tlsa.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/renewal_commands.h"
#include "base/parallel.h"

namespace danewerk::app {

namespace {

/// Text of an option that a library of ours understands; the usage error is CLI11's.
template <class T, class Parse>
std::function<bool(const CLI::results_t&)> parsed(T& target, Parse parse) {
  return [&target, parse](const CLI::results_t& words) {
    auto value = parse(words.back());
    if (!value) {
      const auto& error = value.error();
      throw CLI::ValidationError(error.hint().empty()
                                     ? error.message()
                                     : fmt::format("{} ({})", error.message(), error.hint()));
    }
    target = *std::move(value);
    return true;
  };
}

template <class T, class Parse>
CLI::Option* add(CLI::App& app, const std::string& names, T& target, Parse parse,
                 const std::string& text, const std::string& type) {
  return app.add_option(names, parsed(target, parse), text)->type_name(type);
}

Result<Bytes> parse_salt(const std::string& text) {
  if (text == "-") return Bytes();
  auto salt = from_hex(text);
  if (!salt || salt->size() > 255) {
    return fail(Errc::kBadInput, fmt::format("'{}' is not a salt of 0 to 255 octets in hex", text));
  }
  return *std::move(salt);
}

Result<model::DenialKind> parse_denial(const std::string& text) {
  if (text == "nsec3") return model::DenialKind::kNsec3;
  if (text == "nsec") return model::DenialKind::kNsec;
  return fail(Errc::kBadInput, fmt::format("'{}' is neither nsec3 nor nsec", text));
}

Result<seal::SerialPolicy> parse_serial(const std::string& text) {
  const auto policy = seal::serial_policy_from_text(text);
  if (policy) return *policy;
  return fail(Errc::kBadInput,
              fmt::format("'{}' is none of keep, increment, unixtime, date", text));
}

Result<crypto::Algorithm> parse_algorithm(const std::string& text) {
  using crypto::Algorithm;
  const std::pair<const char*, Algorithm> known[] = {
      {"rsasha256", Algorithm::kRsaSha256},       {"rsasha512", Algorithm::kRsaSha512},
      {"ecdsap256sha256", Algorithm::kEcdsaP256}, {"ecdsap384sha384", Algorithm::kEcdsaP384},
      {"ed25519", Algorithm::kEd25519},           {"ed448", Algorithm::kEd448}};
  for (const auto& [name, algorithm] : known) {
    if (CLI::detail::to_lower(text) == name) return algorithm;
  }
  return fail(Errc::kBadInput,
              fmt::format("'{}' is none of rsasha256, rsasha512, ecdsap256sha256, ecdsap384sha384, "
                          "ed25519, ed448",
                          text));
}

const auto kDuration = [](const std::string& text) { return parse_duration(text); };
const auto kTtl = [](const std::string& text) -> Result<std::uint32_t> {
  DW_TRY(const auto span, parse_duration(text));
  if (span.count() > std::int64_t{dns::kMaxTtl}) {
    return fail(Errc::kBadInput, fmt::format("'{}' is over 2^31 - 1 seconds", text));
  }
  return static_cast<std::uint32_t>(span.count());
};
const auto kInstant = [](const std::string& text) { return parse_instant(text); };
const auto kName = [](const std::string& text) { return dns::name_from_text(text); };

/// The words of one command line, before they become a command.
struct Line {
  Voice voice;
  std::string config;
  unsigned jobs = available_cores();
  sys_seconds now = system_clock().now();
  sys_seconds at = now;

  engine::SignTask sign;
  std::string output;
  std::string reuse;
  seconds refresh{-1};
  bool generate_keys = false;
  bool no_verify = false;
  bool keep_dnskey = false;
  bool zonemd = false;
  engine::SignTask::NewKeys new_keys;

  VerifyCommand verify;
  dns::Name verify_origin;
  std::string ds;

  HookCommand hook;
  DeployCommand deploy;
  InitCommand init;
  CheckCommand check;
  RunCommand run;
  StatusCommand status;
  PlanCommand plan;
  KeyCommand key;
  ZoneCommand zone;
  OperatorCommand reload;
  BackupCommand backup;
  RestoreCommand restore;

  TlsaGenCommand tlsa_gen;
  TlsaExplainCommand tlsa_explain;
  TlsaVerifyCommand tlsa_verify;
  TlsaCommand tlsa;
  std::optional<std::uint32_t> ttl;
};

void add_jobs(CLI::App& app, Line& line) {
  app.add_option("--jobs", line.jobs, "threads (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
}

void add_sign(CLI::App& app, Line& line) {
  auto& task = line.sign;
  app.add_option("ZONEFILE", task.input, "zone file to sign")->required();
  add(app, "--origin", task.origin, kName, "name of the zone", "NAME")->required();
  app.add_option("--keys", task.keys, "folder with the zone's KSK and ZSK")
      ->required()
      ->type_name("DIR");
  app.add_option("-o,--output", line.output, "signed file (default: ZONEFILE.signed)")
      ->type_name("FILE");
  add_jobs(app, line);
  add(app, "--denial", task.denial.kind, parse_denial, "nsec3 (default) or nsec", "KIND");
  app.add_flag("--opt-out", task.denial.opt_out, "leave insecure delegations out of the chain");
  app.add_option("--iterations", task.denial.iterations, "additional NSEC3 iterations (default: 0)")
      ->type_name("N");
  add(app, "--salt", task.denial.salt, parse_salt, "NSEC3 salt (default: none)", "HEX");
  add(app, "--validity", task.validity, kDuration, "life of a signature (default: 30d)", "SPAN");
  add(app, "--inception-offset", task.inception_offset, kDuration,
      "signatures begin so long ago (default: 1h)", "SPAN");
  add(app, "--spread", task.spread, kDuration, "expirations are spread over SPAN (default: 0)",
      "SPAN");
  add(app, "--serial", task.serial, parse_serial, "keep (default), increment, unixtime or date",
      "POLICY");
  app.add_option("--reuse", line.reuse, "signed version whose good signatures stay")
      ->type_name("SIGNED");
  add(app, "--refresh", line.refresh, kDuration, "with --reuse: renew what expires within SPAN",
      "SPAN");
  app.add_flag("--zonemd", line.zonemd, "add a digest of the zone (RFC 8976)");
  app.add_flag("--keep-dnskey", line.keep_dnskey, "keep DNSKEY, CDS and CDNSKEY of the zone file");
  app.add_flag("--generate-keys", line.generate_keys, "make a KSK and a ZSK if DIR has none");
  add(app, "--algorithm", line.new_keys.algorithm, parse_algorithm,
      "of keys that are made (default: rsasha256)", "NAME");
  app.add_option("--bits", line.new_keys.bits, "of RSA keys that are made (default: 2048)")
      ->type_name("N");
  app.add_flag("--no-verify", line.no_verify, "do not verify the result; for measurements");
  add(app, "--at", line.at, kInstant, "the moment to sign for (default: now)", "TIME");
}

void add_verify(CLI::App& app, Line& line) {
  app.add_option("ZONEFILE", line.verify.file, "signed zone file")->required();
  add(app, "--origin", line.verify_origin, kName, "name of the zone (default: owner of the SOA)",
      "NAME");
  add(app, "--at", line.at, kInstant, "the moment to verify for (default: now)", "TIME");
  app.add_option("--ds", line.ds, "file with the DS records of the parent")->type_name("FILE");
  add_jobs(app, line);
}

void add_init(CLI::App& app, Line& line) {
  app.add_option("DIR", line.init.folder, "where to write it (default: the current folder)");
}

void add_run(CLI::App& app, Line& line) {
  auto& command = line.run;
  app.add_option("ZONE", command.zones, "zones to look at (default: all)");
  add(app, "--wait", command.wait, kDuration, "for another pass to end (default: 1m)", "SPAN");
  app.add_flag("--strict", command.is_strict, "exit with 3 when a step waits for you");
  app.add_flag("--new-zone", command.is_new_zone, "make the first keys of zones that have none");
  app.add_flag("--clock-ok", command.is_clock_ok, "the clock is right although it went back");
  app.add_flag("--dry-run", command.is_dry, "say what would be done, and do nothing");
  app.add_flag("--no-secondaries", command.has_no_secondaries,
               "after a restore: there is nobody to ask what is served");
  add_jobs(app, line);
}

void add_status(CLI::App& app, Line& line) {
  app.add_option("ZONE", line.status.zones, "zones to show (default: all)");
  app.add_flag("--check", line.status.is_check, "one line and exit code for monitoring");
}

void add_plan(CLI::App& app, Line& line) {
  auto& command = line.plan;
  app.add_option("ZONE", command.zones, "zones to plan for (default: all)");
  add(app, "--until", command.span, kDuration, "how far to look ahead (default: 2y)", "SPAN");
  add(app, "--ds-delay", command.ds_delay, kDuration,
      "how long the parent takes over a DS (default: 1d)", "SPAN");
  app.add_option("--config", command.new_config, "tell what this configuration would begin")
      ->type_name("NEW");
  app.add_flag("--require-no-op", command.is_no_op_required, "fail when anything begins by itself");
  app.add_option("--svg", command.svg, "draw it")->type_name("FILE");
  add_jobs(app, line);
}

void add_tlsa_explain(CLI::App& app, TlsaExplainCommand& command) {
  app.add_option("RECORD", command.words, "RDATA, a whole record, a file with records, or -")
      ->required();
  app.add_option_function<std::string>(
         "--origin",
         [&command](const std::string& text) {
           const auto name = dns::name_from_text(text);
           if (!name) throw CLI::ValidationError(name.error().message());
           command.origin = dns::to_text(*name);
         },
         "of a zone file that does not say its own")
      ->type_name("NAME");
  app.add_option("--certificate", command.certificate, "chain to hold them against")
      ->type_name("FILE");
  app.add_option("--issuers", command.issuers, "one more file of issuers")
      ->type_name("FILE")
      ->take_all();
}

void add_tlsa(CLI::App& app, Line& line) {
  app.require_subcommand(1);
  auto* explain = app.add_subcommand("explain", "say what TLSA records mean, and what is wrong");
  add_tlsa_explain(*explain, line.tlsa_explain);
  add(*explain, "--at", line.at, kInstant, "the moment to judge for (default: now)", "TIME");
  auto* gen = app.add_subcommand("gen", "print TLSA records for a certificate, chain or key");
  auto& command = line.tlsa_gen;
  gen->add_option("FILE", command.files, "PEM file, or HOST:PORT/PROFILE")->required();
  gen->add_option("--record", command.records,
                  "usage, selector, matching type (default: '3 1 1' and '2 1 1')")
      ->type_name("'U S M'")
      ->take_all();
  gen->add_option("--owner", command.owner, "such as _25._tcp.mx1.example.org")->type_name("NAME");
  add(*gen, "--ttl", line.ttl, kTtl, "TTL of the records", "SPAN");
  gen->add_flag_callback(
      "--rfc3597", [&] { command.form = TlsaGenCommand::Form::kUnknownType; },
      "as TYPE52, for programs that do not know TLSA");
  add_service_options(*gen, command.options);
  auto* verify = app.add_subcommand("verify", "look at live services as DANE clients do");
  add_tlsa_verify_options(*verify, line.tlsa_verify);
  add_tlsa_binding_commands(app, line.tlsa);
  add(*verify, "--at", line.at, kInstant, "the moment to judge for (default: now)", "TIME");
}

SignCommand sign_command(Line& line) {
  auto& task = line.sign;
  task.jobs = line.jobs;
  task.at = line.at;
  task.output = line.output.empty() ? Path(task.input.string() + ".signed") : Path(line.output);
  if (!line.reuse.empty()) task.reuse = line.reuse;
  if (line.refresh >= seconds(0)) task.refresh = line.refresh;
  if (line.generate_keys) task.new_keys = line.new_keys;
  using Task = engine::SignTask;
  if (line.no_verify) task.verification = Task::Verification::kNone;
  if (line.keep_dnskey) task.foreign_keys = Task::ForeignKeys::kKeep;
  if (line.zonemd) task.zone_digest = Task::ZoneDigest::kZonemd;
  return {task};
}

/// What no single option can know.
Result<void> check_sign(const engine::SignTask& task) {
  if (task.validity <= seconds(0)) return fail(Errc::kBadInput, "--validity must not be 0");
  if (task.spread >= task.validity) {
    return fail(Errc::kBadInput, "--spread must be shorter than --validity");
  }
  if (task.refresh && *task.refresh >= task.validity - task.spread) {
    return fail(Errc::kBadInput, "--refresh must be shorter than --validity less --spread",
                "else each run renews every signature");
  }
  if (task.refresh && !task.reuse) return fail(Errc::kBadInput, "--refresh needs --reuse");
  if (task.denial.iterations > model::kMaxIterations) {
    return fail(Errc::kBadInput,
                fmt::format("--iterations {} is refused: validators treat such zones as insecure "
                            "(RFC 9276 section 3.2)",
                            task.denial.iterations),
                "use 0, as RFC 9276 section 3.1 asks");
  }
  if (task.denial.opt_out && task.denial.kind == model::DenialKind::kNsec) {
    return fail(Errc::kBadInput, "--opt-out needs --denial nsec3");
  }
  return {};
}

ExitCode run_sign(Line& line) {
  const auto command = sign_command(line);
  if (const auto good = check_sign(command.task); !good) {
    print_error(good.error(), line.voice);
    return ExitCode::kUsage;
  }
  return run(command, line.voice);
}

ExitCode run_verify(Line& line, bool has_origin) {
  auto& command = line.verify;
  command.at = line.at;
  command.jobs = line.jobs;
  if (has_origin) command.origin = line.verify_origin;
  if (!line.ds.empty()) command.ds = line.ds;
  return run(command, line.voice);
}

ExitCode run_run(Line& line) {
  line.run.config = line.config;
  line.run.jobs = line.jobs;
  line.run.now = line.at;
  return run(line.run, line.voice);
}

ExitCode run_hook(Line& line) {
  line.hook.config = line.config;
  line.hook.jobs = line.jobs;
  line.hook.now = line.at;
  return run(line.hook, line.voice);
}

ExitCode run_status(Line& line) {
  line.status.config = line.config;
  line.status.now = line.at;
  return run(line.status, line.voice);
}

ExitCode run_plan(Line& line) {
  line.plan.config = line.config;
  line.plan.jobs = line.jobs;
  line.plan.now = line.at;
  return run(line.plan, line.voice);
}

template <class Command>
ExitCode run_operator(Line& line, Command& command) {
  command.config = line.config;
  command.now = line.at;
  return run(command, line.voice);
}

ExitCode run_reload(Line& line) {
  line.reload.config = line.config;
  return reload(line.reload, line.voice);
}

ExitCode run_tlsa_verify(Line& line) {
  line.tlsa_verify.now = line.now;
  line.tlsa_verify.at = line.at;
  return run(line.tlsa_verify, line.voice);
}

ExitCode run_tlsa_gen(Line& line) {
  line.tlsa_gen.at = line.at;
  line.tlsa_gen.ttl = line.ttl;
  return run(line.tlsa_gen, line.voice);
}

ExitCode run_tlsa_explain(Line& line) {
  line.tlsa_explain.at = line.at;
  return run(line.tlsa_explain, line.voice);
}

void add_voice(CLI::App& app, Line& line) {
  app.add_option("--config", line.config,
                 "configuration (default: ./danewerk.yaml, but not for "
                 "root; then /etc/danewerk/danewerk.yaml)")
      ->type_name("FILE");
  app.add_flag_callback(
      "--json", [&] { line.voice.form = Voice::Form::kJson; }, "one JSON object instead of text");
  app.add_flag_callback(
      "-q,--quiet", [&] { line.voice.detail = Voice::Detail::kQuiet; }, "errors only");
  app.add_flag_callback(
      "-v,--verbose", [&] { line.voice.detail = Voice::Detail::kVerbose; }, "notices, too");
  app.add_flag_callback(
      "--warnings-as-errors", [&] { line.voice.warnings = Voice::Warnings::kErrors; },
      "a warning fails the command");
}

}  // namespace

ExitCode run_command_line(int argc, const char* const* argv) {
  CLI::App app("Signs DNS zones and keeps their TLSA records", "danewerk");
  app.set_version_flag("--version", fmt::format("danewerk {}", kVersion));
  app.require_subcommand(1);
  app.fallthrough();
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  Line line;
  add_voice(app, line);
  auto* init = app.add_subcommand("init", "write a commented danewerk.yaml and its folders");
  add_init(*init, line);
  auto* check = app.add_subcommand("check", "what is wrong with configuration, zones and folders");
  add_jobs(*check, line);
  check->add_flag("--offline", line.check.is_offline, "ask no secondary and no parent");
  auto* run_zones =
      app.add_subcommand("run", "one pass: load, roll, sign, verify, publish what is due");
  add_run(*run_zones, line);
  auto* status = app.add_subcommand("status", "what is published, what waits, and why");
  add_status(*status, line);
  auto* plan = app.add_subcommand("plan", "what will happen, and when; or what would change");
  add_plan(*plan, line);
  auto* key = app.add_subcommand("key", "keys of a zone: list, roll, import, DS for the registrar");
  add_key_commands(*key, line.key);
  auto* zone =
      app.add_subcommand("zone", "managed zones: list, diff, wait, history, freeze, remove");
  add_zone_commands(*zone, line.zone);
  auto* backup = app.add_subcommand("backup", "state and keys in one encrypted file");
  add_backup_options(*backup, line.backup);
  auto* restore = app.add_subcommand("restore", "state and keys from a backup");
  add_restore_options(*restore, line.restore);
  auto* reload_config = app.add_subcommand("reload", "make danewerkd read its configuration again");
  auto* hook = app.add_subcommand("hook", "for ACME clients, after a certificate was renewed");
  add_hook_options(*hook, line.hook);
  auto* deploy = app.add_subcommand("deploy", "root's side: serve what a pass decided to serve");
  deploy->add_option("CERTIFICATE", line.deploy.certificates, "default: all with serve by: deploy");
  auto* sign = app.add_subcommand("sign", "sign one zone file with the keys in a folder");
  add_sign(*sign, line);
  auto* verify = app.add_subcommand("verify", "check every signature and the whole chain");
  add_verify(*verify, line);
  auto* tlsa = app.add_subcommand("tlsa", "TLSA records, and certificates with their keys");
  add_tlsa(*tlsa, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    app.exit(e);
    return ExitCode::kDone;
  } catch (const CLI::ParseError& e) {
    print_error(usage_error(app, e), line.voice);
    return ExitCode::kUsage;
  }
  if (init->parsed()) return run(line.init, line.voice);
  if (check->parsed()) {
    line.check.jobs = line.jobs;
    return run_operator(line, line.check);
  }
  if (run_zones->parsed()) return run_run(line);
  if (status->parsed()) return run_status(line);
  if (plan->parsed()) return run_plan(line);
  if (key->parsed()) return run_operator(line, line.key);
  if (zone->parsed()) return run_operator(line, line.zone);
  if (backup->parsed()) return run_operator(line, line.backup);
  if (restore->parsed()) return run_operator(line, line.restore);
  if (reload_config->parsed()) return run_reload(line);
  if (hook->parsed()) return run_hook(line);
  if (deploy->parsed()) {
    line.deploy.config = line.config;
    line.deploy.now = line.at;
    return run(line.deploy, line.voice);
  }
  if (sign->parsed()) return run_sign(line);
  if (verify->parsed()) return run_verify(line, verify->get_option("--origin")->count() > 0);
  if (tlsa->get_subcommand("verify")->parsed()) return run_tlsa_verify(line);
  if (tlsa->get_subcommand("explain")->parsed()) return run_tlsa_explain(line);
  if (tlsa->get_subcommand("gen")->parsed()) return run_tlsa_gen(line);
  return run_operator(line, line.tlsa);
}

}  // namespace danewerk::app
