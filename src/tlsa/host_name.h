#pragma once

/// \file
/// Which hosts a certificate is for. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "crypto/certificate.h"

namespace danewerk::tlsa {

/// A subjectAltName of the certificate is this host's, with or without final dot; an asterisk
/// stands for one whole label (RFC 6125 section 6.4.3). The subject's common name does not count.
bool is_for_host(const crypto::Credential& certificate, std::string_view host);
/// The same for any of several.
bool is_for_any(const crypto::Credential& certificate, const std::vector<std::string>& hosts);

}  // namespace danewerk::tlsa
