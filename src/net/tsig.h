#pragma once

/// \file
/// Queries and answers signed with a shared secret (RFC 8945). Value types; thread-compatible.

#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/time.h"
#include "crypto/signature.h"
#include "dns/message.h"

namespace danewerk::net {

struct TsigKey {
  dns::Name name{};
  crypto::DigestType digest = crypto::DigestType::kSha256;
  std::shared_ptr<const Secret> secret{};  ///< one for all that use the key
};

/// \param algorithm  "hmac-sha256", "hmac-sha384" or "hmac-sha512".
/// \param base64  the secret. kBadInput when any of the three is none.
Result<TsigKey> tsig_key(std::string_view name, std::string_view algorithm,
                         std::string_view base64);

/// The same, with the secret in a file of its own. kRefused when group or others can reach it
/// (promise P7), kBadInput when it is not base64 of at least 16 octets.
Result<TsigKey> read_tsig_key(std::string_view name, std::string_view algorithm, const Path& file);

/// Seconds by which clocks may differ (RFC 8945 section 10).
inline constexpr std::uint16_t kTsigFudge = 300;

struct SignedQuery {
  Bytes octets;
  Bytes mac;  ///< the answer's signature covers it
};
/// REQUIRES: message is whole and has no TSIG.
SignedQuery sign_query(Bytes message, const TsigKey& key, sys_seconds now);

/// The answer to a query is by a server that has the key, and of now. kRefused with the reason
/// when not.
/// \param octets  what MESSAGE was read from.
Result<void> verify_answer(ByteView octets, const dns::Message& message, const TsigKey& key,
                           ByteView query_mac, sys_seconds now);

}  // namespace danewerk::net
