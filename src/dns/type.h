#pragma once

/// \file
/// RR types, TTLs, and what the protocol says about types as such. Thread-compatible, no state.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace danewerk::dns {

/// RR type numbers (IANA registry). Any other number is a valid value too (RFC 3597).
enum class RrType : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kHinfo = 13,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kNaptr = 35,
  kDname = 39,
  kDs = 43,
  kSshfp = 44,
  kRrsig = 46,
  kNsec = 47,
  kDnskey = 48,
  kNsec3 = 50,
  kNsec3Param = 51,
  kTlsa = 52,
  kCds = 59,
  kCdnskey = 60,
  kZonemd = 63,
  kSvcb = 64,
  kHttps = 65,
  kCaa = 257,
};

/// Obsolete or young: name servers of today refuse a zone that names it by its mnemonic, so that it
/// is written as RFC 3597 section 5 has it, type and RDATA. It is read in both forms.
bool is_read_by_few(RrType type);

/// "TLSA"; "TYPE65280" for a number without mnemonic, or with one that few read.
std::string to_text(RrType type);
void append_text(std::string& out, RrType type);
/// Mnemonic in any case, or TYPEnnn.
std::optional<RrType> type_from_text(std::string_view text);

/// Made by a signer: RRSIG, NSEC, NSEC3, NSEC3PARAM.
inline bool is_signer_made(RrType type) {
  return type == RrType::kRrsig || type == RrType::kNsec || type == RrType::kNsec3 ||
         type == RrType::kNsec3Param;
}

/// Seconds, 0 to 2^31-1 (RFC 2181 section 8). A plain number on the wire and in packed records.
using Ttl = std::uint32_t;
inline constexpr Ttl kMaxTtl = 0x7fffffff;

}  // namespace danewerk::dns
