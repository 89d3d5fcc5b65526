#pragma once

/// \file
/// What an authoritative server shows at an owner of TLSA records. No I/O. Thread-compatible.

#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "dns/name.h"
#include "net/client.h"

namespace danewerk::observe {

struct TlsaQuestion {
  dns::Name owner{};
  dns::Name zone{};
  sys_seconds now{};  ///< signatures are judged for, by their dates
};

struct TlsaShown {
  std::set<Bytes> records{};  ///< RDATA
  seconds ttl{0};             ///< of the records; nothing of an answer that there are none
  seconds alias_ttl{0};       ///< the largest of the aliases on the way
  std::string target{};       ///< where aliases lead; empty: there is none
  bool is_signed = false;     ///< by a signature that is valid now as far as its dates say
  std::optional<sys_seconds> signed_until{};  ///< the latest end of a signature over the records
  std::string why{};  ///< why nothing can be told: a sentence that begins with a verb
};

/// Why a reply does not count: silence, no authority, an error; empty: it does.
std::string fault_of(const net::Reply& reply);

/// \param reply  to a question for the owner's TLSA records with DO set.
TlsaShown read_tlsa_answer(const TlsaQuestion& question, const net::Reply& reply);

}  // namespace danewerk::observe
