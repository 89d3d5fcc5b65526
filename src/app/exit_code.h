#pragma once

/// \file
/// Exit codes of every command: a contract with scripts.

namespace danewerk::app {

enum class ExitCode : int {
  kDone = 0,          ///< done, or waiting
  kFailed = 1,        ///< failed or refused; the last good version stays. Findings of level error
  kUsage = 2,         ///< usage or configuration
  kOperator = 3,      ///< asked to finish what must wait for the operator
  kStaged = 10,       ///< hook: accepted, and served later
  kRefused = 20,      ///< hook: what was served before stays
  kUnpublished = 30,  ///< hook: its records could not be published
  kBug = 70,          ///< a broken invariant of ours
};

}  // namespace danewerk::app
