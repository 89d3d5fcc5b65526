#pragma once

/// \file
/// Results in tests.

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "base/result.h"

namespace danewerk::test {

/// The value; the test ends with the error's message when there is none.
template <class T>
T good(Result<T> result) {
  const std::string message = result ? std::string() : result.error().message();
  REQUIRE_MESSAGE(result.has_value(), message);
  return *std::move(result);
}

}  // namespace danewerk::test
