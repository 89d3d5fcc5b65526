#pragma once

/// \file
/// NSEC3 records: hashes and RDATA (RFC 5155). Thread-safe: no state.

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/node.h"
#include "dns/zone.h"
#include "model/denial.h"

namespace danewerk::denial {

/// SHA-1 is the only hash algorithm there is (RFC 5155 section 11).
inline constexpr std::uint8_t kHashSha1 = 1;
inline constexpr std::uint8_t kOptOutFlag = 1;
using Hash = std::array<std::uint8_t, 20>;

inline std::string_view as_key(const Hash& hash) {
  return as_text(ByteView(hash));
}

/// IH(salt, x, k) of RFC 5155 section 5. REQUIRES: name is in canonical form.
Hash nsec3_hash(dns::NameView name, const model::DenialParameters& parameters);
/// The same for the name of a sort key.
Hash nsec3_hash(std::string_view key, dns::NameView apex,
                const model::DenialParameters& parameters);

/// NSEC3 RDATA (RFC 5155 section 3.2) of what stands at a name, replacing what OUT holds.
void nsec3_rdata(Bytes& out, dns::NodeView node, dns::Standing standing, ByteView next,
                 const model::DenialParameters& parameters);

/// NSEC3PARAM RDATA; flags are zero there (RFC 5155 section 4.1.2).
Bytes nsec3param_rdata(const model::DenialParameters& parameters);

/// TTL of denial records: the lesser of SOA TTL and SOA MINIMUM (RFC 9077 section 3).
/// REQUIRES: the apex has an SOA.
dns::Ttl denial_ttl(const dns::Zone& zone);

}  // namespace danewerk::denial
