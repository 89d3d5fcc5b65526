#pragma once

/// \file
/// What the engine, which has no key of a service, and root, who has them, tell each other through
/// files in a folder of the engine's (promise P7): root hands over the certificates that the client
/// left, the engine says which of them is to be served. What is served, both see in the served
/// folder. One lock, so that no verdict is carried out while it is being thought over.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/time.h"

namespace danewerk::serve {

/// What is to be served.
struct Verdict {
  std::string pem{};        ///< certificates, the server's first
  bool is_restore = false;  ///< services present something else: they are to be told again
  bool operator==(const Verdict&) const = default;
};

/// Of one binding. Thread-compatible.
class Handover {
 public:
  /// Takes the lock in FOLDER, which is made (0700) when it is not there. kUnavailable when the
  /// other side has it for longer than WAIT.
  static Result<Handover> open(const Path& folder, std::string binding, seconds wait);

  /// The certificates that root handed over; nothing when it never did.
  [[nodiscard]] Result<std::optional<std::string>> given() const;
  /// Writes when it is news (promise P6).
  Result<void> give(std::string_view pem);

  /// Chains, PEM, that are served or may be again: root removes others, with their keys. Nothing
  /// when no pass has said.
  [[nodiscard]] Result<std::optional<std::string>> kept() const;
  Result<void> keep(std::string_view pems);

  /// What root found, in the caller's words. Writes when it is news.
  Result<void> tell(std::string_view findings);

  [[nodiscard]] Result<std::optional<Verdict>> verdict() const;
  /// Nothing: what is served stays.
  Result<void> decide(const std::optional<Verdict>& wanted);

 private:
  Handover(Path folder, std::string binding, Descriptor lock)
      : folder_(std::move(folder)), binding_(std::move(binding)), lock_(std::move(lock)) {}
  [[nodiscard]] Path verdict_file() const;
  [[nodiscard]] Path kept_file() const;

  Path folder_;
  std::string binding_;
  Descriptor lock_;
};

/// Bindings for which a verdict stands.
Result<std::vector<std::string>> standing_verdicts(const Path& folder);

/// The file with the certificates that root handed over.
Path given_file(const Path& folder, std::string_view binding);

/// What root found; empty when it told nothing.
Result<std::string> read_findings(const Path& folder, std::string_view binding);

}  // namespace danewerk::serve
