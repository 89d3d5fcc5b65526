#pragma once

/// \file
/// Options of the commands that look at live services, and of those about certificates. Beside
/// cli.cpp, the only place that knows CLI11.

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/tlsa_command.h"

namespace danewerk::app {

/// Whom to ask.
void add_service_options(CLI::App& app, ServiceOptions& options);
/// Commands about certificates of the configuration; what is typed goes into COMMAND.
void add_tlsa_binding_commands(CLI::App& app, TlsaCommand& command);
void add_tlsa_verify_options(CLI::App& app, TlsaVerifyCommand& command);

}  // namespace danewerk::app
