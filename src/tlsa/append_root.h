#pragma once

/// \file
/// A root that records name and the client's chain leaves out: clients that know an authority only
/// by its record need its certificate sent (RFC 7671 section 5.2.2). Pure; thread-safe.

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "model/tlsa_owner.h"
#include "tlsa/catalogue.h"
#include "tlsa/chain.h"

namespace danewerk::tlsa {

/// SHA-256 of the key of a root that a record with usage 2 names and that signed the end of the
/// chain, which does not have it. Nothing when there is none.
std::optional<Bytes> missing_root(const Catalogue& catalogue, const Chain& chain,
                                  const model::RdataSet& records);

/// A root to be sent after what the client handed over.
struct RootWish {
  Bytes key_digest{};                    ///< SHA-256 of its public key, as the records have it
  std::optional<Bytes> last_appended{};  ///< SHA-256 of the certificate that was appended before
  sys_seconds now{};
};
struct AppendedRoot {
  Chain chain{};
  Bytes certificate_digest{};  ///< to be remembered as `last_appended`
};
/// The chain with that root at its end; as it is when its key is there already. kRefused when the
/// catalogue does not have it, its state or dates forbid it, it is another one than last time, or
/// it did not sign the end of the chain.
Result<AppendedRoot> append_root(const Catalogue& catalogue, Chain chain, const RootWish& wish);

}  // namespace danewerk::tlsa
