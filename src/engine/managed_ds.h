#pragma once

/// \file
/// Zones of ours whose parent is a zone of ours too (`parents: {zone: NAME}`): the DS is a managed
/// record of the parent, and what the parent has published is what a server would show. For one
/// pass; not for two threads at once.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "config/config.h"
#include "managed/records.h"
#include "observe/parents.h"
#include "store/key_index.h"
#include "store/state.h"

namespace danewerk::engine {

class ManagedDs {
 public:
  ManagedDs(const config::Config& config, const store::State& state)
      : config_(config), state_(state) {}

  /// Names of zones that are parents of others, deepest first.
  [[nodiscard]] std::vector<std::string> parents() const;

  /// What the children of PARENT want to stand there now, ascending by name.
  /// \param keys  what the key store has; null: it is read for each child.
  Result<std::vector<managed::ChildDs>> wanted(const std::string& parent,
                                               const std::shared_ptr<store::KeyIndex>& keys) const;

  /// What the parent of CHILD shows. Silent while its newest version is not served everywhere.
  Result<observe::ParentsAnswer> shown(const config::ZoneConfig& child);

 private:
  struct Parent {
    dns::Zone zone;
    std::string silent_because{};  ///< empty: what it has counts
  };
  Result<Parent> load(const config::ZoneConfig& parent) const;

  const config::Config& config_;
  const store::State& state_;
  std::map<std::string, Parent> loaded_{};
};

/// PARENT-NOT-DELEGATED: the parent has no NS for a child whose DS is to stand there.
Finding not_delegated(const dns::Name& child, const std::string& parent);

/// A digest over what is wanted: part of what makes a parent due. Empty for none.
std::string digest_of(const std::vector<managed::ChildDs>& children);

}  // namespace danewerk::engine
