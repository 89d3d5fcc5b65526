#pragma once

/// \file
/// The configuration that `danewerk init` writes. No state.

#include <string_view>

namespace danewerk::config {

/// A commented danewerk.yaml: what stands there is what a small set-up needs; what is commented out
/// are the defaults, and further examples. It is read without a finding.
std::string_view example_text();

}  // namespace danewerk::config
