#pragma once

/// \file
/// A request of the operator to the engine, from the command line and back to it.

#include <functional>

#include <nlohmann/json_fwd.hpp>

#include "app/commands.h"

namespace danewerk::app {

/// Prints a reply that is no error, as text.
using PrintReply = std::function<void(const nlohmann::ordered_json&)>;

/// What is to be done with such a reply before it is printed.
using ActOnReply = std::function<Result<void>(const nlohmann::ordered_json&)>;

/// Reads the configuration, asks the engine in the name of the user, and prints what it says: with
/// --json as it is. kUsage for a request that cannot be understood, kOperator for one that has to
/// be confirmed.
ExitCode ask(const OperatorCommand& command, const nlohmann::ordered_json& request,
             const Voice& voice, const PrintReply& print, const ActOnReply& act = {});

/// What was done, and what follows from it.
void print_done(const nlohmann::ordered_json& reply);

/// Columns of one width each; the last is as wide as it is.
void print_table(const std::vector<std::vector<std::string>>& rows);

/// Text of a field, "-" for null and for what is not there.
std::string field_text(const nlohmann::ordered_json& object, const char* field);

}  // namespace danewerk::app
