#include "probe/probe.h"

#include <algorithm>

#include "probe/judge.h"
#include "probe/names.h"

namespace danewerk::probe {

namespace {

ServiceReport look_at_service(DnsView& dns, Target target, const SessionOptions& options) {
  ServiceReport service{.target = std::move(target)};
  look_at_names(dns, service);
  look_at_sessions(options, service);
  return service;
}

Report look_at_domain(DnsView& dns, const dns::Name& domain, const Options& options) {
  Report report{.domain = domain, .mx = dns.see({domain, dns::RrType::kMx})};
  const auto hosts = mail_hosts(report.mx->lookup);
  for (const auto& host : hosts) {
    Target target{.host = host.host,
                  .port = options.mail_port,
                  .profile = net::Profile::kSmtp,
                  .domain = domain};
    auto service = look_at_service(dns, std::move(target), options.sessions);
    service.preference = host.preference;
    report.services.push_back(std::move(service));
  }
  const bool is_host = std::ranges::any_of(
      hosts, [&](const MailHost& host) { return dns::equal(host.host, domain); });
  const auto owner = tlsa_owner(options.mail_port, domain);
  if (!hosts.empty() && !is_host && owner) {
    report.at_domain = Sight{};
    report.at_domain->lookup = dns.see({*owner, dns::RrType::kTlsa}).lookup;
  }
  return report;
}

}  // namespace

Result<std::vector<Report>> look(const Wish& wish, const Options& options) {
  DW_TRY(auto dns, DnsView::open(options.dns));
  std::vector<Report> reports;
  if (!wish.targets.empty()) {
    Report report;
    for (const auto& target : wish.targets) {
      report.services.push_back(look_at_service(dns, target, options.sessions));
    }
    reports.push_back(std::move(report));
  }
  for (const auto& domain : wish.domains) {
    reports.push_back(look_at_domain(dns, domain, options));
  }
  for (auto& report : reports) judge(report, options.sessions.at);
  return reports;
}

Result<Report> fetch(const Target& target, const Options& options) {
  auto quiet = options;
  quiet.dns.authorities = DnsOptions::Authorities::kLeftAlone;
  DW_TRY(auto dns, DnsView::open(quiet.dns));
  Report report;
  ServiceReport service{.target = target, .base = target.host};
  service.addresses =
      dns.see_all({{target.host, dns::RrType::kA}, {target.host, dns::RrType::kAaaa}});
  look_at_sessions(quiet.sessions, service);
  report.services.push_back(std::move(service));
  return report;
}

}  // namespace danewerk::probe
