#pragma once

/// \file
/// Requests for certificates (PKCS#10, RFC 2986). Thread-safe.

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace danewerk::crypto {

/// A request in PEM, signed by its own key.
/// \param private_pem  PEM of the private key; a block of its parameters may stand before it.
/// \param dns_names    all of them in subjectAltName, without final dot; the first that is short
///                     enough for it is the common name as well: some authorities ask for one.
/// \returns kBadInput for no name, one that no certificate can have, or a key that cannot be read.
Result<std::string> make_request(ByteView private_pem, const std::vector<std::string>& dns_names);

}  // namespace danewerk::crypto
