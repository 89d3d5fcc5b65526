#include "probe/names.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::probe {

namespace {

using dns::RrType;
using net::NameAndType;

/// More hosts than that are not looked at.
constexpr std::size_t kMaxHosts = 20;

/// Where clients look for TLSA records, best first (RFC 7672 section 2.2.2 and RFC 7671 section 7):
/// with all aliases secure at their end, then at the host itself; with an insecure step only there,
/// and only when the host's own alias is secure.
std::vector<dns::Name> bases_of(const ServiceReport& service) {
  const auto& a = service.addresses.front().lookup;
  const auto& host = service.target.host;
  if (a.aliases.empty()) return {host};
  const bool is_secure = std::ranges::all_of(
      service.addresses, [](const Sight& sight) { return sight.lookup.is_secure(); });
  if (is_secure) return {a.last, host};
  return {host};
}

bool may_be_asked(const ServiceReport& service) {
  const auto is_secure = [](const Sight& sight) { return sight.lookup.is_secure(); };
  if (std::ranges::all_of(service.addresses, is_secure)) return true;
  return !service.aliases.empty() && is_secure(service.aliases.front());
}

void look_for_records(DnsView& dns, ServiceReport& service) {
  const auto bases = bases_of(service);
  std::vector<NameAndType> questions;
  for (const auto& base : bases) {
    auto owner = tlsa_owner(service.target.port, base);
    // Too long a name cannot have records.
    if (owner) questions.push_back({.name = *std::move(owner), .type = RrType::kTlsa});
  }
  service.base = bases.back();
  if (questions.empty()) return;
  auto sights = dns.see_all(questions);
  const auto found = std::ranges::find_if(sights, [](const Sight& sight) {
    // A failure here ends the search, too: what it hides may be the records.
    return !sight.lookup.is_usable() || (sight.lookup.is_secure() && !sight.lookup.records.empty());
  });
  const auto index =
      found == sights.end() ? std::size_t{0} : static_cast<std::size_t>(found - sights.begin());
  service.base = bases.at(index);
  service.tlsa = std::move(sights.at(index));
}

/// The resolver does not answer: each further question would take as long.
void leave_records(ServiceReport& service) {
  service.base = service.target.host;
  auto owner = tlsa_owner(service.target.port, service.base);
  if (!owner) return;
  service.tlsa.lookup.question = {.name = *std::move(owner), .type = RrType::kTlsa};
  service.tlsa.lookup.why = "not asked, since the resolver did not answer before";
}

void judge_usage(SeenRecord& record, net::Profile profile) {
  const auto& numbers = record.numbers;
  const auto refuse = [&](std::string why) {
    record.is_usable = false;
    record.why = std::move(why);
  };
  if (numbers.usage > 3 || numbers.selector > 1 || numbers.matching > 2) {
    return refuse("numbers that no client knows");
  }
  const std::size_t wanted = numbers.matching == 1 ? 32 : 64;
  if (numbers.matching != 0 && numbers.data.size() != wanted) {
    return refuse(fmt::format("a digest of {} octets instead of {}", numbers.data.size(), wanted));
  }
  if (numbers.usage < 2 && net::is_mail_transfer(profile)) {
    refuse("mail servers need not know this usage (RFC 7672 section 3.1.3)");
  }
}

void enter_records(ServiceReport& service) {
  for (const auto& rdata : service.tlsa.lookup.records) {
    SeenRecord record;
    if (auto numbers = numbers_from(rdata)) {
      record.numbers = *std::move(numbers);
      judge_usage(record, service.target.profile);
    } else {
      record.is_usable = false;
      record.why = "too short for a TLSA record";
    }
    service.records.push_back(std::move(record));
  }
  service.is_dane =
      service.tlsa.lookup.is_secure() && !service.records.empty() && may_be_asked(service);
}

/// What can go wrong with a zone's denials (RFC 8020, RFC 9156).
void look_for_denials(DnsView& dns, ServiceReport& service) {
  const auto parent = dns::name_from_text("_tcp." + dns::to_text(service.base));
  const auto nobody = dns::name_from_text("_0._tcp." + dns::to_text(service.base));
  if (!parent || !nobody) return;
  auto sights = dns.see_all(
      {{.name = *parent, .type = RrType::kA}, {.name = *nobody, .type = RrType::kTlsa}});
  service.empty_name = std::move(sights.front());
  service.denial = std::move(sights.back());
}

}  // namespace

std::optional<net::TlsaNumbers> numbers_from(ByteView rdata) {
  if (rdata.size() < 4) return std::nullopt;
  return net::TlsaNumbers{.usage = rdata[0],
                          .selector = rdata[1],
                          .matching = rdata[2],
                          .data = Bytes(rdata.begin() + 3, rdata.end())};
}

bool is_null_mx(const net::Lookup& mx) {
  return mx.records.size() == 1 && mx.records.front().size() == 3 && mx.records.front()[2] == 0;
}

std::vector<MailHost> mail_hosts(const net::Lookup& mx) {
  if (!mx.is_usable() || mx.rcode == dns::Rcode::kNxDomain || is_null_mx(mx)) return {};
  std::vector<MailHost> hosts;
  for (const auto& rdata : mx.records) {
    const auto name = ByteView(rdata).subspan(std::min<std::size_t>(2, rdata.size()));
    if (name.empty() || dns::wire_name_length(name) != name.size()) continue;
    hosts.push_back({.host = dns::Name(dns::NameView(name)), .preference = load_u16(rdata.data())});
  }
  // RFC 5321 section 5.1: without MX the domain is its own mail host.
  if (mx.records.empty()) hosts.push_back({.host = mx.last});
  std::ranges::sort(hosts, {}, [](const MailHost& one) {
    return std::pair(one.preference, dns::to_canonical_text(one.host));
  });
  if (hosts.size() > kMaxHosts) hosts.resize(kMaxHosts);
  return hosts;
}

void look_at_names(DnsView& dns, ServiceReport& service) {
  const auto& host = service.target.host;
  service.addresses =
      dns.see_all({{.name = host, .type = RrType::kA}, {.name = host, .type = RrType::kAaaa}});
  service.aliases = dns.see_aliases(service.addresses.front().lookup);
  if (std::ranges::all_of(service.addresses,
                          [](const Sight& sight) { return sight.lookup.is_silence; })) {
    return leave_records(service);
  }
  look_for_records(dns, service);
  service.tlsa_aliases = dns.see_aliases(service.tlsa.lookup);
  enter_records(service);
  if (service.records.empty()) return;
  service.tlsa_over_tcp =
      dns.see_all({{service.tlsa.lookup.last, RrType::kTlsa}}, net::Transport::kTcp);
  if (service.tlsa.lookup.is_secure()) look_for_denials(dns, service);
}

}  // namespace danewerk::probe
