#include "observe/parents.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "dns/rdata_text.h"

namespace danewerk::observe {

using dns::RrType;

namespace {

bool is_proof_from_above(const dns::Message& message, dns::NameView zone) {
  return std::ranges::any_of(message.authorities, [&](const dns::MessageRecord& record) {
    return record.type == RrType::kSoa && record.of_class == dns::kClassIn &&
           dns::is_at_or_below(zone, record.owner) && !dns::equal(zone, record.owner);
  });
}

std::string why_not(const dns::Message& message) {
  if (message.rcode != dns::Rcode::kNoError && message.rcode != dns::Rcode::kNxDomain) {
    return fmt::format("answers {} when asked for the DS", dns::to_text(message.rcode));
  }
  if (!message.head.is_authoritative()) return "answers without authority over the parent zone";
  return "says neither that there is a DS nor, as the parent, that there is none";
}

}  // namespace

std::string to_text(const ParentServer& server) {
  if (server.name.empty()) return danewerk::to_text(server.endpoint);
  if (server.endpoint.address.empty()) return server.name;
  return fmt::format("{} ({})", server.name, danewerk::to_text(server.endpoint));
}

DsAnswer read_ds_answer(ParentServer server, dns::NameView zone, const net::Reply& reply) {
  DsAnswer answer{.server = std::move(server), .why = reply.why};
  if (reply.outcome != net::Outcome::kAnswered) return answer;
  const auto& message = reply.message;
  answer.why = why_not(message);
  const bool counts = message.head.is_authoritative() && (message.rcode == dns::Rcode::kNoError ||
                                                          message.rcode == dns::Rcode::kNxDomain);
  if (!counts) return answer;
  for (const auto& record : message.answers) {
    const bool is_ds = record.type == RrType::kDs && record.of_class == dns::kClassIn &&
                       dns::equal(record.owner, zone);
    if (!is_ds || !dns::is_well_formed_rdata(RrType::kDs, record.rdata)) continue;
    answer.ds.push_back(record.rdata);
    answer.ttl = std::max(answer.ttl, seconds(record.ttl));
  }
  if (!answer.ds.empty()) {
    answer.kind = DsAnswer::Kind::kShows;
  } else if (message.answers.empty() && is_proof_from_above(message, zone)) {
    answer.kind = DsAnswer::Kind::kNone;
  } else {
    return answer;
  }
  answer.why.clear();
  return answer;
}

std::vector<DsAnswer> one_voice_a_server(std::vector<DsAnswer> answers) {
  std::set<std::string> heard;
  for (const auto& answer : answers) {
    if (answer.kind != DsAnswer::Kind::kSilent) heard.insert(answer.server.name);
  }
  std::erase_if(answers, [&](const DsAnswer& answer) {
    return answer.kind == DsAnswer::Kind::kSilent && !answer.server.name.empty() &&
           heard.contains(answer.server.name);
  });
  return answers;
}

bool ParentsAnswer::is_complete() const {
  return !answers.empty() && std::ranges::none_of(answers, [](const DsAnswer& answer) {
    return answer.kind == DsAnswer::Kind::kSilent;
  });
}

}  // namespace danewerk::observe
