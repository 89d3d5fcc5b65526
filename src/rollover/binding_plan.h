#pragma once

/// \file
/// The parts of a decision about a binding. No state.

#include <optional>
#include <string>
#include <vector>

#include "rollover/binding.h"

namespace danewerk::rollover {

/// Endpoints that present what no record matches.
struct Drift {
  bool is_full = false;                  ///< all that can be seen
  bool is_restorable = false;            ///< what is to be served can be put there again
  model::RdataSet live{};                ///< records of what is presented, to be added
  std::vector<std::string> some{};       ///< names, when it is not all of them
  std::vector<std::string> strangers{};  ///< names of those that present a key nobody here ever had
};
Drift find_drift(const BindingSituation& situation);

/// What an owner's RRset is to have, and what of it has to wait.
struct RecordPlan {
  TlsaWish wish;
  std::vector<BindingWait> waits{};
};
/// \param live  of drifted endpoints.
RecordPlan plan_records(const OwnerSituation& owner, const BindingSituation& situation,
                        const model::RdataSet& live);

/// The chain to serve now, or what each staged one waits for.
struct DeployPlan {
  std::optional<Deployment> deploy{};
  std::vector<BindingWait> waits{};
};
DeployPlan plan_deployment(const BindingSituation& situation, const Drift& drift);

/// Why no time alone opens the gate for a staged chain: somebody has to say a word, or to change
/// something. None: it is a matter of time.
std::optional<BindingWait> awaited_word(const model::Chain& chain,
                                        const BindingSituation& situation);

BindingLabel label_of(const BindingSituation& situation);

/// Adopted records that match nothing we know.
model::RdataSet stale_records(const OwnerSituation& owner, const BindingSituation& situation);

/// "renewed certificate 0123abcd".
std::string name_of(const model::Chain& chain);

}  // namespace danewerk::rollover
