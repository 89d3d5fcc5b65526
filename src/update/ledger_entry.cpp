/// \file
/// Looks at servers, entered into the ledger.

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/endpoint.h"
#include "dns/serial.h"
#include "update/ids.h"
#include "update/ledger.h"
#include "update/ledger_parts.h"

namespace danewerk::update {

namespace {

using model::ServerElsewhere;
using model::TlsaOwner;
using model::VersionNumber;

/// Resolvers go by NS records that they hold for so long: the TTL of delegations in most parents.
constexpr seconds kFormerFor = std::chrono::days(2);

/// By distance from one of them: of serials that lie anywhere, RFC 1982 makes no order.
std::vector<const ServerAnswer*> oldest_first(const std::vector<ServerAnswer>& answers) {
  std::vector<const ServerAnswer*> sorted;
  sorted.reserve(answers.size());
  for (const auto& answer : answers) sorted.push_back(&answer);
  if (sorted.empty()) return sorted;
  const auto origin = sorted.front()->soa.serial;
  std::ranges::sort(sorted, {}, [origin](const ServerAnswer* answer) {
    return std::pair(static_cast<std::int32_t>(answer->soa.serial - origin),
                     to_text(answer->server.endpoint));
  });
  return sorted;
}

/// A look on its way into the ledger.
class Entry {
 public:
  Entry(TlsaOwner& owner, sys_seconds now, Findings& findings)
      : owner_(owner), elsewhere_(elsewhere_of(owner)), now_(now), findings_(findings) {}

  void run(const OwnerLook& look) {
    elsewhere_.trouble = look.why;
    if (look.zone) elsewhere_.zone = dns::to_canonical_text(*look.zone);
    for (const auto& answer : look.answers) {
      // Who is not named by a search that failed may be named all the same.
      if (answer.is_listed || look.why.empty()) list(answer);
    }
    bool is_heard = false;
    for (const auto* answer : oldest_first(look.answers)) {
      if (answer->kind != ServerAnswer::Kind::kShows) {
        note_silence(*answer);
        continue;
      }
      is_heard = true;
      take(*answer);
    }
    if (!is_heard && look.why.empty()) {
      elsewhere_.trouble = fmt::format("no server of {} says with authority what is there",
                                       elsewhere_.zone.empty() ? "its zone" : elsewhere_.zone);
    }
    forget();
    elsewhere_.looked = now_;
  }

 private:
  ServerElsewhere& server_of(const ServerAnswer& answer) {
    const auto address = to_text(answer.server.endpoint);
    const auto known = std::ranges::find_if(elsewhere_.servers, [&](const ServerElsewhere& server) {
      return server.sight.address == address;
    });
    if (known != elsewhere_.servers.end()) return *known;
    return elsewhere_.servers.emplace_back(
        ServerElsewhere{.name = answer.server.name, .sight = {.address = address}});
  }

  void list(const ServerAnswer& answer) {
    auto& server = server_of(answer);
    if (answer.is_listed) {
      server.name = answer.server.name;
      server.unlisted.reset();
    } else if (!server.unlisted) {
      server.unlisted = now_;
    }
  }

  void note_silence(const ServerAnswer& answer) {
    auto& server = server_of(answer);
    if (!server.sight.silent_since) server.sight.silent_since = now_;
    server.has_answered |= answer.kind == ServerAnswer::Kind::kLame;
    server.why = answer.why;
  }

  void take(const ServerAnswer& answer) {
    auto& server = server_of(answer);
    const bool went_back =
        server.version != 0 && dns::Serial(server.serial).is_after(dns::Serial(answer.soa.serial));
    if (elsewhere_.version == 0) begin(answer);
    auto number = number_of(answer, went_back ? 0 : server.version);
    if (number == 0) number = enter_version(answer);
    see(server, answer, number);
    owner_.target = answer.target;
    // Caches may hold an alias that was longer-lived.
    owner_.alias_ttl = std::max(owner_.alias_ttl, answer.alias_ttl);
    elsewhere_.negative_ttl = answer.soa.negative_ttl;
    elsewhere_.soa_refresh = answer.soa.refresh;
    elsewhere_.soa_retry = answer.soa.retry;
    elsewhere_.soa_expire = answer.soa.expire;
  }

  /// What was there before we came, for nobody knows how long.
  void begin(const ServerAnswer& answer) {
    owner_.versions = {{.records = answer.records, .ttl = answer.ttl, .first = 1, .made = now_}};
    if (!answer.records.empty()) {
      owner_.versions.insert(owner_.versions.begin(), model::unknown_version(answer.ttl, 1));
    }
    owner_.records.clear();
    elsewhere_.version = 1;
    elsewhere_.publications = {{.version = 1, .serial = answer.soa.serial, .published = now_}};
  }

