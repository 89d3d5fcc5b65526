#pragma once

/// \file
/// A progress bar on a terminal, nothing in a pipe.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "engine/sign_task.h"

namespace danewerk::app {

/// Draws on standard error, at most ten times a second; clears its line when dropped. Thread-safe.
class ProgressBar {
 public:
  ProgressBar() = default;
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  void show(std::string_view stage, std::uint64_t done, std::uint64_t all);

 private:
  std::mutex mutex_;
  std::chrono::steady_clock::time_point last_;
  bool drawn_ = false;
};

/// A progress function that draws on BAR; empty when standard error is no terminal.
engine::Progress progress_on(ProgressBar& bar);

}  // namespace danewerk::app
