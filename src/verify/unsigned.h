#pragma once

/// \file
/// A zone that is published without signatures. Thread-safe.

#include "verify/verify.h"

namespace danewerk::verify {

/// Nothing of DNSSEC is left in it: with a DNSKEY or a signature that is not kept up, validators
/// that find a DS again would see bogus (RFC 6781 section 4.4.2.2, going insecure).
Report verify_unsigned(const dns::Zone& zone, const VerifyOptions& options);

}  // namespace danewerk::verify
