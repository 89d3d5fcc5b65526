#pragma once

/// \file
/// What the ledger is made of. Private to this folder.

#include <chrono>

#include "model/tlsa_owner.h"

namespace danewerk::update {

/// While nothing is awaited.
inline constexpr seconds kLookEvery = std::chrono::hours(1);

/// REQUIRES: owner.elsewhere.
model::Elsewhere& elsewhere_of(model::TlsaOwner& owner);
const model::Elsewhere& elsewhere_of(const model::TlsaOwner& owner);

/// nullptr: there is none.
model::Publication* publication(model::Elsewhere& elsewhere, model::VersionNumber number);

/// Appends the next version.
model::VersionNumber append(model::TlsaOwner& owner, model::TlsaVersion next,
                            model::Publication publication);

}  // namespace danewerk::update
