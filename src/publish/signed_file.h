#pragma once

/// \file
/// The signed zone on disk. Its last line is a comment with the format's version and a digest of
/// all before it, which is written only after verification.

#include <optional>
#include <string>

#include "base/file.h"
#include "crypto/signature.h"
#include "verify/verified.h"

namespace danewerk::publish {

/// A signed file on its way: nothing is at the target until `publish`.
class SignedFile {
 public:
  static Result<SignedFile> create(const Path& target, mode_t mode);

  Result<void> write(std::string_view text);
  /// The file so far, to be read back and verified.
  [[nodiscard]] const Path& unpublished() const { return file_.temporary(); }
  [[nodiscard]] std::uint64_t octets() const { return file_.written(); }

  /// Puts the last line under what was verified, and the file in its place.
  Result<void> publish(const verify::VerifiedZone& verified);
  /// For measurements: the file gets no last line, and whoever re-uses it checks each signature.
  Result<void> publish_unverified();

 private:
  explicit SignedFile(AtomicFile file);
  AtomicFile file_;
  crypto::DigestStream digest_;
};

/// The file ends with our last line, and its digest holds: what is in it was verified, and nobody
/// touched it since.
Result<bool> is_verified_output(const Path& file);

}  // namespace danewerk::publish
