#pragma once

/// \file
/// Every finding that `verify` can make. The texts are a contract: documents, tests and scripts
/// name them. Unless a comment says otherwise a finding is an error.

#include <string_view>

namespace danewerk::verify::id {

using Id = std::string_view;

// The apex.
inline constexpr Id kNoSoa = "VERIFY-NO-SOA";
inline constexpr Id kSoaCount = "VERIFY-SOA-COUNT";                ///< more than one SOA
inline constexpr Id kSoaNotAtApex = "VERIFY-SOA-NOT-AT-APEX";      ///< RFC 1035 section 6.1.2
inline constexpr Id kOrder = "VERIFY-ORDER";                       ///< names out of canonical order
inline constexpr Id kDuplicateRecord = "VERIFY-DUPLICATE-RECORD";  ///< RFC 2181 section 5

/// Something of DNSSEC in a zone that is to be unsigned.
inline constexpr Id kNotUnsigned = "VERIFY-NOT-UNSIGNED";

// Keys.
inline constexpr Id kNoDnskey = "VERIFY-NO-DNSKEY";
inline constexpr Id kDnskeyFormat = "VERIFY-DNSKEY-FORMAT";
inline constexpr Id kDnskeyProtocol = "VERIFY-DNSKEY-PROTOCOL";        ///< RFC 4034 section 2.1.2
inline constexpr Id kDnskeyNotZoneKey = "VERIFY-DNSKEY-NOT-ZONE-KEY";  ///< warning
inline constexpr Id kAlgorithmUnknown = "VERIFY-ALGORITHM-UNKNOWN";    ///< warning
inline constexpr Id kRevokedNotSelfSigned = "VERIFY-REVOKED-NOT-SELF-SIGNED";  ///< warning
/// Warning: DNSKEY has secure entry points, none of which signs it, and no DS was given.
inline constexpr Id kSepNotSigning = "VERIFY-SEP-NOT-SIGNING";

// DS.
inline constexpr Id kDsFormat = "VERIFY-DS-FORMAT";
/// Error when no DS of that algorithm leads to DNSKEY, else a warning.
inline constexpr Id kDsMismatch = "VERIFY-DS-MISMATCH";
inline constexpr Id kDsNotSigning = "VERIFY-DS-NOT-SIGNING";  ///< its key does not sign DNSKEY
inline constexpr Id kDsDigestUnknown = "VERIFY-DS-DIGEST-UNKNOWN";  ///< warning

// Signatures.
inline constexpr Id kRrsigMissing = "VERIFY-RRSIG-MISSING";
inline constexpr Id kRrsigAlgorithmMissing =
    "VERIFY-RRSIG-ALGORITHM-MISSING";  ///< RFC 4035 section 2.2
inline constexpr Id kRrsigUnpublishedKey = "VERIFY-RRSIG-UNPUBLISHED-KEY";  ///< and no other RRSIG
inline constexpr Id kRrsigExtraKey = "VERIFY-RRSIG-EXTRA-KEY";      ///< info: beside valid ones
inline constexpr Id kRrsigRevokedKey = "VERIFY-RRSIG-REVOKED-KEY";  ///< and no other RRSIG
inline constexpr Id kRrsigBogus = "VERIFY-RRSIG-BOGUS";             ///< the octets are no signature
inline constexpr Id kRrsigFormat = "VERIFY-RRSIG-FORMAT";
inline constexpr Id kRrsigCovered = "VERIFY-RRSIG-TYPE-COVERED";
inline constexpr Id kRrsigLabels = "VERIFY-RRSIG-LABELS";             ///< RFC 4034 section 3.1.3
inline constexpr Id kRrsigOriginalTtl = "VERIFY-RRSIG-ORIGINAL-TTL";  ///< RFC 4034 section 3.1.4
inline constexpr Id kRrsigTtl = "VERIFY-RRSIG-TTL";                   ///< RFC 4034 section 3
inline constexpr Id kRrsigSigner = "VERIFY-RRSIG-SIGNER";             ///< RFC 4034 section 3.1.7
inline constexpr Id kRrsigTimes = "VERIFY-RRSIG-TIMES";               ///< ends before it begins
/// Warning beside a valid signature of the same algorithm, else an error.
inline constexpr Id kRrsigExpired = "VERIFY-RRSIG-EXPIRED";
inline constexpr Id kRrsigNotYetValid = "VERIFY-RRSIG-NOT-YET-VALID";  ///< levels as above
inline constexpr Id kRrsigOrphan = "VERIFY-RRSIG-ORPHAN";  ///< covers a type that is not there
inline constexpr Id kSignedGlue = "VERIFY-SIGNED-GLUE";
inline constexpr Id kSignedOccluded = "VERIFY-SIGNED-OCCLUDED";
inline constexpr Id kSignedDelegationNs = "VERIFY-SIGNED-DELEGATION-NS";  ///< RFC 4035 section 2.2

// Denial.
inline constexpr Id kNoDenial = "VERIFY-NO-DENIAL";  ///< neither NSEC nor NSEC3
inline constexpr Id kNsecAndNsec3 = "VERIFY-NSEC-AND-NSEC3";
/// TTL of NSEC or NSEC3 (RFC 9077): above both SOA values an error, below a warning, SOA MINIMUM
/// although the SOA's TTL is less (RFC 4034 section 4 before RFC 9077) an info.
inline constexpr Id kDenialTtl = "VERIFY-DENIAL-TTL";
inline constexpr Id kNsecMissing = "VERIFY-NSEC-MISSING";
inline constexpr Id kNsecExtra = "VERIFY-NSEC-EXTRA";  ///< at glue or an occluded name
inline constexpr Id kNsecFormat = "VERIFY-NSEC-FORMAT";
inline constexpr Id kNsecNext = "VERIFY-NSEC-NEXT";      ///< RFC 4034 section 4.1.1
inline constexpr Id kNsecBitmap = "VERIFY-NSEC-BITMAP";  ///< RFC 4034 section 4.1.2
inline constexpr Id kNsec3Missing = "VERIFY-NSEC3-MISSING";
inline constexpr Id kNsec3MissingEnt = "VERIFY-NSEC3-MISSING-ENT";  ///< for an empty non-terminal
inline constexpr Id kNsec3Extra = "VERIFY-NSEC3-EXTRA";             ///< for no name of the zone
inline constexpr Id kNsec3Collision = "VERIFY-NSEC3-COLLISION";     ///< two names, one hash
inline constexpr Id kNsec3Format = "VERIFY-NSEC3-FORMAT";
inline constexpr Id kNsec3Owner = "VERIFY-NSEC3-OWNER";  ///< the owner is no hash, or not alone
inline constexpr Id kNsec3Next = "VERIFY-NSEC3-NEXT";
inline constexpr Id kNsec3Bitmap = "VERIFY-NSEC3-BITMAP";
inline constexpr Id kNsec3Params = "VERIFY-NSEC3-PARAMS";  ///< not those of the chain
inline constexpr Id kNsec3Flags = "VERIFY-NSEC3-FLAGS";    ///< unknown ones, RFC 5155 section 3.1.2
/// An insecure delegation without NSEC3 in a span without the flag, or a flag set in part of the
/// chain only.
inline constexpr Id kNsec3OptOut = "VERIFY-NSEC3-OPT-OUT";
inline constexpr Id kNsec3Iterations =
    "VERIFY-NSEC3-ITERATIONS";                                   ///< warning, RFC 9276 section 3.1
inline constexpr Id kNsec3Algorithm = "VERIFY-NSEC3-ALGORITHM";  ///< warning, RFC 5155 section 2
inline constexpr Id kNsec3ParamMissing = "VERIFY-NSEC3PARAM-MISSING";
inline constexpr Id kNsec3ParamMismatch = "VERIFY-NSEC3PARAM-MISMATCH";
inline constexpr Id kNsec3ParamFlags = "VERIFY-NSEC3PARAM-FLAGS";  ///< RFC 5155 section 4.1.2
inline constexpr Id kNsec3ParamExtra = "VERIFY-NSEC3PARAM-EXTRA";  ///< without an NSEC3 chain

// Across versions (promise P3).
inline constexpr Id kAcrossSignature = "VERIFY-ACROSS-SIGNATURE";
inline constexpr Id kAcrossDs = "VERIFY-ACROSS-DS";

// ZONEMD (RFC 8976).
inline constexpr Id kZonemdMismatch = "VERIFY-ZONEMD-MISMATCH";
inline constexpr Id kZonemdSerial = "VERIFY-ZONEMD-SERIAL";
inline constexpr Id kZonemdFormat = "VERIFY-ZONEMD-FORMAT";
inline constexpr Id kZonemdDuplicate = "VERIFY-ZONEMD-DUPLICATE";  ///< same scheme and algorithm
inline constexpr Id kZonemdUnknown = "VERIFY-ZONEMD-UNKNOWN";  ///< warning: nothing to check with

}  // namespace danewerk::verify::id
