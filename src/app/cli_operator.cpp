#include "app/cli_operator.h"

#include <map>
#include <string>

#include <fmt/format.h>

namespace danewerk::app {

namespace {

/// A subcommand whose name becomes the verb.
template <class Command>
CLI::App* add_verb(CLI::App& app, Command& command, const std::string& verb,
                   const std::string& text) {
  auto* added = app.add_subcommand(verb, text);
  added->callback([&command, verb] { command.verb = verb; });
  return added;
}

template <class Command>
void add_zone_name(CLI::App& app, Command& command) {
  app.add_option("ZONE", command.zone, "name of the zone")->required();
}

void add_key_name(CLI::App& app, KeyCommand& command) {
  app.add_option("KEY", command.key, "tag, or first digits of the identity")->required();
}

CLI::Option* add_role(CLI::App& app, KeyCommand& command, const std::string& name) {
  return app.add_option(name, command.role, "ksk, zsk or csk")
      ->check(CLI::IsMember({"ksk", "zsk", "csk"}))
      ->type_name("ROLE");
}

void add_key_files(CLI::App& app, KeyCommand& command) {
  auto* generate = add_verb(app, command, "generate", "make a key ahead of need");
  add_zone_name(*generate, command);
  add_role(*generate, command, "ROLE")->required();
  auto* import =
      add_verb(app, command, "import", "take a key of another signer into the key store");
  add_zone_name(*import, command);
  import->add_option("FILE", command.file, "BIND's .key or .private file, or PEM")->required();
  add_role(*import, command, "--role");
  import->add_option("--algorithm", command.algorithm, "of a PEM file (default: the policy's)")
      ->type_name("NAME");
  auto* exported = add_verb(app, command, "export", "write a key as BIND has it");
  add_zone_name(*exported, command);
  add_key_name(*exported, command);
  exported->add_option("--folder", command.folder, "where to (default: the current folder)")
      ->type_name("DIR");
}

void add_rolls(CLI::App& app, KeyCommand& command) {
  auto* roll = add_verb(app, command, "roll", "replace a key now");
  add_zone_name(*roll, command);
  add_role(*roll, command, "ROLE")->required();
  roll->add_option("--method", command.method, "double-ksk or double-ds (default: the policy's)")
      ->type_name("METHOD");
  auto* step = add_verb(app, command, "step", "manual mode: let the next step be taken");
  add_zone_name(*step, command);
  auto* abort = add_verb(app, command, "abort", "turn a roll back");
  add_zone_name(*abort, command);
  add_role(*abort, command, "ROLE");
  auto* retire = add_verb(app, command, "retire", "take a key out of use; all: become insecure");
  add_zone_name(*retire, command);
  add_key_name(*retire, command);
  auto* compromised = add_verb(app, command, "compromised", "somebody else has the key");
  add_zone_name(*compromised, command);
  add_key_name(*compromised, command);
  compromised->add_option("--option", command.option, "replace (default) or insecure")
      ->check(CLI::IsMember({"replace", "insecure"}))
      ->type_name("WHAT");
  compromised->add_flag("--confirm", command.is_confirmed, "do it, and do not only say what");
}

}  // namespace

void add_key_commands(CLI::App& app, KeyCommand& command) {
  app.require_subcommand(1);
  auto* list = add_verb(app, command, "list", "keys and where each of their records stands");
  list->add_option("ZONE", command.zone, "name of the zone (default: all)");
  add_key_files(app, command);
  add_rolls(app, command);
  auto* ds = add_verb(app, command, "ds", "DS, DNSKEY and CDS for the registrar");
  add_zone_name(*ds, command);
  ds->add_option("KEY", command.key, "tag, or first digits of the identity (default: all)");
  for (const auto& [verb, text] :
       {std::pair("ds-seen", "say that all servers of the parent show the DS"),
        std::pair("ds-gone", "say that no server of the parent shows the DS any more")}) {
    auto* sight = add_verb(app, command, verb, text);
    add_zone_name(*sight, command);
    add_key_name(*sight, command);
  }
}

void add_zone_commands(CLI::App& app, ZoneCommand& command) {
  app.require_subcommand(1);
  add_verb(app, command, "list", "all zones, those that left the configuration included");
  add_zone_name(*add_verb(app, command, "show", "all that is remembered of a zone"), command);
  auto* history = add_verb(app, command, "history", "what happened, who did it, by which rule");
  add_zone_name(*history, command);
  history->add_option("--limit", command.limit, "so many events (default: 50)")->type_name("N");
  auto* diff = add_verb(app, command, "diff", "the zone file against what is published");
  add_zone_name(*diff, command);
  diff->add_option("--limit", command.limit, "so many records of each side (default: 1000)")
      ->type_name("N");
  auto* wait = add_verb(app, command, "wait", "until every secondary serves a serial");
  add_zone_name(*wait, command);
  wait->add_option("--serial", command.serial, "or a later one (default: the newest)")
      ->type_name("N");
  wait->add_option_function<std::string>(
          "--timeout",
          [&command](const std::string& text) {
            const auto span = parse_duration(text);
            if (!span) throw CLI::ValidationError(span.error().message());
            command.timeout = *span;
          },
          "how long (default: 10m)")
      ->type_name("SPAN");
  auto* serial = add_verb(app, command, "serial", "let the next serial be at least N");
  add_zone_name(*serial, command);
  serial->add_option("--at-least", command.at_least, "the serial")->required()->type_name("N");
  add_zone_name(*add_verb(app, command, "freeze", "stop reading the zone file"), command);
  add_zone_name(*add_verb(app, command, "thaw", "read the zone file again"), command);
  auto* remove = add_verb(app, command, "remove", "forget a zone that left the configuration");
  add_zone_name(*remove, command);
  remove->add_flag("--confirm", command.is_confirmed, "although validators may still need it");
}

void add_backup_options(CLI::App& app, BackupCommand& command) {
  app.add_option("FILE", command.file, "the backup; must not be there yet")->required();
  app.add_option("--passphrase-file", command.passphrase_file, "0600; its content seals the backup")
      ->required()
      ->type_name("F");
}

void add_restore_options(CLI::App& app, RestoreCommand& command) {
  app.add_option("FILE", command.file, "the backup")->required();
  app.add_option("--passphrase-file", command.passphrase_file, "0600; what sealed the backup")
      ->required()
      ->type_name("F");
  app.add_flag("--no-secondaries", command.is_without_secondaries,
               "publish without asking secondaries what they serve");
}

void add_hook_options(CLI::App& app, HookCommand& command) {
  static const std::map<std::string, HookCommand::Client> kClients{
      {"generic", HookCommand::Client::kGeneric},       {"certbot", HookCommand::Client::kCertbot},
      {"acme.sh", HookCommand::Client::kAcmeSh},        {"lego", HookCommand::Client::kLego},
      {"dehydrated", HookCommand::Client::kDehydrated}, {"getssl", HookCommand::Client::kGetssl}};
  app.add_option_function<std::string>(
         "CLIENT",
         [&command](const std::string& text) {
           const auto found = kClients.find(text);
           if (found == kClients.end()) {
             throw CLI::ValidationError(
                 fmt::format("'{}' is no client: generic, certbot, acme.sh, lego, dehydrated or "
                             "getssl",
                             text));
           }
           command.client = found->second;
         },
         "generic, certbot, acme.sh, lego, dehydrated or getssl")
      ->required()
      ->type_name("NAME");
  app.add_option("WORD", command.words, "what the client hands over; generic: renewed files");
  app.add_flag("--raw-exit", command.is_exit_raw, "exit as `generic` does, whatever the client");
}

}  // namespace danewerk::app
