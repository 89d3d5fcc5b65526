#pragma once

/// \file
/// What sites with certificates have in common: words, and when it is.

#include <set>

#include "support/managed_site.h"
#include "unit/tlsa/made_chain.h"

namespace danewerk::mail {

using support::kHour;
using support::make_ec_key;
using support::ManagedSite;
using support::TestAuthority;
using support::TestCertificate;
using support::TestKey;
using support::text_of;
using support::write_text;
using test::good;
using RdataSet = std::set<Bytes>;

/// When the certificates here are valid.
inline constexpr auto kStart = support::kCertificateTime;
inline constexpr auto kDay = std::chrono::days(1);
/// SOA REFRESH + RETRY of the sites' zones: nobody is listed as a secondary.
inline constexpr seconds kPropagation{4500};

}  // namespace danewerk::mail
