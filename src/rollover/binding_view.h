#pragma once

/// \file
/// Questions about a binding that its rules ask. No state.

#include <optional>
#include <string>
#include <vector>

#include "rollover/binding.h"

namespace danewerk::rollover {

/// What is served; null: nothing yet.
inline const model::Chain* served_chain(const model::Binding& binding) {
  return binding.served ? &*binding.served : nullptr;
}

/// Those that must not be published.
model::RdataSet banned_records(const model::Binding& binding);
/// The records that a chain needs: what is wanted for it without what is banned; if nothing is
/// left, its key's own record.
model::RdataSet needs_of(const model::Chain& chain, const model::Binding& binding);
/// Those of a staged chain that may be published: not those of an issuer that nobody vouches for.
model::RdataSet publishable_needs(const model::Chain& chain, const BindingSituation& situation);
/// Records that no catalogue, learning or operator lets in.
model::RdataSet unvouched(const model::Chain& chain, const BindingSituation& situation);

/// Present records of an owner that are ours, whoever wants them besides, or nobody's.
model::RdataSet own_records(const OwnerSituation& owner, const BindingSituation& situation);
/// What a binding asks for as its own; COVERAGE is as in BindingSituation.
model::RdataSet claimed_records(const model::Binding& binding, const model::RdataSet& coverage);
/// What another binding has at an owner, as far as it has to be reckoned with before it decides: it
/// may keep what its configuration does not ask for any more. What only its chains match is not
/// its own where we claim it.
model::RdataSet standing_records(const model::Binding& other, const model::RdataSet& claimed,
                                 const model::TlsaOwner& owner);
/// What was served before, as far as a service that reloads late may present it.
std::vector<const model::Chain*> former_chains(const model::Binding& binding);
/// Records of one combination.
model::RdataSet of_combination(const model::RdataSet& records,
                               const model::TlsaCombination& combination);
/// At an owner in a zone that is signed elsewhere: present records that no binding here made or
/// names. Another host has them, or nobody any more.
model::RdataSet unclaimed(const OwnerSituation& owner);
/// Some version that may be held has records.
bool has_records(const BindingSituation& situation);
bool has_foreign(const BindingSituation& situation);
/// Other bindings have records at one of the owners.
bool is_shared(const BindingSituation& situation);

/// Nobody asks for records of ours any more, once those that are held have run out: the binding is
/// stopped, and no other one has records at its owners (to want some is not to have them). Beside
/// others clients go on asking for them, whoever they talk to.
bool wants_no_records(const BindingSituation& situation);

/// Records of the chain have this state, or a later one, at all owners.
bool are_omnipresent(const model::RdataSet& records, const BindingSituation& situation);
bool are_published(const model::RdataSet& records, const BindingSituation& situation);
/// Every authoritative address of all owners serves the present versions.
bool is_everywhere(const BindingSituation& situation);

/// A look at an endpoint that says something of the chain that is served now.
const model::Endpoint::Sight* current_sight(const model::Endpoint& endpoint,
                                            const model::Binding& binding);
/// "mx1.example.org:25 at 192.0.2.1 answers without TLS (does not offer STARTTLS)".
std::string without_tls(const model::Endpoint& endpoint);
/// Clients may hold records of the endpoint's service.
bool is_promised(const model::Endpoint& endpoint, const BindingSituation& situation);
/// It presents the served chain, and did so in two looks.
bool presents_served(const model::Endpoint& endpoint, const model::Binding& binding);

std::vector<OwnerView> views_of(const BindingSituation& situation);
/// Those that a chain has to pass. As long as nothing of ours is served, a first chain that all
/// that is known accepts changes nothing: what nobody here published does not count then.
std::vector<OwnerView> gate_views(const BindingSituation& situation);

/// At some owner that has records, none of those present is among these.
bool matches_nothing(const model::RdataSet& satisfied, const BindingSituation& situation);

/// So close to its end, a served certificate is replaced though some client may mind.
inline constexpr seconds kExpiryLead = std::chrono::days(1);
/// Not if the gate opens longer than this before its end.
inline constexpr seconds kExpirySlack = std::chrono::hours(2);
/// A served certificate should last so long beyond the end of a wait.
inline constexpr seconds kRenewalLead = std::chrono::days(3);
/// So long before an anchor ends, somebody is told.
inline constexpr seconds kAnchorLead = std::chrono::days(30);
/// Looks in succession that have to show the same.
inline constexpr unsigned kHits = 2;

}  // namespace danewerk::rollover
