#pragma once

/// \file
/// Identifiers of what is found out about other people's servers. Stable, documented in
/// danewerk-findings(7).

#include <string_view>

namespace danewerk::observe::ids {

inline constexpr std::string_view kSecondarySilent = "SECONDARY-SILENT";
inline constexpr std::string_view kSecondaryLame = "SECONDARY-LAME";
inline constexpr std::string_view kSecondaryBehind = "SECONDARY-BEHIND";
inline constexpr std::string_view kSecondaryWentBack = "SECONDARY-WENT-BACK";
inline constexpr std::string_view kSecondaryForeign = "SECONDARY-FOREIGN-SERIAL";
inline constexpr std::string_view kSecondaryRecords = "SECONDARY-RECORDS";

inline constexpr std::string_view kParentNotFound = "PARENT-NOT-FOUND";
inline constexpr std::string_view kParentSilent = "PARENT-SILENT";
inline constexpr std::string_view kParentsDiffer = "PARENT-SERVERS-DIFFER";
inline constexpr std::string_view kParentForeignDs = "PARENT-FOREIGN-DS";
inline constexpr std::string_view kParentWeakDs = "PARENT-WEAK-DS";
inline constexpr std::string_view kParentContradicts = "PARENT-CONTRADICTS";

}  // namespace danewerk::observe::ids
