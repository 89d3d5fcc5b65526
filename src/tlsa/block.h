#pragma once

/// \file
/// What a file of certificates holds, each block read twice: by the library, and by code of our own
/// that cuts the file's octets to pieces. Blocks of which the two differ are refused. Thread-safe.

#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "tlsa/association.h"

namespace danewerk::tlsa {

/// A certificate, a request or a key. No private octets are kept.
struct Block {
  crypto::Credential credential{};  ///< as the library reads it
  Bytes certificate{};              ///< DER as we cut it out of the file; empty unless it is one
  Bytes key_info{};                 ///< SubjectPublicKeyInfo, cut out or written from its numbers

  [[nodiscard]] bool is_certificate() const {
    return credential.kind == crypto::CredentialKind::kCertificate;
  }
  /// The first and the last moment of a certificate; what is none is never in time.
  [[nodiscard]] sys_seconds begins() const {
    return credential.not_before.value_or(sys_seconds::max());
  }
  [[nodiscard]] sys_seconds ends() const {
    return credential.not_after.value_or(sys_seconds::min());
  }
};

/// All blocks of a file, in its order: PEM, or one block in DER. kBadInput when it cannot be read
/// or holds nothing; kCorrupt when both readings differ.
Result<std::vector<Block>> read_blocks(ByteView octets);

/// The data of a record for this block, from both readings. kBadInput when it has no certificate to
/// select; kCorrupt when they differ, or give nothing.
Result<Bytes> association_data(const Block& block, Selector selector, Matching matching);

/// The same from our own reading alone: the second opinion. Empty when there is nothing to select.
Bytes own_association_data(const Block& block, Selector selector, Matching matching);

/// Whether the record's data are this block's, whatever its usage; by our own reading.
bool names(const Association& association, const Block& block);

/// SHA-256 of the public key: how catalogues and records with selector 1 name it.
Bytes key_digest(const Block& block);

}  // namespace danewerk::tlsa
