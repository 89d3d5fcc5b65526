#include <cstdio>
#include <exception>

#include "app/cli.h"

int main(int argc, char** argv) {
  using danewerk::app::ExitCode;
  try {
    return static_cast<int>(danewerk::app::run_daemon_line(argc, argv));
  } catch (const std::exception& e) {
    // NOLINTNEXTLINE(cert-err33-c): there is nobody left to tell
    std::fprintf(stderr, "danewerkd: bug: %s\n", e.what());
  }
  return static_cast<int>(ExitCode::kBug);
}
