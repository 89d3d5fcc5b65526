#include "observe/tlsa_answer.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::observe {

using dns::MessageRecord;
using dns::RrType;

namespace {

/// Usage, selector, matching type, and something to match (RFC 6698 section 2.1).
constexpr std::size_t kLeastTlsa = 4;
/// Octets of RRSIG before the signer's name (RFC 4034 section 3.1).
constexpr std::size_t kRrsigHead = 18;
/// More aliases than that are a loop, or as good as one.
constexpr std::size_t kMaxAliases = 16;

/// Goes on to where aliases lead. \returns why it cannot be followed; empty: it can.
std::string follow(const dns::Message& message, dns::NameView zone, dns::Name& name,
                   TlsaShown& shown) {
  for (std::size_t step = 0; step < kMaxAliases; ++step) {
    const auto alias = std::ranges::find_if(message.answers, [&](const MessageRecord& record) {
      return record.type == RrType::kCname && dns::equal(record.owner, name);
    });
    if (alias == message.answers.end()) return {};
    if (dns::wire_name_length(alias->rdata) != alias->rdata.size()) return "shows a bad alias";
    name = dns::Name(dns::NameView(alias->rdata));
    shown.alias_ttl = std::max(shown.alias_ttl, seconds(alias->ttl));
    shown.target = dns::to_canonical_text(name);
    if (dns::is_at_or_below(name, zone)) continue;
    return fmt::format("shows an alias that leads out of the zone, to {}", shown.target);
  }
  return "shows a loop of aliases";
}

void enter_signature(const MessageRecord& record, sys_seconds now, TlsaShown& shown) {
  if (record.rdata.size() <= kRrsigHead) return;
  const auto* field = record.rdata.data();
  if (load_u16(field) != static_cast<std::uint16_t>(RrType::kTlsa)) return;
  const auto until = from_rrsig_time(load_u32(field + 8), now);
  const auto from = from_rrsig_time(load_u32(field + 12), now);
  shown.is_signed |= from <= now && now < until;
  shown.signed_until = std::max(shown.signed_until.value_or(until), until);
}

void enter_records(const dns::Message& message, const dns::Name& name, sys_seconds now,
                   TlsaShown& shown) {
  for (const auto& record : message.answers) {
    if (!dns::equal(record.owner, name)) continue;
    if (record.type == RrType::kRrsig) enter_signature(record, now, shown);
    if (record.type != RrType::kTlsa || record.rdata.size() < kLeastTlsa) continue;
    shown.records.insert(record.rdata);
    shown.ttl = std::max(shown.ttl, seconds(record.ttl));
  }
  if (!shown.records.empty()) return;
  // RFC 4035 section 3.1.3: a denial comes with signed NSEC or NSEC3.
  shown.is_signed = std::ranges::any_of(message.authorities, [](const MessageRecord& record) {
    return record.type == RrType::kRrsig;
  });
}

}  // namespace

std::string fault_of(const net::Reply& reply) {
  if (reply.outcome != net::Outcome::kAnswered) return reply.why;
  const auto& message = reply.message;
  const bool says = message.rcode == dns::Rcode::kNoError || message.rcode == dns::Rcode::kNxDomain;
  if (!says) return fmt::format("answers {}", dns::to_text(message.rcode));
  if (!message.head.is_authoritative()) return "answers without authority";
  return {};
}

TlsaShown read_tlsa_answer(const TlsaQuestion& question, const net::Reply& reply) {
  TlsaShown shown{.why = fault_of(reply)};
  if (!shown.why.empty()) return shown;
  auto name = question.owner;
  shown.why = follow(reply.message, question.zone, name, shown);
  if (shown.why.empty()) enter_records(reply.message, name, question.now, shown);
  return shown;
}

}  // namespace danewerk::observe
