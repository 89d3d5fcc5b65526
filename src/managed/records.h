#pragma once

/// \file
/// Records that the signer keeps, not the zone's author: at the apex DNSKEY, CDS, CDNSKEY,
/// NSEC3PARAM, and ZONEMD's place; at delegations the DS of zones of ours; for services of ours
/// their TLSA records. Thread-safe: no state.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "dns/zone.h"
#include "model/key.h"

namespace danewerk::managed {

/// The DS of a zone of ours below this one.
struct ChildDs {
  dns::Name child{};
  std::vector<Bytes> wanted{};  ///< RDATA that shall stand there
  std::vector<Bytes> ours{};    ///< all that our keys may have had: what is not wanted goes
  dns::Ttl ttl = 86400;
};

/// TLSA records of services of ours.
struct ServiceTlsa {
  dns::Name owner{};            ///< "_25._tcp.mx1.example.org."
  std::vector<Bytes> wanted{};  ///< RDATA that shall stand there, beside the author's
  std::vector<Bytes> ours{};    ///< all that we may have put there: what is not wanted goes
  dns::Ttl ttl = 3600;          ///< of the RRset; an author's lower one counts
};

struct Records {
  std::vector<model::Dnskey> dnskeys{};  ///< beside foreign ones that the zone has already
  dns::Ttl dnskey_ttl = 3600;            ///< for a DNSKEY RRset that the zone does not have
  std::vector<Bytes> cds{};              ///< RDATA (RFC 7344 section 3.1)
  std::vector<Bytes> cdnskey{};          ///< RDATA (RFC 7344 section 3.2)
  std::optional<Bytes> nsec3param{};     ///< RDATA
  std::optional<Bytes> zonemd{};         ///< RDATA whose digest is filled in when all else is done
  std::vector<ChildDs> ds{};             ///< beside what the author wrote there
  std::vector<ServiceTlsa> tlsa{};
};

struct Managed {
  dns::Zone zone;
  /// A ZONEMD of the author's was left out: it cannot hold for the signed zone (RFC 8976 section
  /// 2).
  bool dropped_zonemd = false;
  /// Children whose DS has no place: there is no delegation (RFC 4035 section 2.4).
  std::vector<dns::Name> undelegated{};
  /// Owners at which no TLSA can stand: an alias is there (RFC 1034 section 3.6.2), or the name is
  /// below a delegation.
  std::vector<dns::Name> misplaced{};
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
