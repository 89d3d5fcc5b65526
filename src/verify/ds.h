#pragma once

/// \file
/// The DS set of the parent against DNSKEY (RFC 4035 section 2.2, RFC 6840 section 5.11).

#include <vector>

#include "verify/context.h"

namespace danewerk::verify {

/// \param signers  numbers of the keys by which DNSKEY is validly signed.
void check_ds(const Context& context, const std::vector<std::size_t>& signers, Collector& out);

}  // namespace danewerk::verify
