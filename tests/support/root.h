#pragma once

/// \file
/// Rules about other users' files can be tried by root alone.

#include <doctest/doctest.h>
#include <unistd.h>

namespace danewerk::support {

/// Fails the test for anybody else: one that passed over itself would count as passed.
inline void require_root() {
  REQUIRE_MESSAGE(::geteuid() == 0, "only root can give a file away: run the tests as root");
}

}  // namespace danewerk::support
