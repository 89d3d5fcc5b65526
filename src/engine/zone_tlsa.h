#pragma once

/// \file
/// TLSA records between bindings and a zone's versions: which are to stand there, and which version
/// is the first with what. No state.

#include <string>
#include <vector>

#include "dns/zone.h"
#include "managed/records.h"
#include "model/tlsa_owner.h"

namespace danewerk::engine {

/// An owner in a zone of ours, and what bindings want there.
struct OwnerWish {
  model::TlsaOwner owner{};
  model::RdataSet wanted{};   ///< of all bindings together
  model::RdataSet adopted{};  ///< the author's records that bindings took over
  seconds ttl{0};
};

/// A digest over what is wanted: part of what makes a zone due. Empty when nothing is.
std::string digest_of(const std::vector<OwnerWish>& wishes);

/// Enters the author's records at the owner, those that were adopted apart. When there are some
/// that bindings have not heard of, what stands there of ours stays as it is.
/// \returns whether that is so.
bool note_foreign(const dns::Zone& source, OwnerWish& wish);

/// The same for an owner that nobody knew: what the author has there, and what stands in the
/// present output, is what was published before.
/// \param output  null: there is none.
void enter_foreign(const dns::Zone& source, const dns::Zone* output, model::TlsaOwner& owner);

/// What `managed::add_records` is to put there, or where aliases lead from there.
/// \param base  the content before managed records.
managed::ServiceTlsa service_tlsa(const OwnerWish& wish, const dns::Zone& base);
/// Adds one. Owners whose aliases lead to one name have one RRset.
void add_service(managed::ServiceTlsa service, std::vector<managed::ServiceTlsa>& to);

/// Enters a version into the owner's ledger. \param number  of the version.
void enter_version(model::TlsaOwner& owner, const dns::Zone& zone, model::VersionNumber number,
                   sys_seconds now);

}  // namespace danewerk::engine
