#include "app/service_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/address.h"

namespace danewerk::app {

namespace {

using Source = net::ResolverOptions::Source;

Result<void> enter_resolvers(const std::vector<std::string>& words, net::ResolverOptions& to) {
  if (std::ranges::find(words, "root") != words.end()) {
    to.source = Source::kRootHints;
    if (words.size() == 1) return {};
    return fail(Errc::kBadInput, "--resolver: either root, or addresses of resolvers");
  }
  for (const auto& word : words) {
    auto endpoint = config::parse_endpoint(word, net::kDnsPort);
    if (!endpoint) return tl::unexpected(std::move(endpoint).error().in("--resolver"));
    to.forwarders.push_back(*std::move(endpoint));
  }
  if (!words.empty()) to.source = Source::kForward;
  return {};
}

}  // namespace

Result<probe::Options> understood(const ServiceOptions& options, sys_seconds now, sys_seconds at) {
  probe::Options out;
  auto& resolver = out.dns.resolver;
  DW_TRY_VOID(enter_resolvers(options.resolvers, resolver));
  resolver.trust_anchors.assign(options.trust_anchors.begin(), options.trust_anchors.end());
  resolver.now = now;
  if (at != now) resolver.at = at;
  const auto step = std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout);
  if (step <= std::chrono::milliseconds(0)) {
    return fail(Errc::kBadInput, "--timeout must not be 0");
  }
  resolver.whole = 2 * step;
  out.dns.authority_port = options.dns_port;
  out.dns.limits.whole = step;
  out.dns.limits.now = now;
  using Authorities = probe::DnsOptions::Authorities;
  if (options.leaves_servers_alone) out.dns.authorities = Authorities::kLeftAlone;
  out.sessions.at = at;
  out.sessions.own_name = probe::own_host_name();
  out.sessions.step = step;
  out.sessions.whole = 3 * step;
  out.sessions.jobs = options.jobs;
  out.mail_port = options.mail_port;
  return out;
}

}  // namespace danewerk::app
