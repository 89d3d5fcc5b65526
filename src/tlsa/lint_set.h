#pragma once

/// \file
/// Common mistakes with the TLSA records of an owner, judged from records, chains and what was seen
/// of the service (tlsa lint identifiers TLSA-D01 to TLSA-D18). Pure; thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "tlsa/association.h"
#include "tlsa/catalogue.h"
#include "tlsa/chain.h"

namespace danewerk::tlsa {

/// Answers that somebody may not have.
enum class Known : std::uint8_t { kUnknown, kNo, kYes };

/// What an address of the service showed.
struct SeenEndpoint {
  std::string address{};  ///< "192.0.2.25", and which key was asked for
  Known offers_tls = Known::kUnknown;
  const Chain* chain = nullptr;  ///< nullptr: not seen
  bool is_watched = true;        ///< somebody looks at it regularly
};

/// Another mail host of the same domain.
struct SeenSibling {
  std::string host{};
  std::vector<Association> associations{};  ///< empty: it has no records
  bool is_on_the_same_plan = false;         ///< its key is changed in the same moment
};

/// What is known about an owner of TLSA records. Each part may be left out.
struct RecordSet {
  std::optional<OwnerName> owner{};
  std::vector<Association> associations{};
  std::optional<seconds> ttl{};
  std::vector<std::string> names{};    ///< reference names for usage 2, see GateOwner
  std::vector<const Chain*> served{};  ///< one a kind of key
  std::vector<SeenEndpoint> endpoints{};
  std::vector<SeenSibling> siblings{};
  Known is_renewed_by_machine = Known::kUnknown;
  Known keeps_key = Known::kUnknown;        ///< across renewals
  Known has_standby = Known::kUnknown;      ///< a next key whose record is published
  Known is_mail_host = Known::kUnknown;     ///< some MX names the owner's host
  Known has_good_denial = Known::kUnknown;  ///< answers for names without TLSA validate
  std::vector<Bytes> own_keys{};  ///< SHA-256 of keys that we hold or know; empty: not known
  const Catalogue* catalogue = nullptr;
  sys_seconds now{};
};

/// All that is wrong, as far as it can be told:
///   TLSA-D01  a whole certificate that is renewed by a machine
///   TLSA-D02  the key changes at each renewal, and no record for the next one is there
///   TLSA-D03  usage 2 for what the server does not send
///   TLSA-D04  usage 2 for some of the issuers that the authority may use
///   TLSA-D05  2 1 0
///   TLSA-D06  SHA-512 without SHA-256
///   TLSA-D07  usage 0 or 1 for mail
///   TLSA-D08  an address refuses TLS
///   TLSA-D09  another mail host, or another kind of key, has no record
///   TLSA-D10  an address presents what no record matches
///   TLSA-D11  records at a name that is no mail host
///   TLSA-D12  denial of existence is broken
///   TLSA-D13  one key for all mail hosts, changed at once
///   TLSA-D14  TTL above an hour without a standby key
///   TLSA-D15  a record that matches nothing we hold or serve
///   TLSA-D16  an address that nobody watches
///   TLSA-D17  a root's key, as if that were for ever
///   TLSA-D18  an expired certificate under usage 3
///   TLSA-EXPIRED, TLSA-NAME  what counts for usage 2
///   TLSA-ISSUER-RETIRED, TLSA-ISSUER-REVOKED  names an issuer whose time is over
///   TLSA-DUPLICATE, TLSA-EMPTY-DIGEST, TLSA-FULL, TLSA-USAGE-MIXED-UP (an issuer's value under
///   usage 3, or the server's under usage 2)
Findings lint_set(const RecordSet& set);

}  // namespace danewerk::tlsa
