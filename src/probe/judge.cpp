#include "probe/judge.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "crypto/certificate.h"
#include "probe/ids.h"

namespace danewerk::probe {

namespace {

using net::Security;
using Life = ServiceReport::Life;
using Stage = net::TlsSight::Stage;

void keep_first_end(std::optional<Life>& kept, const Life& life) {
  if (!kept || life.end < kept->end) kept = life;
}

void enter_certificates(ServiceReport& service) {
  for (const auto& attempt : service.attempts) {
    for (std::size_t i = 0; i < attempt.tls.chain.size(); ++i) {
      const auto read = crypto::read_credentials(attempt.tls.chain[i]);
      if (!read) continue;
      const auto& [begin, end] = std::tie(read->front().not_before, read->front().not_after);
      if (!begin || !end) continue;
      keep_first_end(i == 0 ? service.leaf : service.issuer, {.begin = *begin, .end = *end});
    }
  }
}

void enter_signatures(ServiceReport& service, const Sight& sight) {
  if (!sight.lookup.is_secure() || !sight.lookup.signature) return;
  const auto& signature = *sight.lookup.signature;
  keep_first_end(service.signature, {.begin = signature.inception, .end = signature.expiration});
  for (const auto& view : sight.servers) {
    if (!view.signed_until) continue;
    keep_first_end(service.signature, {.begin = signature.inception, .end = *view.signed_until});
  }
}

struct Ending {
  std::string_view what;
  const std::optional<Life>& life;
  bool is_expired_told = true;  ///< elsewhere, when not
};

/// A share of the whole life, so that certificates of 6 days and of 3 years are both renewed in
/// time; and never more than a month ahead.
void judge_ending(const Ending& ending, const std::string& owner, sys_seconds now,
                  Remarks& remarks) {
  if (!ending.life) return;
  const auto left = ending.life->end - now;
  const auto whole = ending.life->end - ending.life->begin;
  constexpr seconds kMonth = std::chrono::days(30);
  constexpr seconds kThreeDays = std::chrono::days(3);
  if (left > std::min(whole / 8, kMonth) || (left <= seconds(0) && !ending.is_expired_told)) return;
  const bool is_pressing = left <= std::min(whole / 40, kThreeDays);
  remarks.add({.id = ids::kExpires,
               .level = is_pressing ? Level::kError : Level::kWarning,
               .message = fmt::format("{} {} at {}", ending.what,
                                      left <= seconds(0) ? "expired" : "expires",
                                      danewerk::to_text(ending.life->end)),
               .owner = owner});
}

bool rests_on_usage_3(const ServiceReport& service) {
  return service.is_dane && std::ranges::all_of(service.records, [](const SeenRecord& record) {
           return record.numbers.usage == 3;
         });
}

void conclude_dane(ServiceReport& service) {
  const auto say = [&](Verdict verdict, std::string reason) {
    service.verdict = verdict;
    service.reason = std::move(reason);
  };
  if (std::ranges::none_of(service.records, &SeenRecord::is_usable)) {
    return say(Verdict::kUnprotected, "no TLSA record that clients can use");
  }
  bool is_reached = false;
  for (const auto& attempt : service.attempts) {
    const auto stage = attempt.tls.stage;
    const bool refuses = stage == Stage::kNoStarttls ||
                         (stage == Stage::kNoTls && !attempt.lacks_key()) ||
                         (attempt.has_tls() && attempt.word != Word::kVerified);
    if (refuses) {
      return say(Verdict::kBroken,
                 fmt::format("DANE clients refuse it at {}", attempt.server.address));
    }
    is_reached |= attempt.has_tls();
  }
  if (!is_reached) return say(Verdict::kUnknown, "no address could be reached");
  say(Verdict::kProtected, "a TLSA record matches wherever it was reached");
}

void conclude_without(ServiceReport& service) {
  const auto is = [](const Sight& sight, Security security) {
    return sight.lookup.security == security;
  };
  const auto any_address = [&](Security security) {
    return std::ranges::any_of(service.addresses,
                               [&](const Sight& sight) { return is(sight, security); });
  };
  if (any_address(Security::kBogus) || is(service.tlsa, Security::kBogus)) {
    service.verdict = Verdict::kBroken;
    service.reason = "validating clients get no answer from the DNS";
  } else if (any_address(Security::kFailed) || is(service.tlsa, Security::kFailed)) {
    service.verdict = Verdict::kUnknown;
    service.reason = "the DNS gives no answer";
  } else if (service.records.empty()) {
    service.verdict = Verdict::kUnprotected;
    service.reason = "no TLSA records";
  } else {
    service.verdict = Verdict::kUnprotected;
    service.reason = "DNSSEC does not protect the records or the addresses";
  }
}

void judge_absence(const ServiceReport& service, Remarks& remarks) {
  if (!service.records.empty() || !service.tlsa.lookup.is_usable()) return;
  remarks.add({.id = ids::kNoTlsa,
               .level = Level::kWarning,
               .message = "no TLSA records: whoever sits in between can read along, or take over",
               .owner = dns::to_text(service.tlsa.lookup.question.name)});
}

void judge_mx(const Report& report, Remarks& remarks) {
  if (!report.mx) return;
  const auto& lookup = report.mx->lookup;
  const auto owner = dns::to_text(lookup.question.name);
  judge_sight({*report.mx, "the MX records"}, remarks);
  if (lookup.rcode == dns::Rcode::kNxDomain && lookup.is_usable()) {
    remarks.add({.id = ids::kNoName, .message = "the domain does not exist", .owner = owner});
  } else if (lookup.is_usable() && report.services.empty()) {
    remarks.add({.id = ids::kNullMx,
                 .level = Level::kInfo,
                 .message = "the domain takes no mail (RFC 7505)",
                 .owner = owner});
  }
  if (lookup.security == Security::kInsecure && !report.services.empty()) {
    remarks.add({.id = ids::kMxInsecure,
                 .level = Level::kWarning,
                 .message = "the MX records are not secure: whoever sits in between can send mail "
                            "elsewhere, whatever TLSA records say (RFC 7672 section 2.2.1)",
                 .owner = owner,
                 .hint = "sign the zone, and have its DS published at the parent"});
  }
}

void judge_domain(const Report& report, Remarks& remarks) {
  if (!report.at_domain || report.at_domain->lookup.records.empty()) return;
  const bool is_needed = std::ranges::any_of(
      report.services, [&](const ServiceReport& service) { return service.records.empty(); });
  remarks.add({.id = ids::kAtDomain,
               .level = is_needed ? Level::kError : Level::kWarning,
               .message = "TLSA records at the domain, where no client looks for them",
               .owner = dns::to_text(report.at_domain->lookup.question.name),
               .hint = "they belong to the names of the MX hosts"});
}

}  // namespace

void judge_lives(ServiceReport& service, sys_seconds now, Remarks& remarks) {
  enter_certificates(service);
  for (const auto& address : service.addresses) enter_signatures(service, address);
  enter_signatures(service, service.tlsa);
  const auto owner = to_text(service.target);
  const bool is_told = !rests_on_usage_3(service);
  if (!is_told && service.leaf && service.leaf->end <= now) {
    remarks.add({.id = ids::kExpired,
                 .level = Level::kWarning,
                 .message = fmt::format("the certificate expired at {}, which usage 3 forgives and "
                                        "clients without DANE do not",
                                        danewerk::to_text(service.leaf->end)),
                 .owner = owner});
  }
  judge_ending({"the certificate", service.leaf, is_told}, owner, now, remarks);
  judge_ending({"an issuer's certificate", service.issuer}, owner, now, remarks);
  judge_ending({"a signature in the DNS", service.signature}, owner, now, remarks);
}

void conclude(ServiceReport& service) {
  if (service.is_dane) {
    conclude_dane(service);
  } else {
    conclude_without(service);
  }
}

void judge(Report& report, sys_seconds now) {
  Remarks remarks(report.findings);
  judge_mx(report, remarks);
  judge_domain(report, remarks);
  for (auto& service : report.services) {
    judge_names(service, remarks);
    judge_absence(service, remarks);
    judge_records(service, remarks);
    judge_sessions(service, remarks);
    // Clients that cannot validate the MX records do not get as far as the host.
    if (report.mx) enter_signatures(service, *report.mx);
    judge_lives(service, now, remarks);
    conclude(service);
  }
  report.is_unknown =
      report.mx && !report.mx->lookup.is_usable() && report.mx->lookup.security != Security::kBogus;
}

}  // namespace danewerk::probe
