#pragma once

/// \file
/// What the configuration of a certificate asks of the DNS, and what is told where that cannot be.
/// Pure; thread-safe.

#include <string>
#include <vector>

#include "base/finding.h"
#include "config/certificate.h"
#include "tlsa/association.h"

namespace danewerk::engine {

/// The service's host as certificates have it: without the final dot.
std::string host_name(const config::Service& service);

/// The records that the operator configured.
std::vector<tlsa::Combination> combinations_of(const config::Certificate& certificate);

/// BINDING-LEFT: records go, for no certificate has the service any more.
Finding left_service(const std::string& owner, const std::string& zone);

/// BINDING-NO-DS: no client is protected.
Finding no_entry(const std::string& zone, const std::string& certificate, const std::string& why);

/// BINDING-NO-ZONE: nobody here has a zone for an owner of the certificate.
Finding no_zone(const std::string& owner, const std::string& certificate);

}  // namespace danewerk::engine
