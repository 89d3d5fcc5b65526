#include "observe/secondaries.h"

#include <algorithm>

#include <fmt/format.h>

#include "dns/rdata_text.h"
#include "dns/serial.h"
#include "observe/ids.h"

namespace danewerk::observe {

namespace {

using dns::Serial;
using model::Facts;
using model::Secondary;
using model::VersionNumber;

/// A server that is restarted is silent for a while: no reason to call anybody.
constexpr seconds kPatience = std::chrono::hours(1);

/// What a serial says about the version.
struct Held {
  enum class Kind : std::uint8_t { kVersion, kOlder, kForeign };
  Kind kind = Kind::kForeign;
  VersionNumber version = 0;
};

Held held_version(const Facts& facts, std::uint32_t serial) {
  const auto& all = facts.publications;
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const model::Publication& one) {
    return one.serial == serial;
  });
  if (found != all.rend()) return {Held::Kind::kVersion, found->version};
  // Publications are forgotten from the oldest on.
  const bool is_older = !all.empty() && Serial(all.front().serial).is_after(Serial(serial));
  return {is_older ? Held::Kind::kOlder : Held::Kind::kForeign, 0};
}

/// Since when there is something newer than VERSION, published; none: there is nothing newer.
std::optional<sys_seconds> superseded(const Facts& facts, VersionNumber version) {
  for (const auto& one : facts.publications) {
    if (one.version > version && one.published) return one.published;
  }
  return std::nullopt;
}

seconds largest_expire(const Facts& facts) {
  seconds largest(0);
  for (const auto& entry : facts.ledger) {
    if (entry.kind == model::LedgerKind::kExpire) largest = std::max(largest, entry.value);
  }
  return largest;
}

void drop_sights_after(Secondary& secondary, VersionNumber version) {
  std::erase_if(secondary.seen, [&](const auto& sight) { return sight.version > version; });
}

/// Nobody asks for versions before the oldest publication; the newest sight says where it stands.
void prune_sights(const Facts& facts, Secondary& secondary) {
  if (facts.publications.empty() || secondary.seen.empty()) return;
  const auto oldest = facts.publications.front().version;
  const auto newest = newest_seen(secondary);
  std::erase_if(secondary.seen, [&](const auto& sight) {
    return sight.version < oldest && sight.version != newest;
  });
}

class Entry {
 public:
  Entry(Facts& facts, sys_seconds now, Findings& findings)
      : facts_(facts), now_(now), findings_(findings) {}

  void enter(Secondary& secondary, const SecondaryAnswer& answer) {
    if (answer.kind != SecondaryAnswer::Kind::kServes) return enter_nothing(secondary, answer);
    secondary.silent_since.reset();
    const auto held = held_version(facts_, answer.serial);
    if (held.version < newest_seen(secondary)) tell_went_back(secondary, answer);
    drop_sights_after(secondary, held.version);
    if (held.kind == Held::Kind::kForeign) return tell_foreign(answer);
    if (held.version > newest_seen(secondary)) secondary.seen.push_back({held.version, now_});
    tell_behind(held.version, answer);
    prune_sights(facts_, secondary);
  }

 private:
  /// It was not seen with anything else: what was seen stays.
  void enter_nothing(Secondary& secondary, const SecondaryAnswer& answer) {
    if (!secondary.silent_since) secondary.silent_since = now_;
    const bool is_lame = answer.kind == SecondaryAnswer::Kind::kLame;
    const bool is_long = now_ - *secondary.silent_since >= kPatience;
    add({.id = is_lame ? ids::kSecondaryLame : ids::kSecondarySilent,
         .level = is_lame || is_long ? Level::kWarning : Level::kInfo,
         .message = fmt::format("secondary {} {}", answer.address, answer.why),
         .hint =
             is_lame ? "look at its log: the transfer may be refused, or the zone expired" : ""});
  }

