#pragma once

/// \file
/// Makes TLSA records from files (RFC 6698, RFC 7671). Each value is made from both readings of the
/// file, see block.h. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/finding.h"
#include "base/time.h"
#include "tlsa/association.h"
#include "tlsa/block.h"

namespace danewerk::tlsa {

/// What a file holds, the server's own block first.
class Source {
 public:
  enum class Holds : std::uint8_t {
    kServer,  ///< the server's certificate, or its key
    kIssuer,  ///< an issuer's certificate, when the first one is of an authority and has no host
  };
  /// PEM with certificates (the server's first, then its issuers), a request, or a key; or DER.
  /// A private key beside certificates is only held against the first of them. kBadInput when the
  /// file cannot be read, or holds several keys or requests; kCorrupt when both readings differ.
  static Result<Source> read(ByteView octets, Holds holds = Holds::kServer);
  /// The same from a file of at most 1 MiB.
  static Result<Source> open(const Path& file, Holds holds = Holds::kServer);

  /// The certificate, request or key of the server itself.
  [[nodiscard]] const crypto::Credential& leaf() const { return blocks_.front().credential; }
  /// What a record of this usage speaks of. For an issuer: the certificate in the file whose key
  /// signed the first one. That one is never its own issuer, since clients look for an anchor above
  /// the server's certificate (RFC 7671 section 5.2.1), unless it is an issuer's that was given on
  /// purpose (Holds::kIssuer). kBadInput when there is none.
  [[nodiscard]] Result<const Block*> block_of(Usage usage) const;
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

 private:
  std::vector<Block> blocks_;
  Holds holds_ = Holds::kServer;
};

/// The record. kBadInput for a selector or usage that the file cannot serve: a request or key has
/// no certificate (selector 0) and no issuer (usages 0 and 2).
Result<Association> generate(const Source& source, const Combination& combination);

/// What is worth knowing before such a record is published:
///   TLSA-EXPIRED        the certificate is no longer valid; error where clients check dates
///   TLSA-NOT-YET-VALID  the same for its beginning
///   TLSA-KEY-SHORT      RSA below 2048 bits
///   TLSA-USAGE-MIXED-UP the certificate of an authority for usage 1 or 3
///   TLSA-NAME           no subjectAltName for the host, which clients check for usages 0 to 2
///   TLSA-D01            usage 3 or 1 with the whole certificate: breaks at each renewal
///   TLSA-D03            a self-signed anchor, which the server must send, and few do
///   TLSA-D05            2 1 0, which not all clients understand (RFC 7671 section 5.2.3)
///   TLSA-D06            SHA-512, which not all clients know
///   TLSA-D07            usage 0 or 1 for mail (RFC 7672 section 3.1.3)
///   TLSA-FULL           matching type 0: large answers
/// \param owner  nullptr when not known yet.
/// REQUIRES: generate(source, combination) succeeds.
Findings lint(const Source& source, const Combination& combination, const OwnerName* owner,
              sys_seconds now);

}  // namespace danewerk::tlsa
