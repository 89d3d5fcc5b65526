#pragma once

/// \file
/// Options of the commands for operators of managed zones: key, zone. Beside cli.cpp, the only
/// place that knows CLI11.

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/renewal_commands.h"

namespace danewerk::app {

/// Subcommands and options; what is typed goes into COMMAND, the verb included.
void add_key_commands(CLI::App& app, KeyCommand& command);
void add_zone_commands(CLI::App& app, ZoneCommand& command);

void add_backup_options(CLI::App& app, BackupCommand& command);
void add_restore_options(CLI::App& app, RestoreCommand& command);

void add_hook_options(CLI::App& app, HookCommand& command);

}  // namespace danewerk::app
