#pragma once

/// \file
/// From when on every server of a zone serves a version: the point from which caches count.
/// No state.

#include "rollover/moment.h"

namespace danewerk::rollover {

/// When VERSION, or a later one that holds all of it, was published; none while publishing fails.
std::optional<sys_seconds> published_at(model::VersionNumber version, const Outside& outside);

/// From when on no server serves a version older than VERSION. Nobody listed: published, then the
/// larger of propagation-delay and SOA REFRESH + RETRY. Listed: the last one's first sight, then
/// propagation-delay; one that is not seen can serve the old version until SOA EXPIRE has run out
/// (RFC 1035 section 3.3.13), or stops counting when the operator says so. One
/// with Secondary::trouble is waited for as long as it has any.
/// Version 0 is from before all that is known, and everywhere.
Moment everywhere(model::VersionNumber version, const Outside& outside);

/// Dprp of RFC 7583 section 3.1 as far as it can be told beforehand: for planning only.
seconds expected_propagation(const Outside& outside);

}  // namespace danewerk::rollover
