#include "update/send.h"

#include <iterator>

#include <fmt/format.h>

namespace danewerk::update {

namespace {

/// What the server's code means for whoever has to mend it.
struct Meaning {
  std::string_view what;
  std::string_view hint;
};

Meaning meaning_of(dns::Rcode rcode) {
  switch (rcode) {
    case dns::Rcode::kRefused:
      return {"does not let this TSIG key change the zone",
              "allow-update of BIND, an acl with action update of Knot"};
    case dns::Rcode::kNotAuth:
      return {"is not the primary server of the zone", "update: address and zone of danewerk.yaml"};
    case dns::Rcode::kNotZone:
      return {"says that the name is not in the zone", "update: zone of danewerk.yaml"};
    case dns::Rcode::kYxRrset:
      return {"has an alias at the name, beside which no record can stand",
              "the next pass follows the alias"};
    case dns::Rcode::kNotImplemented:
      return {"does not take updates", "update: print tells what to change by hand"};
    case dns::Rcode::kServerFailure:
      return {"failed to do it", "look at its log: it may not be able to write the zone"};
    default:
      return {"refuses the update", "look at its log"};
  }
}

}  // namespace

void add_to(dns::Update& update, const dns::Name& owner, const Difference& difference) {
  using Act = dns::Update::Act;
  if (!difference.add.empty()) update.not_aliases.push_back(owner);
  for (const auto& rdata : difference.add) {
    update.records.push_back({.act = Act::kAdd,
                              .owner = owner,
                              .ttl = static_cast<dns::Ttl>(difference.ttl.count()),
                              .rdata = rdata});
  }
  for (const auto& rdata : difference.remove) {
    update.records.push_back({.act = Act::kDelete, .owner = owner, .rdata = rdata});
  }
}

Sent read_reply(const net::Reply& reply) {
  using Outcome = Sent::Outcome;
  if (reply.outcome != net::Outcome::kAnswered) return {Outcome::kUnknown, reply.why, {}};
  const auto rcode = reply.message.rcode;
  if (rcode == dns::Rcode::kNoError) return {Outcome::kAccepted, {}, {}};
  const auto meaning = meaning_of(rcode);
  return {Outcome::kRefused, fmt::format("{} ({})", meaning.what, dns::to_text(rcode)),
          std::string(meaning.hint)};
}

std::vector<Sent> send_all(const std::vector<SendTask>& tasks, const net::AskLimits& limits) {
  std::vector<net::Inquiry> inquiries;
  inquiries.reserve(tasks.size());
  for (const auto& task : tasks) {
    inquiries.push_back({.server = task.server,
                         .name = task.update->zone,
                         .tsig = task.tsig,
                         .transport = net::Transport::kTcp,
                         .update = task.update});
  }
  std::vector<Sent> sent;
  sent.reserve(tasks.size());
  for (const auto& reply : net::ask_all(inquiries, limits)) sent.push_back(read_reply(reply));
  return sent;
}

}  // namespace danewerk::update
