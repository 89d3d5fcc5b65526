#include "update/ledger.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "dns/serial.h"
#include "update/ids.h"
#include "update/ledger_parts.h"

namespace danewerk::update {

namespace {

using model::Elsewhere;
using model::RdataSet;
using model::ServerElsewhere;
using model::TlsaOwner;
using model::TlsaVersion;
using model::VersionNumber;

constexpr seconds kLookAgain = std::chrono::minutes(2);
/// NOTIFY (RFC 1996) makes them faster than a long SOA REFRESH.
constexpr seconds kLongestTransfers = std::chrono::hours(1);
/// What an owner counts with before a server was asked.
constexpr seconds kNegativeTtl = std::chrono::hours(1);

bool names_issuer(const Bytes& rdata) {
  return model::combination_of(rdata).names_issuer();
}

template <class Predicate>
RdataSet those(const RdataSet& records, Predicate predicate) {
  RdataSet out;
  std::ranges::copy_if(records, std::inserter(out, out.end()), predicate);
  return out;
}

const TlsaVersion* version(const TlsaOwner& owner, VersionNumber number) {
  const auto found = std::ranges::find(owner.versions, number, &TlsaVersion::first);
  return found == owner.versions.end() ? nullptr : &*found;
}

/// Of the present version; none: no server took it yet.
std::optional<sys_seconds> present_published(const TlsaOwner& owner) {
  const auto& all = elsewhere_of(owner).publications;
  const auto found =
      std::ranges::find(all, owner.versions.back().first, &model::Publication::version);
  return found == all.end() ? std::nullopt : found->published;
}

/// A server that answers, and by now should show the present version; null: there is none.
const ServerElsewhere* overdue(const TlsaOwner& owner, sys_seconds now) {
  const auto& elsewhere = elsewhere_of(owner);
  const auto published = present_published(owner);
  const auto transfers =
      std::clamp(elsewhere.soa_refresh + elsewhere.soa_retry, kLookAgain, kLongestTransfers);
  if (!published || now < *published + transfers) return nullptr;
  const auto present = owner.versions.back().first;
  const auto found = std::ranges::find_if(elsewhere.servers, [&](const ServerElsewhere& server) {
    return !server.unlisted && !server.sight.silent_since && server.version < present;
  });
  return found == elsewhere.servers.end() ? nullptr : &*found;
}

/// What the server with the newest zone shows; null: none was seen.
const TlsaVersion* newest_shown(const TlsaOwner& owner) {
  const ServerElsewhere* newest = nullptr;
  for (const auto& server : elsewhere_of(owner).servers) {
    if (server.version == 0) continue;
    const bool is_newer =
        newest == nullptr || dns::Serial(server.serial).is_after(dns::Serial(newest->serial));
    if (is_newer) newest = &server;
  }
  return newest == nullptr ? nullptr : version(owner, newest->version);
}

bool is_ipv6(const ServerElsewhere& server) {
  return server.sight.address.find(':') != std::string::npos;
}

/// A host without IPv6 cannot wait for the IPv6 address of a server that it reaches by IPv4. Once
/// anything came from an address of a family, each of that family is waited for: others may go on
/// asking one that is cut off from here.
bool is_out_of_reach(const ServerElsewhere& server, const Elsewhere& elsewhere) {
  if (server.name.empty() || !server.sight.silent_since) return false;
  const bool is_family_heard =
      std::ranges::any_of(elsewhere.servers, [&](const ServerElsewhere& other) {
        return is_ipv6(other) == is_ipv6(server) && (other.has_answered || other.version != 0);
      });
  return !is_family_heard && std::ranges::any_of(elsewhere.servers, [&](const auto& other) {
    return other.name == server.name && !other.sight.silent_since;
  });
}

/// It answered with an older version when that should have expired already: until then it was
/// refreshed, by somebody who had that version too, and SOA EXPIRE counts from its silence
/// (RFC 1035 section 3.3.13). Empty: nothing of the kind.
std::string trouble_of(const ServerElsewhere& server, const Elsewhere& elsewhere, sys_seconds now) {
  const auto& silent = server.sight.silent_since;
  if (!silent || server.version == 0) return {};
  const auto expire = elsewhere.soa_expire;
  const bool was_to_expire =
      std::ranges::any_of(elsewhere.publications, [&](const model::Publication& one) {
        return one.version > server.version && one.published && now >= *one.published + expire;
      });
  if (!was_to_expire || now >= *silent + expire) return {};
  return fmt::format("showed an older version until it fell silent, and may serve it until {}",
                     to_text(*silent + expire));
}

/// Records of ours that are not wanted any more.
RdataSet leaving(const TlsaOwner& owner, const Wanted& wanted) {
  auto out = model::without(elsewhere_of(owner).ours, wanted.records);
  if (owner.others().empty()) return out;
  // Certificates of the other host may be of the same issuer.
  return those(out, [](const Bytes& rdata) { return !names_issuer(rdata); });
}

void tell_neighbours(const TlsaOwner& owner, const Wanted& wanted, Findings& findings) {
  const auto others = owner.others();
  if (others.empty()) return;
  const auto kept = those(model::without(elsewhere_of(owner).ours, wanted.records), names_issuer);
  for (const auto& rdata : model::common(kept, owner.present())) {
    findings.add(
        {.id = ids::kShared,
         .level = Level::kInfo,
         .message = fmt::format("{} is not needed here any more, and stays: another host "
                                "at this name may rely on it",
                                model::label(rdata)),
         .owner = owner.name,
         .hint = "take it out by hand when no host there has a certificate of its issuer"});
  }
  const auto theirs = model::combinations_of(others);
  for (const auto& combination : model::combinations_of(wanted.records)) {
    if (!combination.is_dane() || theirs.contains(combination)) continue;
    findings.add({.id = ids::kCombination,
                  .level = Level::kWarning,
                  .message = fmt::format("another host has records at this name, and none of {}: "
                                         "clients that ask for one may refuse it",
                                         model::to_text(combination)),
                  .owner = owner.name,
                  .hint = "hosts that share a name need the same `records:`; what no host has any "
                          "more, `danewerk tlsa adopt` takes over"});
  }
}

}  // namespace

Elsewhere& elsewhere_of(TlsaOwner& owner) {
  DW_CHECK(owner.elsewhere.has_value(), "the owner is in a zone of others");
  return *owner.elsewhere;
}
const Elsewhere& elsewhere_of(const TlsaOwner& owner) {
  DW_CHECK(owner.elsewhere.has_value(), "the owner is in a zone of others");
  return *owner.elsewhere;
}

model::Publication* publication(Elsewhere& elsewhere, VersionNumber number) {
  const auto found =
      std::ranges::find(elsewhere.publications, number, &model::Publication::version);
  return found == elsewhere.publications.end() ? nullptr : &*found;
}

VersionNumber append(TlsaOwner& owner, TlsaVersion next, model::Publication publication) {
  auto& elsewhere = elsewhere_of(owner);
  const auto number = ++elsewhere.version;
  next.first = number;
  publication.version = number;
  owner.versions.back().until = number;
  owner.versions.push_back(std::move(next));
  elsewhere.publications.push_back(publication);
  return number;
}

TlsaOwner unknown_owner(std::string name) {
  auto owner = model::empty_owner(std::move(name), kNegativeTtl);
  owner.elsewhere = model::Elsewhere{.trouble = "its servers were not asked yet"};
  return owner;
}

void tell(const TlsaOwner& owner, sys_seconds now, Findings& findings) {
  const auto& elsewhere = elsewhere_of(owner);
  if (!elsewhere.trouble.empty()) {
    findings.add({.id = ids::kNotMeasured,
                  .level = Level::kWarning,
                  .message = fmt::format("nothing moves on: {}", elsewhere.trouble),
                  .owner = owner.name,
                  .hint = "update: zone and servers of danewerk.yaml"});
  }
  for (const auto& server : elsewhere.servers) {
    const auto& since = server.sight.silent_since;
    const bool counts = since && !server.unlisted && !is_out_of_reach(server, elsewhere);
    if (!counts) continue;
    findings.add(
        {.id = ids::kServer,
         .level = Level::kWarning,
         .message = fmt::format("{}{} {}, since {}", server.name.empty() ? "" : server.name + " ",
                                server.sight.address, server.why, to_text(*since)),
         .owner = owner.name,
         .hint = "what it serves is waited for until SOA EXPIRE has passed"});
  }
  const auto* shown = newest_shown(owner);
  const bool is_unsigned = std::ranges::any_of(elsewhere.servers, [](const auto& server) {
    return server.version != 0 && !server.sight.silent_since && !server.is_signed;
  });
  const bool is_over = shown != nullptr && shown->signed_until && *shown->signed_until <= now;
  if (!is_unsigned && !is_over) return;
  findings.add({.id = ids::kUnsigned,
                .level = Level::kWarning,
                .message = "the answer of a server has no signature that is valid now: clients "
                           "take no notice of the records, or defer",
                .owner = owner.name,
                .hint = fmt::format("is {} signed, and signed again in time?", elsewhere.zone)});
}

model::Facts facts_of(const TlsaOwner& owner, sys_seconds now) {
  const auto& elsewhere = elsewhere_of(owner);
  model::Facts facts;
  facts.publications = elsewhere.publications;
  for (const auto& server : elsewhere.servers) {
    if (is_out_of_reach(server, elsewhere)) continue;
    facts.secondaries.push_back(server.sight);
    facts.secondaries.back().trouble = trouble_of(server, elsewhere, now);
  }
  facts.ledger = {{.kind = model::LedgerKind::kDenial, .value = elsewhere.negative_ttl}};
  // Not known before a server answered.
  if (elsewhere.soa_expire > seconds(0)) {
    facts.ledger.push_back({.kind = model::LedgerKind::kExpire, .value = elsewhere.soa_expire});
  }
  facts.soa_refresh = elsewhere.soa_refresh;
  facts.soa_retry = elsewhere.soa_retry;
  facts.looked = elsewhere.looked;
  if (!elsewhere.trouble.empty()) {
    facts.held =
        fmt::format("what is served at {} is not known: {}", owner.name, elsewhere.trouble);
  } else if (facts.secondaries.empty()) {
    facts.held = fmt::format("no server of {} is known", elsewhere.zone);
  }
  return facts;
}

bool intend(TlsaOwner& owner, const Wanted& wanted, sys_seconds now, Findings& findings) {
  auto& elsewhere = elsewhere_of(owner);
  // What others have there is not known.
  if (elsewhere.version == 0) return false;
  // A record of our own key is ours, whoever put it there.
  const auto present = owner.present();
  for (const auto& rdata : wanted.records) {
    if (!present.contains(rdata) || !names_issuer(rdata)) elsewhere.ours.insert(rdata);
  }
  tell_neighbours(owner, wanted, findings);
  const auto target =
      model::together(model::without(present, leaving(owner, wanted)), wanted.records);
  const bool is_new_ttl =
      !wanted.records.empty() && elsewhere.sent_ttl && *elsewhere.sent_ttl != wanted.ttl;
  if (target == present && !is_new_ttl) return false;
  TlsaVersion next{.records = target, .ttl = wanted.ttl, .made = now};
  if (wanted.records.empty()) next.ttl = owner.versions.back().ttl;
  if (target.empty()) next.ttl = elsewhere.negative_ttl;
  if (is_new_ttl) elsewhere.sent_ttl = wanted.ttl;
  append(owner, std::move(next), {});
  return true;
}

std::optional<Difference> to_send(const TlsaOwner& owner, const Wanted& wanted, sys_seconds now,
                                  Findings& findings) {
  if (elsewhere_of(owner).version == 0) return std::nullopt;
  const auto published = present_published(owner);
  const auto* late = overdue(owner, now);
  if (published && late == nullptr) return std::nullopt;
  // All of it, not only what is new: what came of an earlier try may not be known.
  Difference difference{.add = wanted.records, .remove = leaving(owner, wanted), .ttl = wanted.ttl};
  if (difference.is_empty()) return std::nullopt;
  if (published && late != nullptr) {
    findings.add(
        {.id = ids::kLost,
         .level = Level::kWarning,
         .message = fmt::format("{} does not show what was accepted at {}: it is sent again",
                                late->sight.address, to_text(*published)),
         .owner = owner.name,
         .hint = "was the zone loaded anew, or do transfers to that server fail?"});
  }
  return difference;
}

Difference to_do(const TlsaOwner& owner, const Wanted& wanted) {
  const auto* shown = newest_shown(owner);
  if (shown == nullptr) return {};
  return {.add = model::without(wanted.records, shown->records),
          .remove = model::common(leaving(owner, wanted), shown->records),
          .ttl = wanted.ttl};
}

void note_accepted(TlsaOwner& owner, const Wanted& wanted, sys_seconds now) {
  auto& elsewhere = elsewhere_of(owner);
  if (auto* present = publication(elsewhere, owner.versions.back().first)) {
    present->published = now;
  }
  if (!wanted.records.empty()) elsewhere.sent_ttl = wanted.ttl;
}

LookWish wants_look(const TlsaOwner& owner, sys_seconds now) {
  const auto& elsewhere = elsewhere_of(owner);
  const auto known = std::ranges::count(owner.versions, false, &TlsaVersion::is_unknown);
  const bool is_awaiting =
      elsewhere.version == 0 || !elsewhere.trouble.empty() || known > 1 ||
      std::ranges::any_of(elsewhere.servers, [&](const ServerElsewhere& server) {
        return !server.unlisted && server.version != owner.versions.back().first &&
               !is_out_of_reach(server, elsewhere);
      });
  if (is_awaiting) return {.is_now = true, .next = now + kLookAgain};
  const auto due = elsewhere.looked ? *elsewhere.looked + kLookEvery : now;
  return {.is_now = due <= now, .next = due <= now ? now + kLookEvery : due};
}

std::vector<NamedServer> known_servers(const TlsaOwner& owner) {
  std::vector<NamedServer> known;
  for (const auto& server : elsewhere_of(owner).servers) {
    const auto at = server.sight.address.rfind('@');
    if (at == std::string::npos) continue;
    const auto number = server.sight.address.substr(at + 1);
    NamedServer one{.name = server.name,
                    .endpoint = {.address = server.sight.address.substr(0, at), .port = 0}};
    static_cast<void>(
        std::from_chars(number.data(), number.data() + number.size(), one.endpoint.port));
    if (one.endpoint.port != 0) known.push_back(std::move(one));
  }
  return known;
}

}  // namespace danewerk::update
