#include <algorithm>

#include <fmt/format.h>

#include "crypto/certificate.h"
#include "probe/ids.h"
#include "probe/judge.h"

namespace danewerk::probe {

namespace {

using Stage = net::TlsSight::Stage;

constexpr unsigned kLeastRsaBits = 2048;

std::string session_text(const Attempt& attempt) {
  return fmt::format("{}{}", net::to_text(attempt.key),
                     attempt.has_server_name ? "" : ", without server name");
}

class Sessions {
 public:
  Sessions(const ServiceReport& service, Remarks& remarks) : service_(service), remarks_(remarks) {}

  void judge() {
    for (const auto& attempt : service_.attempts) judge_one(attempt);
    if (service_.is_dane) {
      for (std::size_t i = 0; i < service_.records.size(); ++i) judge_record(i);
    }
  }

 private:
  void judge_one(const Attempt& attempt) {
    const auto& tls = attempt.tls;
    switch (tls.stage) {
      case Stage::kNoRoute:
        return add(ids::kNoRoute, Level::kInfo, attempt, tls.why, {});
      case Stage::kNoConnection:
        return add(ids::kUnreachable, Level::kWarning, attempt, tls.why, {});
      case Stage::kNoTalk:
        return add(ids::kNoTalk, Level::kWarning, attempt, tls.why, {});
      case Stage::kNoStarttls:
        return judge_starttls(attempt);
      case Stage::kNoTls:
        return judge_handshake(attempt);
      case Stage::kTls:
        return judge_session(attempt);
    }
  }

  void judge_starttls(const Attempt& attempt) {
    if (service_.is_dane) {
      return add(ids::kTlsaWithoutTls, Level::kError, attempt,
                 fmt::format("{}, although TLSA records demand TLS", attempt.tls.why),
                 "DANE clients do not deliver here");
    }
    add(ids::kNoStarttls, Level::kWarning, attempt, attempt.tls.why, {});
  }

  void judge_handshake(const Attempt& attempt) {
    // A server need not have keys of both kinds.
    if (attempt.lacks_key()) return;
    add(ids::kNoTls, service_.is_dane ? Level::kError : Level::kWarning, attempt,
        fmt::format("{} ({})", attempt.tls.why, session_text(attempt)), {});
  }

  void judge_session(const Attempt& attempt) {
    if (attempt.tls.protocol == "TLSv1" || attempt.tls.protocol == "TLSv1.1") {
      add(ids::kOldTls, Level::kWarning, attempt,
          fmt::format("speaks {}, which many clients no longer do (RFC 8996)",
                      attempt.tls.protocol),
          {});
    }
    judge_key(attempt);
    if (service_.is_dane && attempt.word != Word::kVerified && !is_repetition(attempt)) {
      judge_mismatch(attempt);
    }
  }

  void judge_key(const Attempt& attempt) {
    if (attempt.tls.chain.empty()) return;
    const auto read = crypto::read_credentials(attempt.tls.chain.front());
    if (!read || read->front().key_type != "RSA" || read->front().key_bits >= kLeastRsaBits) return;
    add(ids::kShortKey, Level::kWarning, attempt,
        fmt::format("an RSA key of {} bits, which some clients do not take",
                    read->front().key_bits),
        "have the certificate issued for a key of 2048 bits or more");
  }

  /// With server name the same was presented: told already.
  [[nodiscard]] bool is_repetition(const Attempt& attempt) const {
    return !attempt.has_server_name &&
           std::ranges::any_of(service_.attempts, [&](const Attempt& other) {
             return other.has_server_name && other.server == attempt.server &&
                    other.key == attempt.key && other.tls.chain == attempt.tls.chain;
           });
  }