  void tell_went_back(const Secondary& secondary, const SecondaryAnswer& answer) {
    add({.id = ids::kSecondaryWentBack,
         .level = Level::kWarning,
         .message = fmt::format("secondary {} serves serial {}, and served a newer version ({}) "
                                "before",
                                answer.address, answer.serial, newest_seen(secondary))});
  }

  void tell_foreign(const SecondaryAnswer& answer) {
    // Before anything of ours is published, it serves what another signer made.
    if (facts_.publications.empty()) return;
    add({.id = ids::kSecondaryForeign,
         .level = Level::kWarning,
         .message = fmt::format("secondary {} serves serial {}, which was never published here",
                                answer.address, answer.serial),
         .hint = "does it have another primary?"});
  }

  void tell_behind(VersionNumber version, const SecondaryAnswer& answer) {
    const auto since = superseded(facts_, version);
    if (!since) return;
    const auto usual = std::max(kPatience, facts_.soa_refresh + facts_.soa_retry);
    if (now_ - *since < usual) return;
    const auto expire = largest_expire(facts_);
    const bool is_expired = expire > seconds(0) && now_ - *since >= expire;
    add({.id = ids::kSecondaryBehind,
         .level = is_expired ? Level::kError : Level::kWarning,
         .message =
             fmt::format("secondary {} serves serial {}, which was replaced at {}{}",
                         answer.address, answer.serial, to_text(*since),
                         is_expired ? "; SOA EXPIRE has passed, and it goes on serving" : ""),
         .hint = "look at its log: does it get NOTIFY, may it transfer?"});
  }

  void add(Finding finding) { findings_.add(std::move(finding)); }

  Facts& facts_;
  sys_seconds now_;
  Findings& findings_;
};

}  // namespace

SecondaryAnswer read_soa_answer(std::string address, dns::NameView zone, const net::Reply& reply) {
  SecondaryAnswer answer{.address = std::move(address), .why = reply.why};
  if (reply.outcome != net::Outcome::kAnswered) return answer;
  const auto& message = reply.message;
  answer.kind = SecondaryAnswer::Kind::kLame;
  if (message.rcode != dns::Rcode::kNoError) {
    answer.why = fmt::format("answers {} when asked for the SOA", dns::to_text(message.rcode));
    return answer;
  }
  if (!message.head.is_authoritative()) {
    answer.why = "answers without authority";
    return answer;
  }
  const auto found = std::ranges::find_if(message.answers, [&](const dns::MessageRecord& record) {
    return record.type == dns::RrType::kSoa && record.of_class == dns::kClassIn &&
           dns::equal(record.owner, zone);
  });
  if (found == message.answers.end()) {
    answer.why = "has no SOA in its answer";
    return answer;
  }
  // RFC 1035 section 3.3.13: the first of the five numbers at the end; the reader saw to the rest.
  constexpr std::size_t kNumbers = 20;
  answer.kind = SecondaryAnswer::Kind::kServes;
  answer.serial = load_u32(found->rdata.data() + found->rdata.size() - kNumbers);
  return answer;
}

VersionNumber newest_seen(const Secondary& secondary) {
  VersionNumber newest = 0;
  for (const auto& sight : secondary.seen) newest = std::max(newest, sight.version);
  return newest;
}

void list_secondaries(Facts& facts, const std::vector<std::string>& addresses) {
  std::vector<Secondary> listed;
  for (const auto& address : addresses) {
    const auto known = std::ranges::find(facts.secondaries, address, &Secondary::address);
    listed.push_back(known == facts.secondaries.end() ? Secondary{.address = address} : *known);
  }
  facts.secondaries = std::move(listed);
}

void enter_secondaries(Facts& facts, const std::vector<SecondaryAnswer>& answers, sys_seconds now,
                       Findings& findings) {
  Entry entry(facts, now, findings);
  for (auto& secondary : facts.secondaries) {
    const auto answer = std::ranges::find(answers, secondary.address, &SecondaryAnswer::address);
    if (answer != answers.end()) entry.enter(secondary, *answer);
  }
}

}  // namespace danewerk::observe
