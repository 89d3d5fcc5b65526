#pragma once

/// \file
/// What is wrong with a command line, in words of our own. Of the files that know CLI11.

#include <CLI/CLI.hpp>

#include "base/result.h"

namespace danewerk::app {

/// APP after it failed with FAULT: a command that is missing or not known is told with those that
/// there are.
Error usage_error(const CLI::App& app, const CLI::ParseError& fault);

}  // namespace danewerk::app
