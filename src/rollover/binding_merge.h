#pragma once

/// \file
/// Owners of TLSA records that several bindings share: what each brings, and what the RRset is to
/// be. No state.

#include <string>
#include <vector>

#include "model/tlsa_owner.h"
#include "rollover/binding.h"

namespace danewerk::rollover {

/// What one binding brings to an owner that several may share.
struct OwnerShare {
  std::string binding;
  TlsaWish wish;
  /// What the chain that it serves satisfies, those that its endpoints present, and those that a
  /// late reload may show, or the way back.
  std::vector<model::RdataSet> chains{};
  model::RdataSet banned{};
  bool is_stopped = false;
};
OwnerShare share_of(const BindingSituation& situation, const BindingDecision& decision,
                    const std::string& owner);

struct MergedRrset {
  TlsaWish wish{};
  std::vector<BindingWait> waits{};
};
/// What an owner's RRset has to be: all wishes, the author's own records, the smallest TTL. A
/// combination that is not there yet comes only when the chains of all bindings match it (gate H):
/// so two bindings that change combinations do it in one version, and give one up in one. Where
/// one keeps a combination that another gives up, the other's records stay that match its chains.
MergedRrset merge(const model::TlsaOwner& owner, const std::vector<OwnerShare>& shares);

}  // namespace danewerk::rollover
