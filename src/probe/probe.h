#pragma once

/// \file
/// Looks at live services as DANE clients do, and at what stands behind them. All I/O is bounded in
/// time. Thread-compatible.

#include <string>
#include <vector>

#include "probe/dns_view.h"
#include "probe/report.h"
#include "probe/sessions.h"

namespace danewerk::probe {

struct Options {
  DnsOptions dns{};
  SessionOptions sessions{};
  /// Port that mail is delivered to.
  std::uint16_t mail_port = 25;
};

/// What is to be looked at.
struct Wish {
  std::vector<Target> targets{};
  std::vector<dns::Name> domains{};  ///< whose MX hosts
};

/// One report for all targets, one a domain. kBadInput or kUnavailable when the resolver cannot
/// begin; whatever else goes wrong stands in the reports.
Result<std::vector<Report>> look(const Wish& wish, const Options& options);

/// The chains that a service presents, each once, without any judgement.
Result<Report> fetch(const Target& target, const Options& options);

}  // namespace danewerk::probe
