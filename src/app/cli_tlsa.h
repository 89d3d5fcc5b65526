#pragma once

/// \file
/// Options of the commands that look at live services. Beside cli.cpp, the only place that knows
/// CLI11.

#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace danewerk::app {

/// Whom to ask.
void add_service_options(CLI::App& app, ServiceOptions& options);
void add_tlsa_verify_options(CLI::App& app, TlsaVerifyCommand& command);

}  // namespace danewerk::app
