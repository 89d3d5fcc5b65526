#pragma once

/// \file
/// When a record that moved is known to be in every cache, or in none, and the intervals of
/// RFC 7583 that planning needs, named as there. No state.

#include "model/key_ring.h"
#include "rollover/moment.h"

namespace danewerk::rollover {

/// When a record that is rumoured becomes omnipresent, or one that is unretentive hidden.
/// REQUIRES: the record of the key is in one of these two states.
Moment settles(const model::RingKey& key, model::KeyRecord record, const Outside& outside);

/// Ipub of a DNSKEY, Dprp + TTLkey (RFC 7583 section 3.2.1), and IpubC (section 3.3.1).
seconds publication_interval(const Outside& outside);
/// IpubP: DprpP + TTLds (RFC 7583 section 3.3.3); the same as Iret of section 3.3.1.
seconds parent_interval(const Outside& outside);
/// How long before the end of the lifetime of a key of that role its successor has to be made:
/// a ZSK is published Ipub before it signs, a KSK's DS has to be in all caches, too.
seconds lead(model::KeyRole role, const Outside& outside);

}  // namespace danewerk::rollover
