#pragma once

/// \file
/// TLSA records between bindings and a zone's versions: which are to stand there, and which version
/// is the first with what. No state.

#include <string>
#include <string_view>
#include <vector>

#include "dns/zone.h"
#include "managed/records.h"
#include "model/tlsa_owner.h"
#include "rollover/moment.h"

namespace danewerk::engine {

/// An owner in a zone of ours, and what bindings want there.
struct OwnerWish {
  model::TlsaOwner owner{};
  model::RdataSet wanted{};   ///< of all bindings together
  model::RdataSet adopted{};  ///< the author's records that bindings took over
  seconds ttl{0};
  bool is_left = false;  ///< no certificate of the configuration has the service any more
  rollover::Moment protected_from{};            ///< rollover::protected_from
  rollover::Moment alias_ready{};               ///< of owner.coming, rollover::OwnerView
  std::vector<rollover::Moment> former_ends{};  ///< of owner.former, each
  rollover::Moment pointers_end{};              ///< of owner.pointers
};

/// All of ours that stands there stays.
void keep_present(OwnerWish& wish);

/// The service left the configuration, and resolvers may hold an MX or SRV that names it.
bool is_kept_for_pointers(const OwnerWish& wish);

/// What stands at a name itself, by the name's sort key.
model::RdataSet records_at(const dns::Zone& zone, std::string_view key);

/// A digest over what is wanted: part of what makes a zone due. Empty when nothing is.
std::string digest_of(const std::vector<OwnerWish>& wishes);

/// Enters the author's records at the owner, those that were adopted apart. When there are some
/// that bindings have not heard of, what stands there of ours stays as it is.
/// \returns whether that is so.
bool note_foreign(const dns::Zone& source, OwnerWish& wish);

/// A version that is yet to be made.
struct NextVersion {
  model::VersionNumber number = 0;
  sys_seconds made{};
};
/// The same before any version is made of the source: what it adds comes with version NEXT,
/// whatever is decided here. \returns whether there is something that was not known.
bool enter_authors(const dns::Zone& source, const model::RdataSet& adopted, const NextVersion& next,
                   model::TlsaOwner& owner);

/// A zone in which nobody remembers the owner: it is new, or the state was lost.
struct FirstSight {
  const dns::Zone* source = nullptr;
  const dns::Zone* output = nullptr;  ///< null: there is none
  model::VersionNumber version = 0;   ///< of the output; 0: from before all that is known
};
/// What the author has there, and what resolvers may hold, or soon will: what was published,
/// whatever stood there before that, and what the author added since.
void enter_first_sight(const FirstSight& sight, model::TlsaOwner& owner);

/// What `managed::add_records` is to put there, or where aliases lead from there.
/// \param base  the content before managed records.
managed::ServiceTlsa service_tlsa(const OwnerWish& wish, const dns::Zone& base);
/// Adds one. Owners whose aliases lead to one name have one RRset.
void add_service(managed::ServiceTlsa service, std::vector<managed::ServiceTlsa>& to);

/// The addresses of a host, in text, ascending; aliases within the zone are followed. None when
/// these lead elsewhere, or somebody else has the name.
std::vector<std::string> addresses_at(const dns::Zone& zone, const std::string& host);

/// How long the answer that there is nothing is cached (RFC 2308 section 5, RFC 9077).
/// REQUIRES: the zone has an SOA.
seconds negative_ttl(const dns::Zone& zone);

/// Enters a version into the owner's ledger. \param number  of the version.
void enter_version(model::TlsaOwner& owner, const dns::Zone& zone, model::VersionNumber number,
                   sys_seconds now);

}  // namespace danewerk::engine
