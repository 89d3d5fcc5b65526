#include "dns/rdata_layout.h"

namespace danewerk::dns {

namespace {

using enum RdataPart;

constexpr RdataLayout kA{kIpv4};
constexpr RdataLayout kAaaa{kIpv6};
constexpr RdataLayout kOneName{kName};
constexpr RdataLayout kMx{kU16, kName};
constexpr RdataLayout kTxt{kStringsRest};
constexpr RdataLayout kSrv{kU16, kU16, kU16, kName};
constexpr RdataLayout kSoa{kName, kName, kU32, kPeriod, kPeriod, kPeriod, kPeriod};
constexpr RdataLayout kDs{kU16, kU8, kU8, kHexRest};
constexpr RdataLayout kTlsa{kU8, kU8, kU8, kHexRest};
constexpr RdataLayout kDnskey{kU16, kU8, kU8, kBase64Rest};
constexpr RdataLayout kRrsig{kType, kU8, kU8, kU32, kTime, kTime, kU16, kName, kBase64Rest};
constexpr RdataLayout kNsec{kName, kBitmapRest};
constexpr RdataLayout kNsec3{kU8, kU8, kU16, kSalt, kHash, kBitmapRest};
constexpr RdataLayout kNsec3Param{kU8, kU8, kU16, kSalt};
constexpr RdataLayout kCaa{kU8, kTag, kTextRest};
constexpr RdataLayout kSshfp{kU8, kU8, kHexRest};
constexpr RdataLayout kZonemd{kU32, kU8, kU8, kHexRest};
constexpr RdataLayout kOpenPgpKey{kBase64Rest};

constexpr std::uint16_t kSmimea = 53;
constexpr std::uint16_t kOpenPgp = 61;

}  // namespace

const RdataLayout* rdata_layout(RrType type) {
  switch (type) {
    case RrType::kA:
      return &kA;
    case RrType::kAaaa:
      return &kAaaa;
    case RrType::kNs:
    case RrType::kCname:
    case RrType::kPtr:
    case RrType::kDname:
      return &kOneName;
    case RrType::kMx:
      return &kMx;
    case RrType::kTxt:
      return &kTxt;
    case RrType::kSrv:
      return &kSrv;
    case RrType::kSoa:
      return &kSoa;
    case RrType::kDs:
    case RrType::kCds:
      return &kDs;
    case RrType::kTlsa:
      return &kTlsa;
    case RrType::kDnskey:
    case RrType::kCdnskey:
      return &kDnskey;
    case RrType::kRrsig:
      return &kRrsig;
    case RrType::kNsec:
      return &kNsec;
    case RrType::kNsec3:
      return &kNsec3;
    case RrType::kNsec3Param:
      return &kNsec3Param;
    case RrType::kCaa:
      return &kCaa;
    case RrType::kSshfp:
      return &kSshfp;
    case RrType::kZonemd:
      return &kZonemd;
    default:
      break;
  }
  // Their texts may be longer than ldns can take.
  if (static_cast<std::uint16_t>(type) == kSmimea) return &kTlsa;
  if (static_cast<std::uint16_t>(type) == kOpenPgp) return &kOpenPgpKey;
  return nullptr;
}

}  // namespace danewerk::dns
