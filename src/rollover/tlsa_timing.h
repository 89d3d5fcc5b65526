#pragma once

/// \file
/// When a version of a TLSA RRset is known to be in no cache any more. A version counts from the
/// moment at which the slowest authoritative address was last seen with it, for K TTLs and a
/// margin; nothing here counts from when we published. No state.

#include <string_view>
#include <vector>

#include "model/binding.h"
#include "model/tlsa_owner.h"
#include "rollover/moment.h"

namespace danewerk::rollover {

/// An owner as it is now, with what is known of the end of each version.
struct OwnerView {
  model::TlsaOwner owner;
  /// By version: when nobody can hold it any more. The present one has no end.
  std::vector<Moment> ends{};
  /// How long a record that is published now takes to be in every cache, as far as can be told
  /// beforehand (P + K * T + M); for planning only.
  seconds horizon{0};
  /// Of `owner.coming`: when the alias may take the place of the records. Those at its target are
  /// in every cache then, and the answer that there are none is in no cache.
  Moment alias_ready{};
  /// Of `owner.former`, each: from when on no resolver holds the alias that led there.
  std::vector<Moment> former_ends{};
  /// Of `owner.pointers` that left: from when on no resolver holds one.
  Moment pointers_end{};
};

/// A record whose state changed.
struct TlsaMove {
  std::string owner;
  Bytes rdata{};
  model::Visibility from = model::Visibility::kHidden;
  model::Visibility to = model::Visibility::kHidden;
  std::string_view rule{};  ///< tlsa_ids.h
};

struct Advanced {
  OwnerView view;
  std::vector<TlsaMove> moves{};
};

/// Brings an owner up to date with what is known of its zone: fills in from when on and until when
/// versions were served everywhere, leaves out those that nobody can hold, and moves records.
/// While the facts are held, nothing counts as run out.
/// \param outside  of the owner's zone.
Advanced advance(model::TlsaOwner owner, const Outside& outside,
                 const model::BindingPolicy& policy);

/// Notes that VERSION of the zone is the first with these records at the owner. TTL: of the RRset;
/// when it is empty, how long that answer is cached. Nothing when they are what is there already.
void commit_rrset(model::TlsaOwner& owner, model::TlsaVersion next);

/// How long after its last appearance a version may be held: K * T + M, where T is the larger of
/// its TTL and the aliases'. The answer that there is none is cached once: N + M.
seconds holding_time(const model::TlsaVersion& version, const model::TlsaOwner& owner,
                     const model::BindingPolicy& policy);

/// How long the way back to what was served before stays open: K * T, at least
/// policy.least_rollback.
seconds rollback_window(const std::vector<OwnerView>& views, const model::BindingPolicy& policy);

/// Since no resolver can hold the answer that there are no records, clients are protected. Not
/// before the last moment at which one may.
Moment protected_from(const OwnerView& view);

}  // namespace danewerk::rollover
