#pragma once

/// \file
/// Certificates and keys of earlier times that the ACME client keeps beside those that are
/// configured: certbot's archive/NAME/fullchain7.pem and dehydrated's fullchain-1712345678.pem,
/// which the configured file is a link to; archive/DATE/ (getssl) and backup/ beside it. Names only
/// say where to look; what belongs together, and what may be served, the content says.

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "config/certificate.h"
#include "tlsa/chain.h"

namespace danewerk::engine {

struct ArchivedChain {
  Path file;
  tlsa::Chain chain{};
};

struct ArchivedKey {
  Path file;
  Secret pem{};
  Bytes digest{};  ///< SHA-256 of its public half
};

/// What could be read. A file that cannot be, or that is no certificate or key, is left out; so is
/// a private key that others may read or write.
struct ClientArchive {
  std::vector<ArchivedChain> chains{};
  std::vector<ArchivedKey> keys{};

  /// Of the server's certificate; null: none has it.
  [[nodiscard]] const ArchivedKey* key_of(const tlsa::Chain& chain) const;
};

/// The newest of them. Nothing for a certificate whose key is no file.
ClientArchive read_client_archive(const config::Certificate& certificate);

/// The key of this chain, which the client's own file does not have any more.
std::optional<ArchivedKey> archived_key(const config::Certificate& certificate,
                                        const tlsa::Chain& chain);

}  // namespace danewerk::engine
