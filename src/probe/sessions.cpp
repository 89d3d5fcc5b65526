#include "probe/sessions.h"

#include <algorithm>

#include "base/parallel.h"
#include "crypto/dane_match.h"
#include "probe/dns_view.h"

namespace danewerk::probe {

namespace {

using net::ServerKey;
using Stage = net::TlsSight::Stage;

/// What is the same for all sessions of a service.
class Sessions {
 public:
  Sessions(const SessionOptions& options, const ServiceReport& service)
      : options_(options), service_(service) {
    task_.profile = service.target.profile;
    task_.host = host_text(service.base);
    if (service.target.domain) {
      task_.more_names.push_back(host_text(*service.target.domain));
      task_.peer = task_.more_names.front();
    } else {
      task_.peer = host_text(service.target.host);
    }
    // RFC 7671 section 5.1; but a browser that took another site's certificate for this one could
    // be sent from one to the other.
    if (task_.profile == net::Profile::kHttps) task_.names = net::NameRule::kAlways;
    task_.own_name = options.own_name;
    task_.at = options.at;
    task_.step = options.step;
    task_.whole = options.whole;
    if (!service.is_dane) return;
    for (const auto& record : service.records) {
      if (record.is_usable) task_.tlsa.push_back(record.numbers);
    }
  }

  /// All attempts at one address; what fails before TLS would fail again.
  [[nodiscard]] std::vector<Attempt> at(const net::Endpoint& server) const {
    std::vector<Attempt> attempts;
    for (const bool has_server_name : {true, false}) {
      for (const auto key : {ServerKey::kRsa, ServerKey::kEcdsa}) {
        attempts.push_back(
            attempt({.server = server, .key = key, .has_server_name = has_server_name}));
        const auto stage = attempts.back().tls.stage;
        if (stage != Stage::kTls && stage != Stage::kNoTls) return attempts;
      }
    }
    // Neither RSA nor ECDSA (Ed25519), or a server that takes offence at so narrow an offer.
    if (std::ranges::none_of(attempts, &Attempt::has_tls)) {
      attempts.push_back(attempt({.server = server}));
    }
    return attempts;
  }

 private:
  [[nodiscard]] Attempt attempt(Attempt begun) const {
    auto task = task_;
    task.server = begun.server;
    task.key = begun.key;
    task.has_server_name = begun.has_server_name;
    begun.tls = net::look_at_service(task);
    if (!begun.has_tls()) return begun;
    begun.word = word_of(begun.tls);
    if (!begun.tls.chain.empty()) begun.matches = matches_of(begun.tls);
    return begun;
  }

  [[nodiscard]] Word word_of(const net::TlsSight& tls) const {
    if (tls.chain.empty()) return Word::kAnonymous;
    if (service_.is_dane) return tls.match ? Word::kVerified : Word::kUntrusted;
    return tls.is_verified ? Word::kTrusted : Word::kUntrusted;
  }

  /// Each record by itself: which of them matched does not depend on the others.
  [[nodiscard]] std::vector<RecordMatch> matches_of(const net::TlsSight& tls) const {
    crypto::DanePresentation presentation{.names = task_.more_names, .at = options_.at};
    presentation.names.push_back(task_.host);
    if (task_.names == net::NameRule::kAlways) {
      presentation.server_names = crypto::DanePresentation::ServerNames::kChecked;
    }
    for (const auto& certificate : tls.chain) presentation.chain.emplace_back(certificate);
    std::vector<RecordMatch> matches;
    matches.reserve(service_.records.size());
    for (const auto& record : service_.records) {
      matches.push_back(record.is_usable ? match(presentation, record.numbers)
                                         : RecordMatch{.why = record.why});
    }
    return matches;
  }

  static RecordMatch match(const crypto::DanePresentation& presentation,
                           const net::TlsaNumbers& numbers) {
    const crypto::DaneRecord record{.usage = numbers.usage,
                                    .selector = numbers.selector,
                                    .matching = numbers.matching,
                                    .data = numbers.data};
    auto outcome = crypto::match_dane(presentation, std::span(&record, 1));
    if (!outcome) return {.why = outcome.error().message()};
    return {.depth = outcome->depth, .why = std::move(outcome->reason)};
  }

  const SessionOptions& options_;
  const ServiceReport& service_;
  net::TlsTask task_;
};

}  // namespace

std::vector<Attempt> present_at(const Target& target, const net::Endpoint& address,
                                const SessionOptions& options) {
  return Sessions(options, ServiceReport{.target = target, .base = target.host}).at(address);
}

void look_at_sessions(const SessionOptions& options, ServiceReport& service) {
  std::vector<net::Endpoint> addresses;
  for (const auto& sight : service.addresses) {
    if (!sight.lookup.is_usable()) continue;
    std::ranges::move(endpoints_in(sight.lookup, service.target.port),
                      std::back_inserter(addresses));
  }
  const Sessions sessions(options, service);
  std::vector<std::vector<Attempt>> found(addresses.size());
  for_each_part(options.jobs, addresses.size(),
                [&](std::size_t i) { found[i] = sessions.at(addresses[i]); });
  for (auto& attempts : found) std::ranges::move(attempts, std::back_inserter(service.attempts));
}

}  // namespace danewerk::probe