  /// The version that the server shows, not before LEAST; 0: none that is known. With the TTL that
  /// it shows if there is one: a version may differ from the one before in nothing else. Of several
  /// with the same content, the newest that its serial allows, or else the oldest.
  [[nodiscard]] VersionNumber number_of(const ServerAnswer& answer, VersionNumber least) const {
    std::vector<VersionNumber> same;
    std::vector<VersionNumber> alike;
    for (const auto& one : owner_.versions) {
      if (one.is_unknown || one.first < least || one.records != answer.records) continue;
      alike.push_back(one.first);
      if (one.ttl == answer.ttl) same.push_back(one.first);
    }
    const auto& candidates = same.empty() ? alike : same;
    if (candidates.empty()) return 0;
    auto number = candidates.front();
    for (const auto candidate : candidates) {
      if (is_reached(candidate, answer.soa.serial)) number = candidate;
    }
    return number;
  }

  /// Not with a zone that is older than one which shows VERSION, or what came before it (RFC 1982).
  [[nodiscard]] bool is_reached(VersionNumber version, std::uint32_t serial) const {
    return std::ranges::none_of(elsewhere_.publications, [&](const model::Publication& one) {
      return one.version <= version && one.serial != 0 &&
             dns::Serial(one.serial).is_after(dns::Serial(serial));
    });
  }

  /// Somebody else changed the records, or a server went a way of its own.
  VersionNumber enter_version(const ServerAnswer& answer) {
    tell_lost(answer);
    return append(owner_, {.records = answer.records, .ttl = answer.ttl, .made = now_},
                  {.serial = answer.soa.serial, .published = now_});
  }

  void tell_lost(const ServerAnswer& answer) {
    const auto& present = owner_.versions.back();
    const bool was_there = std::ranges::any_of(
        elsewhere_.servers, [&](const auto& server) { return server.version == present.first; });
    if (!was_there) return;
    const auto lost =
        model::without(model::common(present.records, elsewhere_.ours), answer.records);
    for (const auto& rdata : lost) {
      findings_.add({.id = ids::kLost,
                     .level = Level::kWarning,
                     .message = fmt::format("somebody took {} out of the zone: it is sent again "
                                            "if it is needed",
                                            model::label(rdata)),
                     .owner = owner_.name,
                     .hint = "does another tool replace the whole RRset, or load the zone anew?"});
    }
  }

  void see(ServerElsewhere& server, const ServerAnswer& answer, VersionNumber number) {
    auto& seen = server.sight.seen;
    std::erase_if(seen, [&](const auto& sight) { return sight.version > number; });
    if (seen.empty() || seen.back().version < number) {
      seen.push_back({.version = number, .at = now_});
    }
    server.sight.silent_since.reset();
    server.why.clear();
    server.has_answered = true;
    server.version = number;
    server.serial = answer.soa.serial;
    server.is_signed = answer.is_signed;
    for (auto& one : owner_.versions) {
      if (one.first > number) one.everywhere.reset();
      // It is served now, whatever was known of its end; and so may be what comes after it.
      if (one.first >= number) one.last_served.reset();
      if (one.first == number) enter_traits(one, answer);
    }
    auto* published = publication(elsewhere_, number);
    if (published == nullptr) return;
    if (!published->published) published->published = now_;
    if (published->serial == 0) published->serial = answer.soa.serial;
  }

  static void enter_traits(model::TlsaVersion& one, const ServerAnswer& answer) {
    one.ttl = std::max(one.ttl, answer.ttl);
    if (!answer.signed_until) return;
    one.signed_until =
        std::max(one.signed_until.value_or(*answer.signed_until), *answer.signed_until);
  }

  void forget() {
    std::erase_if(elsewhere_.servers, [&](const ServerElsewhere& server) {
      return server.unlisted && *server.unlisted + kFormerFor <= now_;
    });
    model::RdataSet held;
    for (const auto& one : owner_.versions) held.insert(one.records.begin(), one.records.end());
    elsewhere_.ours = model::common(elsewhere_.ours, held);
    const auto oldest = owner_.versions.front().first;
    std::erase_if(elsewhere_.publications,
                  [&](const model::Publication& one) { return one.version < oldest; });
    for (auto& server : elsewhere_.servers) {
      auto& seen = server.sight.seen;
      const auto is_old = [&](const auto& sight) { return sight.version < oldest; };
      // The newest one is what it is known to serve.
      while (seen.size() > 1 && is_old(seen.front())) seen.erase(seen.begin());
    }
  }

  TlsaOwner& owner_;
  model::Elsewhere& elsewhere_;
  sys_seconds now_;
  Findings& findings_;
};

}  // namespace

void enter(const OwnerLook& look, TlsaOwner& owner, sys_seconds now, Findings& findings) {
  const auto before = owner;
  Entry(owner, now, findings).run(look);
  // Nothing new: nothing is written (promise P6), but hourly that somebody looked.
  const auto looked = elsewhere_of(before).looked;
  if (!looked || now - *looked >= kLookEvery) return;
  auto same = owner;
  elsewhere_of(same).looked = looked;
  if (same == before) owner = before;
}

}  // namespace danewerk::update
