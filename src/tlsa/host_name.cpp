#include "tlsa/host_name.h"

#include <algorithm>

#include "dns/name.h"

namespace danewerk::tlsa {

namespace {

bool equal_names(std::string_view a, std::string_view b) {
  const auto x = dns::name_from_text(a);
  const auto y = dns::name_from_text(b);
  return x && y && dns::equal(*x, *y);
}

bool covers(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return equal_names(pattern, host);
  const auto dot = host.find('.');
  return dot != std::string_view::npos && equal_names(pattern.substr(2), host.substr(dot + 1));
}

}  // namespace

bool is_for_host(const crypto::Credential& certificate, std::string_view host) {
  const auto& names = certificate.dns_names;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& pattern) { return covers(pattern, host); });
}

bool is_for_any(const crypto::Credential& certificate, const std::vector<std::string>& hosts) {
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& host) { return is_for_host(certificate, host); });
}

}  // namespace danewerk::tlsa
