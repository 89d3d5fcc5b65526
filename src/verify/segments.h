#pragma once

/// \file
/// The whole zone in pieces that threads can check apart from one another: runs of names, and runs
/// of NSEC3 records. A run needs nothing of the others: what lies before it is looked up.

#include <string_view>
#include <vector>

#include "verify/chain_check.h"
#include "verify/name_check.h"

namespace danewerk::verify {

/// A run of entries of a tree.
struct Segment {
  std::string_view from;
  std::size_t count = 0;
};

/// Cuts a tree in runs of at most SIZE entries.
std::vector<Segment> cut_in_segments(const dns::Tree& tree, std::size_t size);

/// One thread's tools.
struct Workbench {
  explicit Workbench(const Context& shared)
      : context(shared), names(shared), chain(shared, names.signatures()) {}
  const Context& context;
  NameCheck names;
  ChainCheck chain;
};

/// Names of a run: order, RRsets, denial, and the empty non-terminals that stand before them.
void check_names(Workbench& bench, const Segment& segment, Collector& out);
/// NSEC3 records of a run.
void check_chain(Workbench& bench, const Segment& segment, Collector& out);

}  // namespace danewerk::verify
