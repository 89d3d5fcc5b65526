#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/report_text.h"
#include "dns/rdata_text.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;
using probe::Attempt;
using probe::ServiceReport;
using probe::Sight;
using Kind = probe::ServerView::Kind;
using Stage = net::TlsSight::Stage;

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::kAnswers:
      return "answers";
    case Kind::kLame:
      return "lame";
    case Kind::kSilent:
      return "silent";
    case Kind::kNoRoute:
      break;
  }
  return "no-route";
}

std::string_view stage_text(Stage stage) {
  switch (stage) {
    case Stage::kNoConnection:
      return "no-connection";
    case Stage::kNoRoute:
      return "no-route";
    case Stage::kNoTalk:
      return "no-dialogue";
    case Stage::kNoStarttls:
      return "no-starttls";
    case Stage::kNoTls:
      return "no-tls";
    case Stage::kTls:
      break;
  }
  return "tls";
}

ordered_json records_json(dns::RrType type, const std::vector<Bytes>& records) {
  auto list = ordered_json::array();
  for (const auto& rdata : records) list.push_back(dns::rdata_to_text(type, rdata));
  return list;
}

ordered_json server_json(const probe::ServerView& view, dns::RrType type) {
  ordered_json json{{"name", view.name},
                    {"address", to_text(view.endpoint)},
                    {"transport", view.transport == net::Transport::kTcp ? "tcp" : "udp"},
                    {"state", kind_text(view.kind)}};
  if (!view.why.empty()) json["why"] = view.why;
  if (view.kind != Kind::kAnswers) return json;
  json["rcode"] = dns::to_text(view.rcode);
  json["records"] = records_json(type, view.records);
  json["ttl"] = view.ttl;
  json["signed"] = view.is_signed;
  if (view.signed_until) json["signed_until"] = to_text(*view.signed_until);
  return json;
}

ordered_json sight_json(const Sight& sight) {
  const auto& lookup = sight.lookup;
  const auto type = lookup.question.type;
  ordered_json json{{"name", dns::to_text(lookup.question.name)},
                    {"type", dns::to_text(type)},
                    {"security", net::to_text(lookup.security)}};
  if (!lookup.why.empty()) json["why"] = lookup.why;
  json["rcode"] = dns::to_text(lookup.rcode);
  for (const auto& alias : lookup.aliases) json["aliases"].push_back(dns::to_text(alias.to));
  json["records"] = records_json(type, lookup.records);
  json["ttl"] = lookup.ttl;
  if (lookup.signature) json["signed_until"] = to_text(lookup.signature->expiration);
  json["servers"] = ordered_json::array();
  for (const auto& view : sight.servers) json["servers"].push_back(server_json(view, type));
  return json;
}

ordered_json sights_json(const std::vector<Sight>& sights) {
  auto list = ordered_json::array();
  for (const auto& sight : sights) list.push_back(sight_json(sight));
  return list;
}

ordered_json record_json(const ServiceReport& service, std::size_t index) {
  const auto& record = service.records[index];
  ordered_json json{{"usage", record.numbers.usage},
                    {"selector", record.numbers.selector},
                    {"matching", record.numbers.matching},
                    {"data", to_hex(record.numbers.data)},
                    {"usable", record.is_usable}};
  if (!record.why.empty()) json["why"] = record.why;
  return json;
}

ordered_json matches_json(const Attempt& attempt) {
  auto list = ordered_json::array();
  for (std::size_t i = 0; i < attempt.matches.size(); ++i) {
    const auto& match = attempt.matches[i];
    ordered_json one{{"record", i}, {"matches", match.depth.has_value()}};
    if (match.depth) {
      one["depth"] = *match.depth;
    } else {
      one["why"] = match.why;
    }
    list.push_back(std::move(one));
  }
  return list;
}

ordered_json session_json(const Attempt& attempt) {
  ordered_json json{
      {"address", attempt.server.address},
      {"port", attempt.server.port},
      {"key", net::to_text(attempt.key)},
      {"server_name", attempt.has_server_name},
      {"result", attempt.lacks_key() ? "no-such-key" : stage_text(attempt.tls.stage)}};
  if (!attempt.tls.why.empty()) json["why"] = attempt.tls.why;
  if (!attempt.has_tls()) return json;
  json["tls"] = probe::to_text(attempt.word);
  json["protocol"] = attempt.tls.protocol;
  json["cipher"] = attempt.tls.cipher;
  json["verification"] = attempt.tls.code;
  json["verification_text"] = attempt.tls.code_text;
  json["records"] = matches_json(attempt);
  json["chain"] = ordered_json::array();
  for (const auto& certificate : attempt.tls.chain) {
    json["chain"].push_back(to_base64(certificate));
  }
  return json;
}

ordered_json service_json(const ServiceReport& service, sys_seconds now) {
  ordered_json json{{"service", probe::to_text(service.target)},
                    {"verdict", probe::to_text(service.verdict)},
                    {"reason", service.reason}};
  if (service.preference) json["preference"] = *service.preference;
  json["aliases"] = sights_json(service.aliases);
  json["addresses"] = sights_json(service.addresses);
  json["base"] = dns::to_text(service.base);
  json["tlsa_aliases"] = sights_json(service.tlsa_aliases);
  json["tlsa"] = sight_json(service.tlsa);
  json["dane"] = service.is_dane;
  json["records"] = ordered_json::array();
  for (std::size_t i = 0; i < service.records.size(); ++i) {
    json["records"].push_back(record_json(service, i));
  }
  if (service.empty_name) json["empty_name"] = sight_json(*service.empty_name);
  if (service.denial) json["denial"] = sight_json(*service.denial);
  json["sessions"] = ordered_json::array();
  for (const auto& attempt : service.attempts) json["sessions"].push_back(session_json(attempt));
  const std::pair<const char*, const std::optional<ServiceReport::Life>&> lives[] = {
      {"certificate", service.leaf}, {"issuer", service.issuer}, {"signature", service.signature}};
  for (const auto& [name, life] : lives) {
    if (!life) continue;
    json["ends"][name] = {{"at", to_text(life->end)}, {"seconds", (life->end - now).count()}};
  }
  return json;
}

}  // namespace

ordered_json report_json(const probe::Report& report, sys_seconds now) {
  ordered_json json;
  if (report.domain) json["domain"] = dns::to_text(*report.domain);
  if (report.mx) json["mx"] = sight_json(*report.mx);
  json["services"] = ordered_json::array();
  for (const auto& service : report.services) {
    json["services"].push_back(service_json(service, now));
  }
  return json;
}

}  // namespace danewerk::app
