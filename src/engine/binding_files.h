#pragma once

/// \file
/// The certificate and key of a binding as the ACME client, or the operator, left them. Each file
/// is opened once: a link that moves in between cannot mix two versions.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "config/certificate.h"
#include "store/key_access.h"
#include "tlsa/chain.h"

namespace danewerk::engine {

struct HandedCertificate {
  std::optional<tlsa::Chain> chain{};  ///< none: a finding of level error says why
  /// PEM: the client's file, or ours of the key store when the certificate is for a key that was
  /// made here; none: it is no file.
  std::optional<Secret> key{};
  /// BINDING-KEY-UNREADABLE, BINDING-CLIENT-OPEN, and those of tlsa::read_chain.
  Findings findings{};
};

/// Chains have a handful of certificates of a few KiB.
inline constexpr std::uint64_t kMostChainOctets = 1U << 20;

/// The findings as those of a certificate: with its name, and FILE, unless it is empty, where
/// they name no place.
Findings about(const Findings& found, const std::string& name, const Path& file);

/// A file of the client's that cannot be read.
void add_unreadable(Findings& findings, std::string_view id, const Path& file, const Error& error);

/// BINDING-CLIENT-OPEN: others than their owners may exchange the client's files. The owners need
/// not be root or we: clients run as users of their own.
Findings judge_access(const config::Certificate& certificate);

HandedCertificate read_certificate(const config::Certificate& certificate,
                                   const store::KeyFolder& keys);

/// The private key of a chain, when it was made here; PEM.
Result<std::optional<Secret>> key_made_here(const config::Certificate& certificate,
                                            const tlsa::Chain& chain, const store::KeyFolder& keys);

/// A chain from the PEM that `tlsa::to_pem` made of it.
Result<tlsa::Chain> chain_from_pem(const std::string& pem);

}  // namespace danewerk::engine
