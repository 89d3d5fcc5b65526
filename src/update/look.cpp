#include "update/look.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::update {

namespace {

using dns::MessageRecord;
using dns::RrType;

/// Usage, selector, matching type, and something to match (RFC 6698 section 2.1).
constexpr std::size_t kLeastTlsa = 4;
/// The five numbers at the end of an SOA (RFC 1035 section 3.3.13).
constexpr std::size_t kSoaNumbers = 20;
/// Octets of RRSIG before the signer's name (RFC 4034 section 3.1).
constexpr std::size_t kRrsigHead = 18;
/// More aliases than that are a loop, or as good as one.
constexpr std::size_t kMaxAliases = 16;

/// Why a reply does not count; empty: it does.
std::string fault_of(const net::Reply& reply) {
  if (reply.outcome != net::Outcome::kAnswered) return reply.why;
  const auto& message = reply.message;
  const bool says = message.rcode == dns::Rcode::kNoError || message.rcode == dns::Rcode::kNxDomain;
  if (!says) return fmt::format("answers {}", dns::to_text(message.rcode));
  if (!message.head.is_authoritative()) return "answers without authority";
  return {};
}

std::optional<SoaShown> soa_in(const std::vector<MessageRecord>& section, dns::NameView zone) {
  for (const auto& record : section) {
    const bool is_soa = record.type == RrType::kSoa && record.rdata.size() > kSoaNumbers;
    if (!is_soa || !dns::equal(record.owner, zone)) continue;
    const auto* number = record.rdata.data() + record.rdata.size() - kSoaNumbers;
    SoaShown soa{.serial = load_u32(number)};
    soa.refresh = seconds(load_u32(number + 4));
    soa.retry = seconds(load_u32(number + 8));
    soa.expire = seconds(load_u32(number + 12));
    soa.negative_ttl = seconds(std::min(load_u32(number + 16), record.ttl));
    return soa;
  }
  return std::nullopt;
}

/// Goes on to where aliases lead. \returns why it cannot be followed; empty: it can.
std::string follow(const dns::Message& message, dns::NameView zone, dns::Name& name,
                   ServerAnswer& answer) {
  for (std::size_t step = 0; step < kMaxAliases; ++step) {
    const auto alias = std::ranges::find_if(message.answers, [&](const MessageRecord& record) {
      return record.type == RrType::kCname && dns::equal(record.owner, name);
    });
    if (alias == message.answers.end()) return {};
    if (dns::wire_name_length(alias->rdata) != alias->rdata.size()) return "shows a bad alias";
    name = dns::Name(dns::NameView(alias->rdata));
    answer.alias_ttl = std::max(answer.alias_ttl, seconds(alias->ttl));
    answer.target = dns::to_canonical_text(name);
    if (dns::is_at_or_below(name, zone)) continue;
    return fmt::format("shows an alias that leads out of the zone, to {}", answer.target);
  }
  return "shows a loop of aliases";
}

void enter_signature(const MessageRecord& record, sys_seconds now, ServerAnswer& answer) {
  if (record.rdata.size() <= kRrsigHead) return;
  const auto* field = record.rdata.data();
  if (load_u16(field) != static_cast<std::uint16_t>(RrType::kTlsa)) return;
  const auto until = from_rrsig_time(load_u32(field + 8), now);
  const auto from = from_rrsig_time(load_u32(field + 12), now);
  answer.is_signed |= from <= now && now < until;
  answer.signed_until = std::max(answer.signed_until.value_or(until), until);
}

void enter_records(const dns::Message& message, const dns::Name& name, sys_seconds now,
                   ServerAnswer& answer) {
  for (const auto& record : message.answers) {
    if (!dns::equal(record.owner, name)) continue;
    if (record.type == RrType::kRrsig) enter_signature(record, now, answer);
    if (record.type != RrType::kTlsa || record.rdata.size() < kLeastTlsa) continue;
    answer.records.insert(record.rdata);
    answer.ttl = std::max(answer.ttl, seconds(record.ttl));
  }
  if (!answer.records.empty()) return;
  answer.ttl = answer.soa.negative_ttl;
  // RFC 4035 section 3.1.3: a denial comes with signed NSEC or NSEC3.
  answer.is_signed = std::ranges::any_of(message.authorities, [](const MessageRecord& record) {
    return record.type == RrType::kRrsig;
  });
}

/// Questions to one server: the zone's SOA, then the owner.
struct Purpose {
  std::size_t task = 0;
  NamedServer server{};
  bool is_listed = true;
};

class Round {
 public:
  Round(const std::vector<OwnerTask>& tasks, const LookOptions& options)
      : tasks_(tasks), options_(options) {}

