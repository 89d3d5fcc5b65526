#pragma once

/// \file
/// Configurations as texts.

#include <algorithm>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "config/config.h"

namespace danewerk::config {

/// What is read from a text that has no fault.
inline Config good_config(std::string_view text) {
  auto read = read_config_text(text, "/etc/danewerk/danewerk.yaml");
  for (const auto& finding : read.findings.list()) FAIL_CHECK(danewerk::to_text(finding));
  REQUIRE(read.config.has_value());
  return *std::move(read.config);
}

/// A zone with these lines, each indented by four.
inline std::string zone_with(std::string_view lines) {
  return "zones:\n  example.org:\n    file: z\n" + std::string(lines);
}

inline Findings faults_of(std::string_view text) {
  auto read = read_config_text(text, "danewerk.yaml");
  CHECK_FALSE(read.config.has_value());
  return std::move(read.findings);
}

/// The first finding with that identifier; the test fails when there is none.
inline Finding fault(std::string_view text, std::string_view id) {
  const auto findings = faults_of(text);
  for (const auto& finding : findings.list()) {
    if (finding.id == id) return finding;
  }
  std::string all = "no " + std::string(id) + " but:";
  for (const auto& finding : findings.list()) all += "\n" + danewerk::to_text(finding);
  FAIL(all);
  return {};
}

/// There is such a fault on that line.
inline void check_fault(std::string_view text, std::string_view id, unsigned line) {
  INFO(text);
  const auto found = fault(text, id);
  CHECK_MESSAGE(found.place.line == line, danewerk::to_text(found));
  CHECK(found.place.column > 0);
}

}  // namespace danewerk::config
