#pragma once

/// \file
/// Records at the apex that the signer keeps, not the zone's author: DNSKEY, CDS, CDNSKEY,
/// NSEC3PARAM, and ZONEMD's place. Thread-safe: no state.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "dns/zone.h"
#include "model/key.h"

namespace danewerk::managed {

struct Records {
  std::vector<model::Dnskey> dnskeys{};  ///< beside foreign ones that the zone has already
  dns::Ttl dnskey_ttl = 3600;            ///< for a DNSKEY RRset that the zone does not have
  std::vector<Bytes> cds{};              ///< RDATA (RFC 7344 section 3.1)
  std::vector<Bytes> cdnskey{};          ///< RDATA (RFC 7344 section 3.2)
  std::optional<Bytes> nsec3param{};     ///< RDATA
  std::optional<Bytes> zonemd{};         ///< RDATA whose digest is filled in when all else is done
};

struct Managed {
  dns::Zone zone;
  /// A ZONEMD of the author's was left out: it cannot hold for the signed zone (RFC 8976 section
  /// 2).
  bool dropped_zonemd = false;
};

/// The zone with its managed records.
/// kRefused when a key's tag is that of a foreign DNSKEY with the same algorithm: validators try
/// keys by tag (RFC 4034 section 5.3). REQUIRES: zone has an SOA.
Result<Managed> add_records(const dns::Zone& zone, const Records& records);

/// A signed version as content: its apex without signatures and without records that `add_records`
/// makes; all else shares the version's pages. For re-signing when there is no new content.
dns::Zone without_records(const dns::Zone& signed_zone);

/// A signed version without anything of DNSSEC: for a zone that goes insecure and has no new
/// content. DS of its delegations stay. Looks at every name.
dns::Zone without_signatures(const dns::Zone& signed_zone);

}  // namespace danewerk::managed
