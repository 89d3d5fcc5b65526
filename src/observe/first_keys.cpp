#include "observe/first_keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "observe/look.h"

namespace danewerk::observe {

namespace {

/// The same key whatever its flags: revoking does not make it another.
bool is_held(const model::Dnskey& key, const std::vector<model::Dnskey>& held) {
  return std::ranges::any_of(held, [&](const model::Dnskey& other) {
    return other.algorithm == key.algorithm && other.public_key == key.public_key;
  });
}

bool is_of_held(dns::NameView zone, ByteView ds, const std::vector<model::Dnskey>& held) {
  return std::ranges::any_of(
      held, [&](const model::Dnskey& key) { return match_ds(zone, key, ds) != DsMatch::kNone; });
}

void judge_secondary(const DnskeyAnswer& answer, const std::vector<model::Dnskey>& held,
                     FirstKeys& judged) {
  for (const auto& key : answer.keys) {
    if (is_held(key, held)) continue;
    judged.foreign.push_back(fmt::format("secondary {} shows DNSKEY {} (algorithm {})",
                                         answer.address, key.tag(), key.algorithm));
  }
}

void judge_parent(dns::NameView zone, const DsAnswer& answer,
                  const std::vector<model::Dnskey>& held, FirstKeys& judged) {
  const auto server = to_text(answer.server);
  if (answer.kind == DsAnswer::Kind::kSilent) {
    judged.unanswered.push_back(fmt::format("parent server {} {}", server, answer.why));
  }
  for (const auto& ds : answer.ds) {
    if (is_of_held(zone, ds, held)) continue;
    judged.foreign.push_back(fmt::format("parent server {} shows DS {} (algorithm {})", server,
                                         load_u16(ds.data()), ds[2]));
  }
}

}  // namespace

DnskeyAnswer read_dnskey_answer(std::string address, dns::NameView zone, const net::Reply& reply) {
  DnskeyAnswer answer{.address = std::move(address), .why = reply.why};
  if (reply.outcome != net::Outcome::kAnswered) return answer;
  const auto rcode = reply.message.rcode;
  answer.is_answered = rcode == dns::Rcode::kNoError || rcode == dns::Rcode::kNxDomain;
  if (!answer.is_answered) {
    answer.why = fmt::format("answers {} when asked for DNSKEY", dns::to_text(rcode));
  }
  for (const auto& record : reply.message.answers) {
    if (record.type != dns::RrType::kDnskey || !dns::equal(record.owner, zone)) continue;
    if (auto key = model::dnskey_from_rdata(record.rdata)) answer.keys.push_back(*std::move(key));
  }
  return answer;
}

FirstKeys judge_first_keys(const Look& look, const std::vector<model::Dnskey>& held) {
  FirstKeys judged;
  for (const auto& answer : look.dnskeys) judge_secondary(answer, held, judged);
  for (const auto& answer : look.parents.answers) judge_parent(look.zone, answer, held, judged);
  if (look.parents.was_asked && look.parents.answers.empty()) {
    judged.unanswered.push_back(look.parents.why);
  }
  return judged;
}

}  // namespace danewerk::observe
