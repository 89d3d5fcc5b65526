#include "net/resolver_answer.h"

#include <algorithm>

namespace danewerk::net {

namespace {

using dns::MessageRecord;
using dns::RrType;

/// More aliases than that are a loop, or as good as one.
constexpr std::size_t kMaxAliases = 16;
/// Octets of RRSIG before the signer's name (RFC 4034 section 3.1).
constexpr std::size_t kRrsigHead = 18;

void follow_aliases(const dns::Message& message, Lookup& lookup) {
  while (lookup.aliases.size() < kMaxAliases) {
    const auto alias = std::ranges::find_if(message.answers, [&](const MessageRecord& record) {
      return record.type == RrType::kCname && dns::equal(record.owner, lookup.last);
    });
    // Asked for the alias itself, that is what the answer is.
    if (alias == message.answers.end() || lookup.question.type == RrType::kCname) return;
    if (dns::wire_name_length(alias->rdata) != alias->rdata.size()) return;
    dns::Name target{dns::NameView(alias->rdata)};
    lookup.aliases.push_back({.from = lookup.last, .to = target, .ttl = alias->ttl});
    lookup.last = std::move(target);
  }
}

void enter_signature(const MessageRecord& record, sys_seconds now, Lookup& lookup) {
  if (record.rdata.size() <= kRrsigHead) return;
  const auto* field = record.rdata.data();
  const Lookup::Signature one{.inception = from_rrsig_time(load_u32(field + 12), now),
                              .expiration = from_rrsig_time(load_u32(field + 8), now)};
  if (!lookup.signature || one.expiration < lookup.signature->expiration) lookup.signature = one;
  const auto signer = ByteView(record.rdata).subspan(kRrsigHead);
  const auto size = dns::wire_name_length(signer);
  if (size != 0 && dns::equal(record.owner, lookup.last)) {
    lookup.zone = dns::Name(dns::NameView(signer.first(size)));
  }
}

}  // namespace

Result<void> enter_answer(ByteView packet, sys_seconds now, Lookup& lookup) {
  DW_TRY(const auto message, dns::read_message(packet));
  follow_aliases(message, lookup);
  auto ttl = dns::kMaxTtl;
  for (const auto& alias : lookup.aliases) ttl = std::min(ttl, alias.ttl);
  for (const auto& record : message.answers) {
    if (record.type == RrType::kRrsig) enter_signature(record, now, lookup);
    if (record.type != lookup.question.type || !dns::equal(record.owner, lookup.last)) continue;
    lookup.records.push_back(record.rdata);
    ttl = std::min(ttl, record.ttl);
  }
  std::ranges::sort(lookup.records);
  lookup.ttl = ttl == dns::kMaxTtl ? 0 : ttl;
  // RFC 2308 section 3: nothing there, and the zone that says so.
  for (const auto& record : message.authorities) {
    const bool tells = !lookup.zone && record.type == RrType::kSoa &&
                       dns::is_at_or_below(lookup.last, record.owner);
    if (tells) lookup.zone = record.owner;
  }
  return {};
}

}  // namespace danewerk::net
