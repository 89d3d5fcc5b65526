#pragma once

/// \file
/// `danewerk check` on certificates and their services: files that can be read and fit, zones that
/// take the records, a folder to serve from, and one look at what services present. Changes
/// nothing. Thread-compatible.

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"

namespace danewerk::app {

/// TLSA-CATALOGUE and what is wrong with files of issuers; of each certificate BINDING-*, TLSA-*,
/// CHECK-SERVE-FOLDER, CHECK-TLSA-LARGE.
Findings check_certificates(const config::Config& config, sys_seconds now);

/// CHECK-ENDPOINT: services that nobody can reach, or that present the key of another certificate.
Findings check_endpoints(const config::Config& config, sys_seconds now);

}  // namespace danewerk::app
