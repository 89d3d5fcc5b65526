#pragma once

/// \file
/// Identifiers of the rules, timings and waits of the rollover engine. Every step and every wait
/// carries one; the manual page danewerk-rollover(7) explains them. No state.

#include <string_view>

namespace danewerk::rollover::ids {

// Safety rules: a step that would break one is not taken (rules.h).
/// Some key has a DS at the parent, or on its way there.
inline constexpr std::string_view kRuleDs = "ROLL-RULE-DS";
/// Every DS that a cache may hold leads to a DNSKEY RRset that its key signed.
inline constexpr std::string_view kRuleChain = "ROLL-RULE-CHAIN";
/// Every signature that a cache may hold is by a key of every DNSKEY RRset that one may hold.
inline constexpr std::string_view kRuleSignatures = "ROLL-RULE-SIGNATURES";
/// Every algorithm of DS and DNSKEY signs everything.
inline constexpr std::string_view kRuleAlgorithms = "ROLL-RULE-ALGORITHMS";

// Timings: what has to leave caches first (timing.h).
/// A DNSKEY RRset without the key, and then it is in every cache.
inline constexpr std::string_view kDnskeyIn = "ROLL-DNSKEY-IPUB";
/// A DNSKEY RRset with the withdrawn key.
inline constexpr std::string_view kDnskeyOut = "ROLL-DNSKEY-IRET";
/// RRsets without a signature by the key.
inline constexpr std::string_view kSignaturesIn = "ROLL-RRSIG-IPUB";
/// RRsets with a signature by the key alone.
inline constexpr std::string_view kSignaturesOut = "ROLL-RRSIG-IRET";
/// Not all signatures are made, or replaced, yet.
inline constexpr std::string_view kSigning = "ROLL-RRSIG-DSGN";
/// The DS RRset without the key.
inline constexpr std::string_view kDsIn = "ROLL-DS-IPUB";
/// The DS RRset with the key.
inline constexpr std::string_view kDsOut = "ROLL-DS-IRET";
/// The parent does not show the DS yet.
inline constexpr std::string_view kDsUpload = "ROLL-DS-UPLOAD";
/// The parent still shows the DS.
inline constexpr std::string_view kDsRemoval = "ROLL-DS-REMOVAL";
/// The version is committed and not published.
inline constexpr std::string_view kNotPublished = "ROLL-NOT-PUBLISHED";
/// A listed secondary has not been seen with the version.
inline constexpr std::string_view kNotSeen = "ROLL-SECONDARY-NOT-SEEN";
/// A listed secondary serves the version, and shows other TLSA records than it has.
inline constexpr std::string_view kNotShown = "ROLL-SECONDARY-RECORDS";

// Methods: why a record comes or goes (introduction.cpp, withdrawal.cpp).
/// An unsigned zone is signed: all records but DS at once.
inline constexpr std::string_view kFirstSigning = "ROLL-FIRST-SIGNING";
/// A key is published before it is used (RFC 7583 section 2.1).
inline constexpr std::string_view kPrePublish = "ROLL-PRE-PUBLISH";
/// A new ZSK signs, and the old one stops.
inline constexpr std::string_view kSigningSwap = "ROLL-ZSK-SWAP";
/// A key signs beside another one for a while.
inline constexpr std::string_view kDoubleSignature = "ROLL-DOUBLE-SIGNATURE";
/// Signatures of a new algorithm come before its keys (RFC 6781 section 4.1.4).
inline constexpr std::string_view kAlgorithmSignatures = "ROLL-ALGORITHM-SIGNATURES-FIRST";
/// The chain within the zone is complete: the DS may come.
inline constexpr std::string_view kDsReady = "ROLL-DS-READY";
/// The DS of the new key comes, that of the old one goes.
inline constexpr std::string_view kDsSwap = "ROLL-DS-SWAP";
/// The DS comes before the key (RFC 7583 section 2.2).
inline constexpr std::string_view kDoubleDs = "ROLL-DOUBLE-DS";
/// The new key takes the place of the old one in the DNSKEY RRset.
inline constexpr std::string_view kKeySwap = "ROLL-KSK-SWAP";
/// Nothing in any cache needs the record any more.
inline constexpr std::string_view kNotNeeded = "ROLL-NOT-NEEDED";
/// The zone becomes insecure: the DS goes first, then all else.
inline constexpr std::string_view kInsecure = "ROLL-INSECURE";
/// The zone cannot be signed before all its keys are there.
inline constexpr std::string_view kKeysMissing = "ROLL-KEYS-MISSING";
/// No other key can take the place of the one that is to go.
inline constexpr std::string_view kNoReplacement = "ROLL-NO-REPLACEMENT";

// Keys: why one is made, or not yet (successors.cpp).
/// The zone has none for that role.
inline constexpr std::string_view kFirstKey = "ROLL-FIRST-KEY";
/// Its lifetime ends soon.
inline constexpr std::string_view kLifetime = "ROLL-LIFETIME";
/// It stays in use until its lifetime ends.
inline constexpr std::string_view kRetire = "ROLL-RETIRE";
/// The policy asks for another algorithm, size or role.
inline constexpr std::string_view kPolicyChanged = "ROLL-POLICY-CHANGED";
/// The operator asked for it.
inline constexpr std::string_view kRequested = "ROLL-REQUESTED";
/// The operator said that somebody else has the key.
inline constexpr std::string_view kCompromised = "ROLL-COMPROMISED";
/// The policy asks for a key in reserve.
inline constexpr std::string_view kStandby = "ROLL-STANDBY";
/// Another roll of the zone has to end first.
inline constexpr std::string_view kOneAtATime = "ROLL-ONE-AT-A-TIME";

// What stops steps that everything else would allow.
/// Manual mode: the operator has to release the step.
inline constexpr std::string_view kManual = "ROLL-MANUAL";
/// The zone is frozen: no roll begins.
inline constexpr std::string_view kFrozen = "ROLL-FROZEN";
/// Nothing irreversible now: clock, a long gap, a restored backup.
inline constexpr std::string_view kHeld = "ROLL-HELD";

}  // namespace danewerk::rollover::ids
