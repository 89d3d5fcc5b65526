#pragma once

/// \file
/// Octets sealed with a passphrase: a key by scrypt (RFC 7914), pieces by AES-256-GCM (NIST
/// SP 800-38D). Each piece is bound to its place and the last says that it is: what was cut off,
/// exchanged or changed anywhere is noticed. Nothing of the plain octets is handed out before its
/// piece was checked. Objects belong to one thread.
///
///     "DWSEAL", format version | scrypt: log2 N, r, p | salt (16 octets) | pieces
///
/// A piece is up to 64 KiB, sealed, and its tag (16 octets); all but the last are full. The nonce
/// is the number of the piece (11 octets) and 1 for the last, else 0; the key is of this file
/// alone.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace danewerk::crypto {

/// What guessing a passphrase costs: 128 * r * 2^log2_n octets of memory each time.
struct ScryptCost {
  std::uint8_t log2_n = 17;
  std::uint8_t r = 8;
  std::uint8_t p = 1;
};

/// Where sealed octets go.
using SealedSink = std::function<Result<void>(ByteView)>;
/// Where they come from: fills as much as it can, less only at the end.
using SealedSource = std::function<Result<std::size_t>(std::span<std::uint8_t>)>;

class Sealer {
 public:
  /// Writes the head. kBadInput for an empty passphrase, kUnavailable when scrypt has no memory.
  static Result<Sealer> begin(ByteView passphrase, ScryptCost cost, SealedSink sink);
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;
  ~Sealer();

  Result<void> add(ByteView octets);
  /// Writes the last piece. Nothing is added after it.
  Result<void> finish();

 private:
  struct Impl;
  explicit Sealer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Unsealer {
 public:
  /// Reads the head. kCorrupt when it is none, or asks for more than 1 GiB of memory; kRefused when
  /// its format version is another.
  static Result<Unsealer> begin(ByteView passphrase, SealedSource source);
  Unsealer(Unsealer&&) noexcept;
  Unsealer& operator=(Unsealer&&) noexcept;
  Unsealer(const Unsealer&) = delete;
  Unsealer& operator=(const Unsealer&) = delete;
  ~Unsealer();

  /// Fills OUT with what comes next. kBadInput when the first piece does not open: the passphrase
  /// is another, or the octets are damaged; kCorrupt for a later one, and at the end.
  Result<void> read(std::span<std::uint8_t> out);
  /// Everything was read and nothing is missing.
  Result<void> expect_end();

 private:
  struct Impl;
  explicit Unsealer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace danewerk::crypto
