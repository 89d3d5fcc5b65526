#include "probe/judge.h"

#include <doctest/doctest.h>

namespace danewerk::probe {
namespace {

using net::Security;
using net::ServerKey;
using Stage = net::TlsSight::Stage;
using Kind = ServerView::Kind;

const sys_seconds kNow{seconds(1'800'000'000)};
const Bytes kRdata(35, 1);

Sight sight_of(const std::string& name, dns::RrType type, std::vector<Bytes> records) {
  Sight sight;
  sight.lookup.question = {*dns::name_from_text(name), type};
  sight.lookup.last = sight.lookup.question.name;
  sight.lookup.security = Security::kSecure;
  sight.lookup.rcode = dns::Rcode::kNoError;
  sight.lookup.records = std::move(records);
  sight.lookup.ttl = 3600;
  for (const auto* server : {"ns1.example.", "ns2.example."}) {
    ServerView view{.name = server, .kind = Kind::kAnswers, .is_signed = true};
    view.endpoint.address = server;
    view.records = sight.lookup.records;
    view.ttl = 3600;
    sight.servers.push_back(std::move(view));
  }
  return sight;
}

Attempt session(const std::string& address, ServerKey key, const std::vector<bool>& matches) {
  Attempt attempt{.key = key};
  attempt.server.address = address;
  attempt.tls.stage = Stage::kTls;
  attempt.tls.protocol = "TLSv1.3";
  attempt.tls.chain.push_back({1});
  for (const bool does : matches) {
    attempt.matches.push_back(does ? RecordMatch{.depth = 0U} : RecordMatch{.why = "no match"});
    if (does) attempt.word = Word::kVerified;
  }
  return attempt;
}

Attempt failure(const std::string& address, ServerKey key, Stage stage) {
  Attempt attempt{.key = key};
  attempt.server.address = address;
  attempt.tls.stage = stage;
  attempt.tls.why = "fails";
  return attempt;
}

/// A mail host as it should be, with one 3 1 1 record.
Report good_report() {
  ServiceReport service{.target = *target_from_text("mx1.dane.example:25/smtp")};
  service.addresses = {sight_of("mx1.dane.example", dns::RrType::kA, {{192, 0, 2, 1}}),
                       sight_of("mx1.dane.example", dns::RrType::kAaaa, {})};
  service.base = service.target.host;
  service.tlsa = sight_of("_25._tcp.mx1.dane.example", dns::RrType::kTlsa, {kRdata});
  service.empty_name = sight_of("_tcp.mx1.dane.example", dns::RrType::kA, {});
  service.denial = sight_of("_0._tcp.mx1.dane.example", dns::RrType::kTlsa, {});
  service.records = {{.numbers = {.data = Bytes(32, 1)}}};
  service.is_dane = true;
  service.attempts = {session("192.0.2.1", ServerKey::kRsa, {true})};
  Report report;
  report.services.push_back(std::move(service));
  return report;
}

Report judged(Report report) {
  judge(report, kNow);
  return report;
}

TEST_CASE("judge: a host as it should be is protected, and nothing is to be said") {
  const auto report = judged(good_report());
  CHECK(report.services.front().verdict == Verdict::kProtected);
  CHECK(report.findings.empty());
  CHECK_FALSE(report.is_unknown);
}

TEST_CASE("judge: a certificate that no record matches breaks the service") {
  auto report = good_report();
  report.services.front().attempts = {session("192.0.2.1", ServerKey::kRsa, {false})};
  report = judged(std::move(report));
  CHECK(report.services.front().verdict == Verdict::kBroken);
  CHECK(report.findings.count("PROBE-NO-MATCH") == 1);
  CHECK(report.findings.count("PROBE-COMBINATION") == 1);
}

TEST_CASE("judge: one algorithm without record, one address with the old key") {
  auto report = good_report();
  auto& attempts = report.services.front().attempts;
  attempts.push_back(session("192.0.2.1", ServerKey::kEcdsa, {false}));
  attempts.push_back(session("192.0.2.2", ServerKey::kRsa, {false}));
  report = judged(std::move(report));
  CHECK(report.services.front().verdict == Verdict::kBroken);
  CHECK(report.findings.count("TLSA-D09") == 1);
  CHECK(report.findings.count("TLSA-D10") == 1);
  CHECK(report.findings.count("PROBE-NO-MATCH") == 0);
}

TEST_CASE("judge: a server need not have keys of both kinds") {
  auto report = good_report();
  auto lacking = failure("192.0.2.1", ServerKey::kEcdsa, Stage::kNoTls);
  lacking.tls.is_refused_by_alert = true;
  report.services.front().attempts.push_back(lacking);
  report = judged(std::move(report));
  CHECK(report.services.front().verdict == Verdict::kProtected);
  CHECK(report.findings.empty());
}

TEST_CASE("judge: no STARTTLS beside TLSA records is an error, without them a warning") {
  auto report = good_report();
  report.services.front().attempts = {failure("192.0.2.1", ServerKey::kRsa, Stage::kNoStarttls)};
  const auto with = judged(report);
  CHECK(with.services.front().verdict == Verdict::kBroken);
  CHECK(with.findings.count("TLSA-D08") == 1);
  report.services.front().is_dane = false;
  report.services.front().records.clear();
  report.services.front().tlsa.lookup.records.clear();
  for (auto& view : report.services.front().tlsa.servers) view.records.clear();
  const auto without = judged(report);
  CHECK(without.services.front().verdict == Verdict::kUnprotected);
  CHECK(without.findings.count("PROBE-NO-STARTTLS") == 1);
  CHECK(without.findings.count("PROBE-NO-TLSA") == 1);
  CHECK_FALSE(without.findings.has_errors());
}

TEST_CASE("judge: what cannot be reached from here is not called broken") {
  auto report = good_report();
  report.services.front().attempts = {failure("2001:db8::1", ServerKey::kRsa, Stage::kNoRoute),
                                      failure("192.0.2.1", ServerKey::kRsa, Stage::kNoConnection)};
  report = judged(std::move(report));
  CHECK(report.services.front().verdict == Verdict::kUnknown);
  CHECK(report.findings.count("PROBE-NO-ROUTE") == 1);
  CHECK(report.findings.count("PROBE-UNREACHABLE") == 1);
  CHECK_FALSE(report.findings.has_errors());
}

TEST_CASE("judge: each server must answer, with authority, signed, and alike") {
  auto report = good_report();
  auto& servers = report.services.front().tlsa.servers;
  servers[1].kind = Kind::kSilent;
  CHECK(judged(report).findings.count("PROBE-SERVER-SILENT") == 1);
  servers[1].kind = Kind::kLame;
  CHECK(judged(report).findings.count("PROBE-SERVER-LAME") == 1);
  servers[1].kind = Kind::kAnswers;
  servers[1].is_signed = false;
  CHECK(judged(report).findings.count("PROBE-SERVER-UNSIGNED") == 1);
  servers[1].is_signed = true;
  servers[1].records = {Bytes(35, 2)};
  CHECK(judged(report).findings.count("PROBE-SERVERS-DIFFER") == 1);
}

TEST_CASE("judge: a server that denies the name above the records hides them (RFC 8020)") {
  auto report = good_report();
  report.services.front().empty_name->servers[1].rcode = dns::Rcode::kNxDomain;
  CHECK(judged(report).findings.count("PROBE-EMPTY-NAME-DENIED") == 1);
}

TEST_CASE("judge: denials that do not validate hold back mail for other hosts") {
  auto report = good_report();
  report.services.front().denial->lookup.security = Security::kBogus;
  CHECK(judged(report).findings.count("TLSA-D12") == 1);
}

TEST_CASE("judge: a bogus zone is broken, one that does not answer unknown, an unsigned one open") {
  const auto verdict_of = [](Security security) {
    auto report = good_report();
    auto& service = report.services.front();
    service.is_dane = false;
    service.tlsa.lookup.security = security;
    return judged(report).services.front().verdict;
  };
  CHECK(verdict_of(Security::kBogus) == Verdict::kBroken);
  CHECK(verdict_of(Security::kFailed) == Verdict::kUnknown);
  CHECK(verdict_of(Security::kInsecure) == Verdict::kUnprotected);
}

TEST_CASE("judge: a second key of the same combination is no fault, a lone combination is") {
  auto report = good_report();
  auto& service = report.services.front();
  service.records.push_back({.numbers = {.data = Bytes(32, 2)}});
  service.records.push_back({.numbers = {.usage = 2, .data = Bytes(32, 3)}});
  service.attempts = {session("192.0.2.1", ServerKey::kRsa, {true, false, false})};
  report = judged(std::move(report));
  CHECK(report.services.front().verdict == Verdict::kProtected);
  CHECK(report.findings.count("TLSA-D15") == 1);
  CHECK(report.findings.count("TLSA-D03") == 1);
}

TEST_CASE("judge: records as such: TTL, usage, form") {
  auto report = good_report();
  auto& service = report.services.front();
  service.tlsa.servers[0].ttl = 7200;
  service.records = {{.numbers = {.usage = 3, .selector = 0, .data = Bytes(32, 1)}},
                     {.numbers = {.usage = 2, .matching = 0, .data = Bytes(91, 1)}},
                     {.numbers = {.usage = 1, .data = Bytes(32, 1)}, .is_usable = false},
                     {.numbers = {.matching = 9, .data = Bytes(32, 1)}, .is_usable = false}};
  service.attempts = {session("192.0.2.1", ServerKey::kRsa, {true, true, false, false})};
  report = judged(std::move(report));
  for (const auto* id : {"TLSA-D14", "TLSA-D01", "TLSA-D05", "TLSA-D07", "PROBE-UNUSABLE"}) {
    CAPTURE(id);
    CHECK(report.findings.count(id) == 1);
  }
}

TEST_CASE("judge: MX records that are not secure, and TLSA records in the wrong place") {
  auto report = good_report();
  report.domain = *dns::name_from_text("dane.example");
  report.mx = sight_of("dane.example", dns::RrType::kMx, {{0, 10, 0}});
  report.mx->lookup.security = Security::kInsecure;
  report.at_domain = sight_of("_25._tcp.dane.example", dns::RrType::kTlsa, {kRdata});
  report = judged(std::move(report));
  CHECK(report.findings.count("PROBE-MX-INSECURE") == 1);
  CHECK(report.findings.count("TLSA-D11") == 1);
  CHECK_FALSE(report.findings.has_errors());
}

TEST_CASE("judge: a domain whose MX cannot be looked up is unknown; a bogus one is broken") {
  Report report{.domain = *dns::name_from_text("dane.example")};
  report.mx = sight_of("dane.example", dns::RrType::kMx, {});
  report.mx->lookup.security = Security::kFailed;
  CHECK(judged(report).is_unknown);
  report.mx->lookup.security = Security::kBogus;
  const auto bogus = judged(report);
  CHECK_FALSE(bogus.is_unknown);
  CHECK(bogus.findings.count("PROBE-BOGUS") == 1);
}

TEST_CASE("judge: what ends soon is told by its share of the whole life") {
  const auto findings = [](seconds whole, seconds left) {
    auto report = good_report();
    report.services.front().tlsa.lookup.signature = {.inception = kNow + left - whole,
                                                     .expiration = kNow + left};
    return judged(std::move(report)).findings;
  };
  const auto day = std::chrono::days(1);
  CHECK(findings(30 * day, 10 * day).empty());
  CHECK(findings(30 * day, 3 * day).count(Level::kWarning) == 1);
  CHECK(findings(30 * day, std::chrono::hours(12)).count(Level::kError) == 1);
  // Signed on the fly: never more than a day left.
  CHECK(findings(2 * day, 1 * day).empty());
  CHECK(findings(2 * day, std::chrono::hours(5)).count("PROBE-EXPIRES") == 1);
}

TEST_CASE("judge: a host that is an alias, which MX hosts must not be (RFC 2181 section 10.3)") {
  auto report = good_report();
  auto& service = report.services.front();
  service.aliases = {sight_of("mx1.dane.example", dns::RrType::kCname, {})};
  const auto as_host = judged(report);
  CHECK(as_host.findings.count("PROBE-ALIAS") == 1);
  CHECK(as_host.findings.count(Level::kInfo) == 1);
  service.preference = 10;
  const auto as_mail_host = judged(report);
  CHECK(as_mail_host.findings.count("PROBE-ALIAS") == 1);
  CHECK(as_mail_host.findings.count(Level::kWarning) == 1);
}

TEST_CASE("judge: a host without addresses is not one that does not exist") {
  auto report = good_report();
  auto& addresses = report.services.front().addresses;
  for (auto& sight : addresses) {
    sight.lookup.records.clear();
    for (auto& view : sight.servers) view.records.clear();
  }
  report.services.front().attempts.clear();
  CHECK(judged(report).findings.count("PROBE-NO-ADDRESS") == 1);
  for (auto& sight : addresses) sight.lookup.rcode = dns::Rcode::kNxDomain;
  CHECK(judged(report).findings.count("PROBE-NO-ADDRESS") == 0);
  CHECK(judged(report).findings.count("PROBE-NO-NAME") == 1);
}

TEST_CASE("judge: a domain that takes no mail is told as one (RFC 7505)") {
  Report report{.domain = *dns::name_from_text("dane.example")};
  report.mx = sight_of("dane.example", dns::RrType::kMx, {{0, 0, 0}});
  report = judged(std::move(report));
  CHECK(report.findings.count("PROBE-NULL-MX") == 1);
  CHECK(report.findings.count(Level::kInfo) == 1);
}

TEST_CASE("judge: a service that says nothing, and one that speaks an old TLS (RFC 8996)") {
  auto report = good_report();
  auto& attempts = report.services.front().attempts;
  attempts.front().tls.protocol = "TLSv1.1";
  CHECK(judged(report).findings.count("PROBE-OLD-TLS") == 1);
  CHECK(judged(report).services.front().verdict == Verdict::kProtected);
  attempts = {failure("192.0.2.1", ServerKey::kRsa, Stage::kNoTalk)};
  CHECK(judged(report).findings.count("PROBE-NO-TALK") == 1);
  CHECK(judged(report).findings.count("PROBE-OLD-TLS") == 0);
}

TEST_CASE("judge: that no name server was asked is told, and is no fault") {
  auto report = good_report();
  auto& sight = report.services.front().tlsa;
  sight.servers.clear();
  sight.no_servers = "the zone was not found";
  const auto findings = judged(report).findings;
  CHECK(findings.count("PROBE-SERVERS-UNKNOWN") == 1);
  CHECK_FALSE(findings.has_errors());
}

}  // namespace
}  // namespace danewerk::probe
