#pragma once

/// \file
/// Sees what a zone publishes and nothing else: each version goes through the verifier once more,
/// from the file, and into a world of caches of its own. Knows nothing of the engine.
/// Thread-compatible; a witness a zone.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/time.h"
#include "verify/verify.h"
#include "world/world.h"

namespace danewerk::years {

class Witness {
 public:
  /// \param lag  the longest that servers need, which nobody lists, for a version.
  Witness(std::string zone, seconds lag);

  /// The file was published.
  void read(const std::filesystem::path& file, sys_seconds now);
  /// The parent has DS of these KSKs and no others.
  void change_ds(const world::KeySet& keys, sys_seconds now);
  /// Time passes: signatures that servers and caches may still hand out are valid.
  void look(sys_seconds now);

  struct Counts {
    std::uint64_t versions = 0;
    std::uint64_t signatures = 0;  ///< checked
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }
  /// Sentences.
  [[nodiscard]] std::vector<std::string> violations() const;

 private:
  void fault(sys_seconds now, const std::string& what);
  [[nodiscard]] world::ZoneVersion version_of(const dns::Zone& zone);
  /// A key that was replaced does not come back.
  void look_for_old_keys(const world::KeySet& keys, sys_seconds now);

  std::string name_;
  seconds lag_;
  world::World world_;
  Counts counts_;
  std::uint32_t serial_ = 0;
  world::KeySet present_;  ///< in the DNSKEY RRset
  world::KeySet gone_;     ///< once, and not any more
  sys_seconds earliest_{};
  seconds longest_{0};  ///< that a server without refresh may serve, and a cache may hold
  std::vector<std::string> faults_;
};

}  // namespace danewerk::years
