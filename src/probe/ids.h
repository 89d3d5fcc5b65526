#pragma once

/// \file
/// Identifiers of what is found out about live services. Stable, documented in
/// danewerk-findings(7).

#include <string_view>

namespace danewerk::probe::ids {

inline constexpr std::string_view kLookupFailed = "PROBE-LOOKUP-FAILED";
inline constexpr std::string_view kBogus = "PROBE-BOGUS";
inline constexpr std::string_view kNoName = "PROBE-NO-NAME";
inline constexpr std::string_view kNoAddress = "PROBE-NO-ADDRESS";
inline constexpr std::string_view kNullMx = "PROBE-NULL-MX";
inline constexpr std::string_view kMxInsecure = "PROBE-MX-INSECURE";
inline constexpr std::string_view kAddressInsecure = "PROBE-ADDRESS-INSECURE";
inline constexpr std::string_view kTlsaInsecure = "PROBE-TLSA-INSECURE";
inline constexpr std::string_view kAlias = "PROBE-ALIAS";
inline constexpr std::string_view kNoTlsa = "PROBE-NO-TLSA";
inline constexpr std::string_view kUnusable = "PROBE-UNUSABLE";

inline constexpr std::string_view kServersUnknown = "PROBE-SERVERS-UNKNOWN";
inline constexpr std::string_view kServerSilent = "PROBE-SERVER-SILENT";
inline constexpr std::string_view kServerLame = "PROBE-SERVER-LAME";
inline constexpr std::string_view kServerUnsigned = "PROBE-SERVER-UNSIGNED";
inline constexpr std::string_view kServersDiffer = "PROBE-SERVERS-DIFFER";
inline constexpr std::string_view kEmptyName = "PROBE-EMPTY-NAME-DENIED";

inline constexpr std::string_view kUnreachable = "PROBE-UNREACHABLE";
inline constexpr std::string_view kNoRoute = "PROBE-NO-ROUTE";
inline constexpr std::string_view kNoTalk = "PROBE-NO-TALK";
inline constexpr std::string_view kNoStarttls = "PROBE-NO-STARTTLS";
inline constexpr std::string_view kNoTls = "PROBE-NO-TLS";
inline constexpr std::string_view kOldTls = "PROBE-OLD-TLS";
inline constexpr std::string_view kNoMatch = "PROBE-NO-MATCH";
inline constexpr std::string_view kCombination = "PROBE-COMBINATION";
inline constexpr std::string_view kExpires = "PROBE-EXPIRES";

// The common mistakes, by the identifiers that files are judged with.
inline constexpr std::string_view kWholeCertificate = "TLSA-D01";
inline constexpr std::string_view kAnchorMissing = "TLSA-D03";
inline constexpr std::string_view kBareKey = "TLSA-D05";
inline constexpr std::string_view kOnlySha512 = "TLSA-D06";
inline constexpr std::string_view kPublicAuthority = "TLSA-D07";
inline constexpr std::string_view kTlsaWithoutTls = "TLSA-D08";
inline constexpr std::string_view kOneAlgorithm = "TLSA-D09";
inline constexpr std::string_view kOneNode = "TLSA-D10";
inline constexpr std::string_view kAtDomain = "TLSA-D11";
inline constexpr std::string_view kBrokenDenial = "TLSA-D12";
inline constexpr std::string_view kLongTtl = "TLSA-D14";
inline constexpr std::string_view kStale = "TLSA-D15";
inline constexpr std::string_view kExpired = "TLSA-D18";
inline constexpr std::string_view kShortKey = "TLSA-KEY-SHORT";

}  // namespace danewerk::probe::ids
