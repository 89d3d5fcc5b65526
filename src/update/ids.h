#pragma once

/// \file
/// Identifiers of what is found out about owners in zones that others sign. Stable, documented in
/// danewerk-findings(7).

#include <string_view>

namespace danewerk::update::ids {

inline constexpr std::string_view kRefused = "UPDATE-REFUSED";
inline constexpr std::string_view kNotSent = "UPDATE-NOT-SENT";
inline constexpr std::string_view kByHand = "UPDATE-BY-HAND";
inline constexpr std::string_view kNotMeasured = "UPDATE-NOT-MEASURED";
inline constexpr std::string_view kServer = "UPDATE-SERVER";
inline constexpr std::string_view kUnsigned = "UPDATE-UNSIGNED";
inline constexpr std::string_view kLost = "UPDATE-RECORD-LOST";
inline constexpr std::string_view kShared = "UPDATE-SHARED-ISSUER";
inline constexpr std::string_view kCombination = "UPDATE-NEIGHBOUR-COMBINATION";

}  // namespace danewerk::update::ids
