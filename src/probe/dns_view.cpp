#include "probe/dns_view.h"

#include <algorithm>
#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

namespace danewerk::probe {

namespace {

using dns::MessageRecord;
using dns::RrType;

/// More servers a zone than that are not asked.
constexpr std::size_t kMaxServers = 26;
/// Octets of RRSIG before the signer's name (RFC 4034 section 3.1).
constexpr std::size_t kRrsigHead = 18;

/// The RRSIG covers TYPE, and ends when.
std::optional<sys_seconds> end_of_signature(const MessageRecord& record, RrType type,
                                            sys_seconds now) {
  if (record.type != RrType::kRrsig || record.rdata.size() <= kRrsigHead) return std::nullopt;
  if (load_u16(record.rdata.data()) != static_cast<std::uint16_t>(type)) return std::nullopt;
  return from_rrsig_time(load_u32(record.rdata.data() + 8), now);
}

void enter_records(const dns::Message& message, const net::Lookup& lookup, sys_seconds now,
                   ServerView& view) {
  const auto type = lookup.question.type;
  view.ttl = dns::kMaxTtl;
  for (const auto& record : message.answers) {
    // RFC 6672 section 5.3.1: the CNAME that a DNAME makes has no signature of its own.
    view.is_signed |= end_of_signature(record, RrType::kDname, now).has_value();
    if (!dns::equal(record.owner, lookup.last)) continue;
    if (record.type == type) {
      view.records.push_back(record.rdata);
      view.ttl = std::min(view.ttl, record.ttl);
    }
    view.is_alias |= record.type == RrType::kCname && type != RrType::kCname;
    const auto end = end_of_signature(record, type, now);
    if (!end) continue;
    view.is_signed = true;
    view.signed_until = std::min(*end, view.signed_until.value_or(*end));
  }
  if (view.records.empty()) view.ttl = 0;
  std::ranges::sort(view.records);
  if (!view.records.empty() || view.is_alias) return;
  // RFC 4035 section 3.1.3: a denial comes with signed NSEC or NSEC3.
  view.is_signed = std::ranges::any_of(message.authorities, [&](const MessageRecord& record) {
    return end_of_signature(record, RrType::kNsec, now) ||
           end_of_signature(record, RrType::kNsec3, now);
  });
}

ServerView view_of(net::Reply reply, const net::Lookup& lookup, sys_seconds now) {
  ServerView view;
  if (reply.outcome != net::Outcome::kAnswered) {
    view.kind = reply.outcome == net::Outcome::kNoRoute ? ServerView::Kind::kNoRoute
                                                        : ServerView::Kind::kSilent;
    view.why = std::move(reply.why);
    return view;
  }
  const auto& message = reply.message;
  view.rcode = message.rcode;
  const bool is_answer = view.rcode == dns::Rcode::kNoError || view.rcode == dns::Rcode::kNxDomain;
  if (!is_answer || !message.head.is_authoritative()) {
    view.kind = ServerView::Kind::kLame;
    view.why = is_answer ? "answers without authority"
                         : fmt::format("answers {}", dns::to_text(view.rcode));
    return view;
  }
  view.kind = ServerView::Kind::kAnswers;
  enter_records(message, lookup, now, view);
  return view;
}

/// Somebody answered, and it is not known whether the name's zone is to blame.
bool is_open(const Sight& sight) {
  return sight.lookup.security == net::Security::kFailed && !sight.lookup.is_silence;
}

std::vector<net::NameAndType> open_questions(const std::vector<Sight>& sights) {
  std::vector<net::NameAndType> questions;
  for (const auto& sight : sights) {
    if (is_open(sight)) questions.push_back(sight.lookup.question);
  }
  return questions;
}

std::string address_of(RrType type, ByteView rdata) {
  char text[INET6_ADDRSTRLEN] = {};
  const bool is_v4 = type == RrType::kA && rdata.size() == sizeof(in_addr);
  const bool is_v6 = type == RrType::kAaaa && rdata.size() == sizeof(in6_addr);
  if (!is_v4 && !is_v6) return {};
  inet_ntop(is_v4 ? AF_INET : AF_INET6, rdata.data(), text, sizeof text);
  return text;
}

}  // namespace

std::vector<net::Endpoint> endpoints_in(const net::Lookup& lookup, std::uint16_t port) {
  std::vector<net::Endpoint> found;
  for (const auto& rdata : lookup.records) {
    auto address = address_of(lookup.question.type, rdata);
    if (!address.empty()) found.push_back({.address = std::move(address), .port = port});
  }
  return found;
}

DnsView::DnsView(DnsOptions options, net::Resolver validating, net::Resolver plain)
    : options_(std::move(options)), validating_(std::move(validating)), plain_(std::move(plain)) {}

Result<DnsView> DnsView::open(const DnsOptions& options) {
  DW_TRY(auto validating, net::Resolver::open(options.resolver));
  auto without = options.resolver;
  without.validation = net::ResolverOptions::Validation::kOff;
  DW_TRY(auto plain, net::Resolver::open(std::move(without)));
  return DnsView(options, std::move(validating), std::move(plain));
}

/// Where the answer does not say: the SOA that stands at the name, or denies one there.
std::optional<dns::Name> DnsView::zone_of(const net::Lookup& lookup) {
  // Who did not answer that does not answer this.
  if (lookup.zone || lookup.is_silence) return lookup.zone;
  const auto [entry, is_new] =
      zones_.try_emplace(dns::to_canonical_text(lookup.last), std::optional<dns::Name>());
  if (is_new) {
    const auto found = plain_.look_up({.name = lookup.last, .type = RrType::kSoa});
    if (found.is_usable()) entry->second = found.records.empty() ? found.zone : found.last;
  }
  return entry->second;
}

DnsView::Servers DnsView::find_servers(dns::NameView zone) {
  Servers servers;
  const auto names = plain_.look_up({.name = dns::Name(zone), .type = RrType::kNs});
  std::vector<net::NameAndType> questions;
  for (const auto& rdata : names.records) {
    if (dns::wire_name_length(rdata) != rdata.size()) continue;
    for (const auto type : {RrType::kA, RrType::kAaaa}) {
      questions.push_back({.name = dns::Name(dns::NameView(rdata)), .type = type});
    }
  }
  for (const auto& found : plain_.look_up_all(questions)) {
    for (auto& endpoint : endpoints_in(found, options_.authority_port)) {
      if (servers.list.size() == kMaxServers) break;
      servers.list.push_back({dns::to_canonical_text(found.question.name), std::move(endpoint)});
    }
  }
  if (servers.list.empty()) {
    servers.why = fmt::format("no servers of {} were found{}{}", dns::to_text(zone),
                              names.why.empty() ? "" : ": ", names.why);
  }
  return servers;
}

const DnsView::Servers& DnsView::servers_of(const net::Lookup& lookup) {
  const auto zone = zone_of(lookup);
  const auto key = zone ? dns::to_canonical_text(*zone) : std::string();
  const auto [entry, is_new] = servers_.try_emplace(key);
  if (!is_new) return entry->second;
  if (zone) {
    entry->second = find_servers(*zone);
  } else {
    entry->second.why = "the resolver does not say which zone it lies in";
  }
  return entry->second;
}

void DnsView::ask_servers(std::vector<Sight>& sights, net::Transport transport) {
  std::vector<net::Inquiry> inquiries;
  for (auto& sight : sights) {
    const auto& servers = servers_of(sight.lookup);
    sight.no_servers = servers.why;
    for (const auto& server : servers.list) {
      inquiries.push_back({.server = server.endpoint,
                           .name = sight.lookup.last,
                           .type = sight.lookup.question.type,
                           .is_dnssec_ok = true,
                           .transport = transport});
    }
  }
  auto replies = net::ask_all(inquiries, options_.limits);
  auto reply = replies.begin();
  for (auto& sight : sights) {
    for (const auto& server : servers_of(sight.lookup).list) {
      auto view = view_of(std::move(*reply++), sight.lookup, options_.resolver.now);
      view.name = server.name;
      view.endpoint = server.endpoint;
      view.transport = transport;
      sight.servers.push_back(std::move(view));
    }
  }
}

/// A failure may pass, and libunbound remembers it for seconds (RFC 9520 section 3): before it says
/// anything of a zone, one that remembers nothing is asked.
void DnsView::ask_anew(std::vector<Sight>& sights) {
  const auto questions = open_questions(sights);
  if (questions.empty()) return;
  auto fresh = net::Resolver::open(options_.resolver);
  if (!fresh) return;
  validating_ = *std::move(fresh);
  auto lookups = validating_.look_up_all(questions);
  auto lookup = lookups.begin();
  for (auto& sight : sights) {
    if (is_open(sight)) sight.lookup = std::move(*lookup++);
  }
}

/// What fails with validation alone is bogus, although libunbound does not always say so.
void DnsView::look_without(std::vector<Sight>& sights) {
  const auto questions = open_questions(sights);
  if (questions.empty()) return;
  const auto answers = plain_.look_up_all(questions);
  auto answer = answers.begin();
  for (auto& sight : sights) {
    if (!is_open(sight)) continue;
    if ((answer++)->is_usable()) {
      sight.lookup.security = net::Security::kBogus;
      sight.lookup.why += " with validation, and without it something else";
    }
  }
}

std::vector<Sight> DnsView::see_all(const std::vector<net::NameAndType>& questions,
                                    net::Transport transport) {
  std::vector<Sight> sights;
  for (auto& lookup : validating_.look_up_all(questions)) {
    sights.push_back({.lookup = std::move(lookup)});
  }
  ask_anew(sights);
  look_without(sights);
  if (options_.authorities == DnsOptions::Authorities::kAsked) ask_servers(sights, transport);
  return sights;
}

Sight DnsView::see(const net::NameAndType& question, net::Transport transport) {
  return std::move(see_all({question}, transport).front());
}

std::vector<Sight> DnsView::see_aliases(const net::Lookup& lookup) {
  std::vector<net::NameAndType> questions;
  questions.reserve(lookup.aliases.size());
  for (const auto& alias : lookup.aliases) {
    questions.push_back({.name = alias.from, .type = RrType::kCname});
  }
  return questions.empty() ? std::vector<Sight>() : see_all(questions);
}

}  // namespace danewerk::probe
