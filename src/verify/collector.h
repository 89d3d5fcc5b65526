#pragma once

/// \file
/// What one thread gathers: findings, counts, the expiration that comes first. Belongs to one
/// thread; merged in the order of the zone, so that the number of threads does not show.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/finding.h"
#include "verify/ids.h"
#include "verify/owner.h"
#include "verify/verify.h"

namespace danewerk::verify {

struct Collector {
  Findings findings;
  VerifyCounts counts;
  std::uint64_t chain_names = 0;  ///< names found in the NSEC3 chain
  std::uint64_t nsec_records = 0;
  /// Seconds from the moment of the check to the expiration that comes first.
  std::int64_t least_remaining = std::numeric_limits<std::int64_t>::max();

  /// Adds a finding. MESSAGE() makes the text; it is not called for those that are only counted.
  template <class Message>
  void add(std::string_view finding, Level level, const Owner& owner, Message&& message) {
    if (findings.count(finding) >= Findings::kKeptPerId) {
      findings.add(
          {.id = finding, .level = level, .message = {}, .owner = {}, .place = {}, .hint = {}});
      return;
    }
    findings.add({.id = finding,
                  .level = level,
                  .message = std::forward<Message>(message)(),
                  .owner = to_text(owner),
                  .place = {},
                  .hint = {}});
  }
  template <class Message>
  void error(std::string_view finding, const Owner& owner, Message&& message) {
    add(finding, Level::kError, owner, std::forward<Message>(message));
  }

  void merge(Collector&& other);
};

}  // namespace danewerk::verify
