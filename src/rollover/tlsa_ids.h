#pragma once

/// \file
/// Identifiers of the gates, timings, waits and refusals of bindings; the manual page
/// danewerk-rollover(7) explains them. No state.

#include <string_view>

namespace danewerk::rollover::ids {

// Gates.
/// Some version of the RRset that a resolver may hold refuses the chain.
inline constexpr std::string_view kTlsaGate = "ROLL-TLSA-GATE";
/// A chain is served that not every record type would be enough for.
inline constexpr std::string_view kTlsaRelaxed = "ROLL-TLSA-RELAXED";
/// Records of a combination that what is served now does not match.
inline constexpr std::string_view kTlsaPublishGate = "ROLL-TLSA-PUBLISH-GATE";
/// Two bindings at one owner ask for what cannot be together.
inline constexpr std::string_view kTlsaNeighbour = "ROLL-TLSA-NEIGHBOUR";

// Timings.
/// Versions without the record may be held.
inline constexpr std::string_view kTlsaIn = "ROLL-TLSA-IN";
/// Versions with the record may be held.
inline constexpr std::string_view kTlsaOut = "ROLL-TLSA-OUT";
/// The way back stays open for a while.
inline constexpr std::string_view kTlsaRollback = "ROLL-TLSA-ROLLBACK";
/// A lower TTL comes before what it is lowered for.
inline constexpr std::string_view kTlsaTtlFirst = "ROLL-TLSA-TTL-FIRST";
/// A stolen certificate is valid until then, and so its issuer's record is left out.
inline constexpr std::string_view kTlsaBanned = "ROLL-TLSA-BANNED";

// Waits for others.
/// Endpoints have not all been looked at since the chain was deployed.
inline constexpr std::string_view kTlsaProbe = "ROLL-TLSA-PROBE";
/// An endpoint answers, and offers no TLS: with records, clients would refuse it, or do so now.
inline constexpr std::string_view kTlsaPlain = "ROLL-TLSA-PLAIN";
/// An endpoint does not present the served chain.
inline constexpr std::string_view kTlsaLiveCheck = "ROLL-TLSA-LIVE-CHECK";
/// Services could not be told of what is served.
inline constexpr std::string_view kTlsaUntold = "ROLL-TLSA-UNTOLD";
/// A certificate for that key is to be ordered.
inline constexpr std::string_view kTlsaOrder = "ROLL-TLSA-ORDER";
/// A next key is to be made.
inline constexpr std::string_view kTlsaNextKey = "ROLL-TLSA-NEXT-KEY";
/// Nobody vouches for the issuer of a renewed certificate.
inline constexpr std::string_view kTlsaIssuer = "ROLL-TLSA-ISSUER";
/// The zone's author has records at the owner.
inline constexpr std::string_view kTlsaForeign = "ROLL-TLSA-FOREIGN";

// Why something is done.
/// What is served, or is to be, needs the record.
inline constexpr std::string_view kTlsaNeeded = "ROLL-TLSA-NEEDED";
/// A certificate that waited is let go: nobody has its key.
inline constexpr std::string_view kTlsaNoKey = "ROLL-TLSA-NO-KEY";
/// Nothing needs the record any more.
inline constexpr std::string_view kTlsaNotNeeded = "ROLL-TLSA-NOT-NEEDED";
/// Every version that may be held accepts the chain.
inline constexpr std::string_view kTlsaDeploy = "ROLL-TLSA-DEPLOY";
/// Mode `any`, fast: a new key at once, on the record of its issuer.
inline constexpr std::string_view kTlsaFast = "ROLL-TLSA-FAST";
/// The served certificate ends before the gate opens.
inline constexpr std::string_view kTlsaExpiring = "ROLL-TLSA-EXPIRING";
/// The operator chose it in an emergency.
inline constexpr std::string_view kTlsaEmergency = "ROLL-TLSA-EMERGENCY";
/// The operator said that somebody else has a key, or nobody any more, or that an issuer is bad.
inline constexpr std::string_view kTlsaCompromised = "ROLL-TLSA-COMPROMISED";
/// No records any more.
inline constexpr std::string_view kTlsaStop = "ROLL-TLSA-STOP";
/// Endpoints present what no record matches.
inline constexpr std::string_view kTlsaDrift = "ROLL-TLSA-DRIFT";
/// An endpoint presents a key that nobody here ever had.
inline constexpr std::string_view kTlsaStranger = "ROLL-TLSA-STRANGER";
/// Every endpoint presents the served chain.
inline constexpr std::string_view kTlsaConfirmed = "ROLL-TLSA-CONFIRMED";

// Why a chain is refused.
/// Its key is neither the current nor the next one, and must be (pin-key).
inline constexpr std::string_view kTlsaPinned = "ROLL-TLSA-PINNED";
/// Its key is unknown while a roll to another one goes on.
inline constexpr std::string_view kTlsaUnknownKey = "ROLL-TLSA-UNKNOWN-KEY";
/// Its key was in use before, or is compromised.
inline constexpr std::string_view kTlsaRetiredKey = "ROLL-TLSA-RETIRED-KEY";
/// It is not valid now.
inline constexpr std::string_view kTlsaDates = "ROLL-TLSA-DATES";
/// It ends before the one that is served.
inline constexpr std::string_view kTlsaOlder = "ROLL-TLSA-OLDER";
/// It does not match the records that it asks for: the anchor is missing, or a name.
inline constexpr std::string_view kTlsaIncomplete = "ROLL-TLSA-INCOMPLETE";
/// The operator turned back from it.
inline constexpr std::string_view kTlsaTurnedBack = "ROLL-TLSA-TURNED-BACK";
/// Its anchor ends before it.
inline constexpr std::string_view kTlsaAnchorEnds = "ROLL-TLSA-ANCHOR-ENDS";

// What is worth knowing.
/// The client changes the key at renewal.
inline constexpr std::string_view kTlsaKeyChanged = "ROLL-TLSA-KEY-CHANGED";
/// The served certificate ends soon: renew it with its own key first.
inline constexpr std::string_view kTlsaRenewFirst = "ROLL-TLSA-RENEW-FIRST";
/// An endpoint cannot be reached.
inline constexpr std::string_view kTlsaSilent = "ROLL-TLSA-SILENT";
/// What is served may be refused by clients that hold an older RRset.
inline constexpr std::string_view kTlsaRefused = "ROLL-TLSA-REFUSED";
/// An adopted record that matches nothing we know.
inline constexpr std::string_view kTlsaStale = "ROLL-TLSA-STALE";

}  // namespace danewerk::rollover::ids
