#pragma once

/// \file
/// What an answer's octets say. Private to this folder.

#include "net/resolver.h"

namespace danewerk::net {

/// Fills in aliases, records, TTL, signatures and zone. kBadInput for octets that are no message.
/// \param now  RRSIG times are read as the instants nearest to it.
Result<void> enter_answer(ByteView packet, sys_seconds now, Lookup& lookup);

}  // namespace danewerk::net