  std::vector<OwnerLook> run() {
    looks_.resize(tasks_.size());
    auto resolver = open_resolver();
    if (!resolver) {
      for (auto& look : looks_) look.why = resolver.error().message();
    } else {
      ServerSearch search(*std::move(resolver), limits(), options_.port);
      for (std::size_t i = 0; i < tasks_.size(); ++i) find_servers(search, i);
    }
    for (std::size_t i = 0; i < tasks_.size(); ++i) add_others(i);
    const auto replies = net::ask_all(inquiries_, limits());
    for (std::size_t i = 0; i < purposes_.size(); ++i) {
      take(purposes_[i], replies[2 * i], replies[2 * i + 1]);
    }
    return std::move(looks_);
  }

 private:
  [[nodiscard]] net::AskLimits limits() const {
    return {.attempt = options_.attempt, .whole = options_.asking, .now = options_.now};
  }

  [[nodiscard]] Result<net::Resolver> open_resolver() const {
    using Source = net::ResolverOptions::Source;
    // Validation would keep servers of a zone that is broken from being found.
    return net::Resolver::open(
        {.source = options_.resolvers.empty() ? Source::kSystem : Source::kForward,
         .forwarders = options_.resolvers,
         .validation = net::ResolverOptions::Validation::kOff,
         .now = options_.now,
         .whole = options_.search});
  }

  void find_servers(ServerSearch& search, std::size_t index) {
    const auto& task = tasks_[index];
    const auto& found = task.zone ? search.of_zone(*task.zone) : search.of_owner(task.owner);
    auto& look = looks_[index];
    look.zone = found.zone;
    look.why = found.why;
    for (const auto& server : found.servers) add(index, server, true);
  }

  /// Configured servers, and those of before.
  void add_others(std::size_t index) {
    const auto& task = tasks_[index];
    auto& look = looks_[index];
    if (task.zone) look.zone = task.zone;
    if (!look.zone) return;
    for (const auto& endpoint : task.configured) add(index, {{}, endpoint}, true);
    for (const auto& server : task.known) add(index, server, false);
  }

  void add(std::size_t index, const NamedServer& server, bool is_listed) {
    const bool is_known = std::ranges::any_of(purposes_, [&](const Purpose& purpose) {
      return purpose.task == index && purpose.server.endpoint == server.endpoint;
    });
    if (is_known) return;
    const auto& zone = looks_[index].zone;
    DW_CHECK(zone.has_value(), "servers are of a zone");
    net::Inquiry inquiry{.server = server.endpoint, .name = *zone, .is_dnssec_ok = true};
    inquiries_.push_back(inquiry);
    inquiry.name = tasks_[index].owner;
    inquiry.type = RrType::kTlsa;
    inquiries_.push_back(std::move(inquiry));
    purposes_.push_back({.task = index, .server = server, .is_listed = is_listed});
  }

  void take(const Purpose& purpose, const net::Reply& soa, const net::Reply& tlsa) {
    auto& look = looks_[purpose.task];
    DW_CHECK(look.zone.has_value(), "servers are of a zone");
    auto answer = read_answer(tasks_[purpose.task], *look.zone, soa, tlsa, options_.now);
    answer.server = purpose.server;
    answer.is_listed = purpose.is_listed;
    look.answers.push_back(std::move(answer));
  }

  const std::vector<OwnerTask>& tasks_;
  const LookOptions& options_;
  std::vector<OwnerLook> looks_;
  std::vector<net::Inquiry> inquiries_;  ///< two a purpose
  std::vector<Purpose> purposes_;
};

}  // namespace

ServerAnswer read_answer(const OwnerTask& task, dns::NameView zone, const net::Reply& soa,
                         const net::Reply& tlsa, sys_seconds now) {
  ServerAnswer answer;
  for (const auto* reply : {&soa, &tlsa}) {
    answer.why = fault_of(*reply);
    if (answer.why.empty()) continue;
    const bool is_answer = reply->outcome == net::Outcome::kAnswered;
    answer.kind = is_answer ? ServerAnswer::Kind::kLame : ServerAnswer::Kind::kSilent;
    return answer;
  }
  answer.kind = ServerAnswer::Kind::kLame;
  const auto shown = soa_in(soa.message.answers, zone);
  if (!shown) {
    answer.why = fmt::format("does not show the SOA of {}", dns::to_text(zone));
    return answer;
  }
  answer.soa = *shown;
  auto name = task.owner;
  answer.why = follow(tlsa.message, zone, name, answer);
  if (!answer.why.empty()) return answer;
  answer.kind = ServerAnswer::Kind::kShows;
  enter_records(tlsa.message, name, now, answer);
  return answer;
}

std::vector<OwnerLook> look_all(const std::vector<OwnerTask>& tasks, const LookOptions& options) {
  return tasks.empty() ? std::vector<OwnerLook>() : Round(tasks, options).run();
}

}  // namespace danewerk::update