  /// The common cause, where others of the same service match.
  void judge_mismatch(const Attempt& attempt) {
    const auto is_good = [](const Attempt& other) { return other.word == Word::kVerified; };
    const bool is_other_key = std::ranges::any_of(service_.attempts, [&](const Attempt& other) {
      return other.has_tls() && is_good(other) && other.server == attempt.server &&
             other.key != attempt.key;
    });
    const bool is_other_node = std::ranges::any_of(service_.attempts, [&](const Attempt& other) {
      return other.has_tls() && is_good(other) && other.server != attempt.server;
    });
    const bool is_usable = std::ranges::any_of(service_.records, &SeenRecord::is_usable);
    // RFC 7672 section 2.2: then TLS is demanded, and nothing else.
    if (!is_usable) return;
    const auto why = fmt::format(
        "no TLSA record matches the {} certificate{}: {}", net::to_text(attempt.key),
        attempt.has_server_name ? "" : " that comes without server name", attempt.tls.code_text);
    if (is_other_key) {
      return add(ids::kOneAlgorithm, Level::kError, attempt, why,
                 "publish records for the keys of both kinds");
    }
    if (is_other_node) {
      return add(ids::kOneNode, Level::kError, attempt, why,
                 "other addresses present another certificate, which matches: reload this one");
    }
    add(ids::kNoMatch, Level::kError, attempt, why,
        "DANE clients refuse this server: restore the certificate of the published key, or add a "
        "record for this one");
  }

  [[nodiscard]] bool matches_anywhere(std::size_t index) const {
    return std::ranges::any_of(service_.attempts, [&](const Attempt& attempt) {
      return index < attempt.matches.size() && attempt.matches[index].depth.has_value();
    });
  }

  void judge_record(std::size_t index) {
    const auto& record = service_.records[index];
    const bool is_any = std::ranges::any_of(service_.attempts, &Attempt::has_tls);
    if (!is_any || !record.is_usable || matches_anywhere(index)) return;
    const auto& n = record.numbers;
    const auto combination = fmt::format("{} {} {}", n.usage, n.selector, n.matching);
    for (std::size_t i = 0; i < service_.records.size(); ++i) {
      const auto& other = service_.records[i].numbers;
      const bool is_same =
          other.usage == n.usage && other.selector == n.selector && other.matching == n.matching;
      if (i == index || !is_same || !matches_anywhere(i)) continue;
      return add_record(
          ids::kStale, Level::kInfo,
          fmt::format("{} {} matches nothing that is presented", combination,
                      to_hex(ByteView(n.data).first(std::min<std::size_t>(8, n.data.size())))),
          "right for the next key of a rollover; else remove it");
    }
    if (n.usage == 2) {
      return add_record(ids::kAnchorMissing, Level::kWarning,
                        fmt::format("{} matches no certificate that the server sends, with names "
                                    "and dates that count",
                                    combination),
                        "the issuer's certificate must be in the served chain, even a root's "
                        "(RFC 7671 section 5.2.2)");
    }
    add_record(ids::kCombination, Level::kWarning,
               fmt::format("no {} record matches, which clients may look at alone", combination),
               "each combination must match by itself (RFC 7671 section 8)");
  }

  void add(std::string_view id, Level level, const Attempt& attempt, std::string_view why,
           std::string hint) {
    remarks_.add({.id = id,
                  .level = level,
                  .message = std::string(why),
                  .owner = place_text(service_, attempt),
                  .hint = std::move(hint)});
  }

  void add_record(std::string_view id, Level level, std::string message, std::string hint) {
    remarks_.add({.id = id,
                  .level = level,
                  .message = std::move(message),
                  .owner = dns::to_text(service_.tlsa.lookup.question.name),
                  .hint = std::move(hint)});
  }

  const ServiceReport& service_;
  Remarks& remarks_;
};

}  // namespace

std::string place_text(const ServiceReport& service, const Attempt& attempt) {
  return fmt::format("{}:{} at {}", host_text(service.target.host), service.target.port,
                     attempt.server.address);
}

void judge_sessions(const ServiceReport& service, Remarks& remarks) {
  Sessions(service, remarks).judge();
}

}  // namespace danewerk::probe
