#include "app/report_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/output.h"
#include "probe/dns_view.h"

namespace danewerk::app {

namespace {

using probe::Attempt;
using probe::ServiceReport;
using probe::Sight;
using Stage = net::TlsSight::Stage;
using Kind = probe::ServerView::Kind;

/// So many digits of a digest tell it from others.
constexpr std::size_t kDigits = 16;

/// ", 2 name servers agree".
std::string servers_text(const Sight& sight) {
  std::size_t answering = 0;
  bool is_alike = true;
  const probe::ServerView* first = nullptr;
  for (const auto& view : sight.servers) {
    if (view.kind != Kind::kAnswers) continue;
    ++answering;
    if (first == nullptr) first = &view;
    is_alike &= view.records == first->records && view.rcode == first->rcode;
  }
  if (sight.servers.empty()) return {};
  const auto all = sight.servers.size();
  if (answering == 0) return ", no name server answers";
  return fmt::format(", {}{} name server{} {}", answering,
                     answering == all ? "" : fmt::format(" of {}", all), all == 1 ? "" : "s",
                     !is_alike        ? "differ"
                     : answering == 1 ? "answers"
                                      : "agree");
}

std::string security_text(const Sight& sight) {
  const auto& lookup = sight.lookup;
  auto text = std::string(net::to_text(lookup.security));
  if (!lookup.why.empty()) text += ": " + lookup.why;
  return text + servers_text(sight);
}

/// "alias.example.org. is mx1.example.org.  secure".
std::string alias_text(const Sight& sight) {
  const auto& lookup = sight.lookup;
  auto text = dns::to_text(lookup.question.name);
  for (const auto& rdata : lookup.records) {
    if (dns::wire_name_length(rdata) != rdata.size()) continue;
    text += fmt::format(" is {}", dns::to_text(dns::NameView(rdata)));
  }
  return fmt::format("{}  {}", text, security_text(sight));
}

std::string address_list(const Sight& sight) {
  std::string text;
  for (const auto& endpoint : probe::endpoints_in(sight.lookup, 0)) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", endpoint.address);
  }
  if (text.empty()) text = sight.lookup.is_usable() ? "none" : "not known";
  return text;
}

std::string life_text(const std::optional<ServiceReport::Life>& life, sys_seconds now) {
  if (!life) return {};
  return fmt::format("until {} ({})", to_text(life->end), days_left(life->end, now));
}

std::string numbers_text(const net::TlsaNumbers& numbers) {
  return fmt::format("{} {} {}", numbers.usage, numbers.selector, numbers.matching);
}

/// "matches RSA at 192.0.2.1".
std::string match_text(const ServiceReport& service, std::size_t index) {
  const auto& record = service.records[index];
  if (!record.is_usable) return "ignored: " + record.why;
  std::vector<std::string> places;
  bool is_everywhere = true;
  std::string why;
  for (const auto& attempt : service.attempts) {
    if (index >= attempt.matches.size()) continue;
    const auto& match = attempt.matches[index];
    if (!match.depth) {
      is_everywhere = false;
      why = match.why;
      continue;
    }
    auto place = fmt::format("{} at {}", net::to_text(attempt.key), attempt.server.address);
    if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
  }
  if (places.empty()) {
    return is_everywhere ? "nothing to match" : fmt::format("matches nothing presented: {}", why);
  }
  if (is_everywhere) return "matches everything presented";
  return fmt::format("matches {}", fmt::join(places, ", "));
}

void add_records(const ServiceReport& service, std::vector<Row>& rows) {
  for (std::size_t i = 0; i < service.records.size(); ++i) {
    const auto& numbers = service.records[i].numbers;
    const auto digits = to_hex(numbers.data).substr(0, kDigits);
    rows.push_back({"  " + numbers_text(numbers),
                    fmt::format("{}{}  {}", digits, numbers.data.size() > kDigits / 2 ? "..." : "",
                                match_text(service, i))});
  }
}

std::string session_text(const ServiceReport& service, const Attempt& attempt) {
  if (attempt.lacks_key()) return "no such certificate";
  if (!attempt.has_tls()) return attempt.tls.why;
  std::string text(probe::to_text(attempt.word));
  if (attempt.tls.match) {
    const auto& match = *attempt.tls.match;
    // Records that clients ignore were not offered to the client here.
    std::vector<const net::TlsaNumbers*> usable;
    for (const auto& record : service.records) {
      if (record.is_usable) usable.push_back(&record.numbers);
    }
    text += fmt::format(", {} at depth {}", numbers_text(*usable.at(match.record)), match.depth);
  } else if (attempt.word == probe::Word::kUntrusted) {
    text += fmt::format(": {}", attempt.tls.code_text);
  }
  return fmt::format("{}  ({}, {})", text, attempt.tls.protocol, attempt.tls.cipher);
}

/// Without server name the same came of it.
bool is_repetition(const ServiceReport& service, const Attempt& attempt) {
  if (attempt.has_server_name) return false;
  return std::ranges::any_of(service.attempts, [&](const Attempt& other) {
    return other.has_server_name && other.server == attempt.server && other.key == attempt.key &&
           other.tls.stage == attempt.tls.stage && other.tls.chain == attempt.tls.chain &&
           other.word == attempt.word;
  });
}

void add_sessions(const ServiceReport& service, std::vector<Row>& rows) {
  for (const auto& attempt : service.attempts) {
    if (is_repetition(service, attempt)) continue;
    const bool has_key = attempt.has_tls() || attempt.tls.stage == Stage::kNoTls;
    const auto key = has_key ? fmt::format(" {}", net::to_text(attempt.key)) : std::string();
    rows.push_back({fmt::format("  {}{}{}", attempt.server.address, key,
                                attempt.has_server_name ? "" : ", no SNI"),
                    session_text(service, attempt)});
  }
}

void print_service(const ServiceReport& service, sys_seconds now) {
  print_line(fmt::format("{}  {}: {}", probe::to_text(service.target),
                         probe::to_text(service.verdict), service.reason));
  std::vector<Row> rows;
  if (service.preference) rows.push_back({"  preference", std::to_string(*service.preference)});
  for (const auto& alias : service.aliases) {
    rows.push_back({"  alias", alias_text(alias)});
  }
  for (const auto& address : service.addresses) {
    rows.push_back({fmt::format("  {}", dns::to_text(address.lookup.question.type)),
                    fmt::format("{}  {}", address_list(address), security_text(address))});
  }
  for (const auto& alias : service.tlsa_aliases) {
    rows.push_back({"  TLSA alias", alias_text(alias)});
  }
  const auto& tlsa = service.tlsa.lookup;
  const auto ttl = service.records.empty() ? std::string("none")
                                           : fmt::format("TTL {}", to_text(seconds(tlsa.ttl)));
  rows.push_back({"  TLSA", fmt::format("{}  {}, {}", dns::to_text(tlsa.question.name), ttl,
                                        security_text(service.tlsa))});
  add_records(service, rows);
  add_sessions(service, rows);
  const std::pair<const char*, const std::optional<ServiceReport::Life>&> lives[] = {
      {"  certificate", service.leaf},
      {"  issuer", service.issuer},
      {"  DNS signature", service.signature}};
  for (const auto& [label, life] : lives) {
    if (life) rows.push_back({label, life_text(life, now)});
  }
  print_rows(rows);
}

}  // namespace

std::string days_left(sys_seconds end, sys_seconds now) {
  if (end <= now) return "expired";
  const auto days = std::chrono::floor<std::chrono::days>(end - now).count();
  if (days == 0) return "less than a day";
  return fmt::format("{} day{}", days, days == 1 ? "" : "s");
}

void print_report(const probe::Report& report, sys_seconds now) {
  if (report.mx) {
    print_line(fmt::format("MX of {}  {}", dns::to_text(report.mx->lookup.question.name),
                           security_text(*report.mx)));
  }
  for (const auto& service : report.services) print_service(service, now);
}

}  // namespace danewerk::app
