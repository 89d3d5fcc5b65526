#pragma once

/// \file
/// The closure of a change, worked out anew: which names, empty non-terminals, links and NSEC3
/// records a change can have broken (design: "everything is a change", RFC 5155 section 7.1). Keys
/// and hashes point into the pages of the two versions. Thread-compatible.

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "verify/context.h"
#include "verify/name_check.h"

namespace danewerk::verify {

struct ChangePlan {
  struct NameTask {
    std::string_view key;
    dns::NodeView known;  ///< node in a good version with the same role; empty: check all
  };
  std::vector<NameTask> names;  ///< names with an entry, once each
  std::vector<std::string_view>
      vacant;  ///< may need an NSEC3 as empty non-terminal, or must have none
  std::vector<std::string_view> links;    ///< names whose NSEC's next name may have changed
  std::vector<std::string_view> records;  ///< NSEC3 records that changed
  std::vector<std::string_view> rings;    ///< neighbours of NSEC3 records that changed
};

/// Nothing when only the whole check can tell: keys, parameters or kind of denial changed, or the
/// chain changed where no name explains it.
/// \param before  context of change.before, complete.
/// \param after   context of change.after, complete.
std::optional<ChangePlan> plan_change(const Context& before, const Context& after);

}  // namespace danewerk::verify
