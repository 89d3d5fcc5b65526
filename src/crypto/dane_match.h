#pragma once

/// \file
/// Would a DANE client accept this chain? Asked of OpenSSL's own DANE engine, without a connection
/// (RFC 6698, RFC 7671). Thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace danewerk::crypto {

/// The four fields of a TLSA record (RFC 6698 section 2.1).
struct DaneRecord {
  std::uint8_t usage = 3;
  std::uint8_t selector = 1;
  std::uint8_t matching = 1;
  ByteView data{};
};

/// What a server presents, and what its client goes by.
struct DanePresentation {
  std::vector<ByteView> chain{};     ///< DER, the server's certificate first, as they are sent
  std::vector<std::string> names{};  ///< any one will do; empty: names do not count
  /// Whether names count for usage 3, too: not by RFC 7671 section 5.1.
  enum class ServerNames : std::uint8_t { kIgnored, kChecked };
  ServerNames server_names = ServerNames::kIgnored;
  sys_seconds at{};
};

struct DaneOutcome {
  /// Which certificate made the client accept, 0 for the server's own; nothing: refused.
  std::optional<unsigned> depth{};
  std::size_t record = 0;  ///< which of the records that was
  std::string reason{};    ///< why it was refused
};

/// All records together, as a client has them: with digest agility (RFC 7671 section 9). No public
/// authority is known here, so that usages 0 and 1 are always refused.
/// kBadInput when a certificate or a name cannot be read, or there is no certificate.
Result<DaneOutcome> match_dane(const DanePresentation& presentation,
                               std::span<const DaneRecord> records);

}  // namespace danewerk::crypto
