#include "app/progress.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace danewerk::app {

namespace {
constexpr std::uint64_t kBarWidth = 40;
constexpr std::chrono::milliseconds kBetween{100};
}  // namespace

ProgressBar::~ProgressBar() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
}

void ProgressBar::show(std::string_view stage, std::uint64_t done, std::uint64_t all) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && all != 0 && now - last_ < kBetween) return;
  last_ = now;
  drawn_ = true;
  if (all == 0) {
    fmt::print(stderr, "\r\033[K{}", stage);
  } else {
    const auto filled = std::min(kBarWidth, done * kBarWidth / all);
    fmt::print(stderr, "\r\033[K{:<10} [{:#<{}}{:-<{}}] {:3} %", stage, "", filled, "",
               kBarWidth - filled, done * 100 / all);
  }
  // NOLINTNEXTLINE(cert-err33-c): a bar that cannot be drawn is not worth a failure
  std::fflush(stderr);
}

engine::Progress progress_on(ProgressBar& bar) {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [&bar](std::string_view stage, std::uint64_t done, std::uint64_t all) {
    bar.show(stage, done, all);
  };
}

}  // namespace danewerk::app
