#pragma once

/// \file
/// Finding the servers of parent zones with the help of the system's resolvers. Does I/O. Private
/// to this folder.

#include <map>
#include <string>
#include <vector>

#include "observe/look.h"

namespace danewerk::observe {

/// Who serves a zone's parent, or why that is not known.
struct ParentsFound {
  std::vector<ParentServer> servers{};
  std::string why{};
};

/// For the zones (canonical text), by zone. Zones below one parent share its questions.
/// \param limits  `whole` is for all questions of it.
std::map<std::string, ParentsFound> find_parents(const std::vector<dns::Name>& zones,
                                                 const LookOptions& options,
                                                 const net::AskLimits& limits);

}  // namespace danewerk::observe
