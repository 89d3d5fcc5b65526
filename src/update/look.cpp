#include "update/look.h"

#include <algorithm>

#include <fmt/format.h>

#include "observe/tlsa_answer.h"

namespace danewerk::update {

namespace {

using dns::MessageRecord;
using dns::RrType;

/// The five numbers at the end of an SOA (RFC 1035 section 3.3.13).
constexpr std::size_t kSoaNumbers = 20;

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
    answer.why = observe::fault_of(*reply);
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
  auto found =
      observe::read_tlsa_answer({.owner = task.owner, .zone = dns::Name(zone), .now = now}, tlsa);
  answer.alias_ttl = found.alias_ttl;
  answer.target = std::move(found.target);
  answer.why = std::move(found.why);
  if (!answer.why.empty()) return answer;
  answer.kind = ServerAnswer::Kind::kShows;
  answer.ttl = found.records.empty() ? answer.soa.negative_ttl : found.ttl;
  answer.records = std::move(found.records);
  answer.is_signed = found.is_signed;
  answer.signed_until = found.signed_until;
  return answer;
}

std::vector<OwnerLook> look_all(const std::vector<OwnerTask>& tasks, const LookOptions& options) {
  return tasks.empty() ? std::vector<OwnerLook>() : Round(tasks, options).run();
}

}  // namespace danewerk::update
