#include "engine/elsewhere_owners.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dns/rdata_text.h"
#include "engine/pass_clock.h"
#include "engine/signature_schedule.h"
#include "update/ids.h"

namespace danewerk::engine {

namespace {

namespace ids = update::ids;
using config::Certificate;

dns::Name name_of(const std::string& text) {
  const auto name = dns::name_from_text(text);
  DW_CHECK(name.has_value(), "what is configured, and what is remembered, are names");
  return *name;
}

const model::Elsewhere& elsewhere_of(const model::TlsaOwner& owner) {
  DW_CHECK(owner.elsewhere.has_value(), "the owner is in a zone of others");
  return *owner.elsewhere;
}

/// "+ 3 1 1 0123abcd...".
std::string text_of(const update::Difference& difference) {
  std::vector<std::string> parts;
  parts.reserve(difference.add.size() + difference.remove.size());
  for (const auto& rdata : difference.add) parts.push_back("+ " + model::label(rdata));
  for (const auto& rdata : difference.remove) parts.push_back("- " + model::label(rdata));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// As a zone file has it.
std::string record_text(const model::TlsaOwner& owner, const Bytes& rdata, seconds ttl) {
  return fmt::format("{} {} IN TLSA {}", owner.place(), ttl.count(),
                     dns::rdata_to_text(dns::RrType::kTlsa, rdata));
}

}  // namespace

update::Network& ElsewhereOwners::network() {
  return pass_.network == nullptr ? own_ : *pass_.network;
}

void ElsewhereOwners::add(const std::string& name, const Certificate::Update& update,
                          std::optional<model::TlsaOwner> remembered) {
  if (owners_.contains(name)) return;
  auto owner = remembered ? *std::move(remembered) : update::unknown_owner(name);
  // It was in a zone of ours before: what its servers show now is what counts.
  if (!owner.elsewhere) owner = update::unknown_owner(name);
  owners_.emplace(name, Elsewhere{.update = &update, .owner = std::move(owner)});
}

update::OwnerTask ElsewhereOwners::task_for(const Elsewhere& one) const {
  update::OwnerTask task{.owner = name_of(one.owner.name),
                         .known = update::known_servers(one.owner)};
  if (!one.update->zone.empty()) task.zone = name_of(one.update->zone);
  for (const auto& server : one.update->servers) {
    task.configured.push_back({.address = server.address, .port = server.port});
  }
  return task;
}

void ElsewhereOwners::look() {
  std::vector<Elsewhere*> asked;
  for (auto& [name, one] : owners_) {
    if (update::wants_look(one.owner, pass_.now).is_now) asked.push_back(&one);
  }
  ask(asked);
}

std::vector<std::string> ElsewhereOwners::look_again(
    const std::vector<const model::TlsaOwner*>& owners) {
  std::vector<Elsewhere*> asked;
  std::vector<const model::TlsaOwner*> before;
  for (const auto* owner : owners) {
    auto& one = owners_.at(owner->name);
    if (one.is_asked) continue;
    one.owner = *owner;
    asked.push_back(&one);
    before.push_back(owner);
  }
  ask(asked);
  std::vector<std::string> news;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (asked[i]->owner != *before[i]) news.push_back(before[i]->name);
  }
  return news;
}

void ElsewhereOwners::ask(const std::vector<Elsewhere*>& asked) {
  if (asked.empty()) return;
  std::vector<update::OwnerTask> tasks;
  tasks.reserve(asked.size());
  for (const auto* one : asked) tasks.push_back(task_for(*one));
  const auto looks = network().look_all(tasks, {.now = pass_.now, .resolvers = pass_.resolvers});
  for (std::size_t i = 0; i < looks.size(); ++i) {
    update::enter(looks[i], asked[i]->owner, pass_.now, asked[i]->findings);
    asked[i]->is_asked = true;
  }
}

Result<KnownOwner> ElsewhereOwners::load(const std::string& name,
                                         const model::BindingPolicy& policy,
                                         std::vector<model::Event>& events) {
  auto& one = owners_.at(name);
  const auto& elsewhere = elsewhere_of(one.owner);
  if (elsewhere.version == 0) {
    return fail(Errc::kUnavailable,
                fmt::format("what stands at {} is not known: {}", name, elsewhere.trouble),
                "`zone` and `servers` of its `update` say whom to ask");
  }
  KnownOwner known{.facts = update::facts_of(one.owner, pass_.now)};
  known.held = known.facts.held;
  if (known.held.empty()) {
    known.held = judge_gap({.now = pass_.now, .last_pass = pass_.last_pass},
                           refresh_of(known.policy, known.facts));
  }
  known.policy.propagation_delay = one.update->propagation_delay;
  known.version = elsewhere.version;
  auto advanced = rollover::advance(one.owner,
                                    {.facts = known.facts,
                                     .policy = known.policy,
                                     .now = pass_.now,
                                     .next_version = elsewhere.version + 1},
                                    policy);
  add_moves(advanced, elsewhere.zone, pass_.now, events);
  known.view = std::move(advanced.view);
  return known;
}

Findings ElsewhereOwners::findings(const std::string& name) const {
  const auto& one = owners_.at(name);
  auto findings = one.findings;
  update::tell(one.owner, pass_.now, findings);
  return findings;
}

sys_seconds ElsewhereOwners::next_look(const model::TlsaOwner& owner) const {
  return update::wants_look(owner, pass_.now).next;
}

bool ElsewhereOwners::intend(std::vector<ElsewhereWish>& wishes) const {
  bool is_any_new = false;
  for (auto& wish : wishes) {
    wish.is_new = update::intend(*wish.owner, wish.wanted, pass_.now, wish.findings);
    is_any_new |= wish.is_new;
  }
  return is_any_new;
}

Result<std::shared_ptr<const net::TsigKey>> ElsewhereOwners::tsig(const std::string& name) {
  auto& known = secrets_[name];
  if (known) return known;
  const auto& key = pass_.config->tsig.at(name);
  DW_TRY(auto read, net::read_tsig_key(key.name, key.algorithm, key.secret_file));
  known = std::make_shared<const net::TsigKey>(std::move(read));
  return known;
}

Result<update::SendTask> ElsewhereOwners::send_task(const ElsewhereWish& wish,
                                                    const Certificate::Update& update,
                                                    const update::Difference& difference) {
  DW_CHECK(update.server.has_value(), "there is somebody to send to");
  update::SendTask task{.server = {.address = update.server->address, .port = update.server->port}};
  DW_TRY(task.tsig, tsig(update.tsig));
  dns::Update message{.zone = name_of(elsewhere_of(*wish.owner).zone)};
  update::add_to(message, name_of(wish.owner->place()), difference);
  task.update = std::make_shared<const dns::Update>(std::move(message));
  return task;
}

void ElsewhereOwners::send(std::vector<ElsewhereWish>& wishes) {
  std::vector<update::SendTask> tasks;
  std::vector<ElsewhereWish*> sending;
  for (auto& wish : wishes) {
    const auto& update = *owners_.at(wish.owner->name).update;
    if (!update.server) {
      ask_operator(wish);
      continue;
    }
    const auto difference = update::to_send(*wish.owner, wish.wanted, pass_.now, wish.findings);
    if (!difference) continue;
    auto task = send_task(wish, update, *difference);
    if (!task) {
      wish.findings.add({.id = ids::kNotSent,
                         .level = Level::kError,
                         .message = task.error().message(),
                         .owner = wish.owner->name,
                         .hint = task.error().hint()});
      continue;
    }
    const auto news = update::to_do(*wish.owner, wish.wanted);
    wish.what = fmt::format("{}: {} sent to {}", wish.owner->place(),
                            text_of(news.is_empty() ? *difference : news), to_text(task->server));
    tasks.push_back(*std::move(task));
    sending.push_back(&wish);
  }
  if (tasks.empty()) return;
  const auto sent = network().send_all(tasks, {.now = pass_.now});
  for (std::size_t i = 0; i < sent.size(); ++i) {
    enter(sent[i], to_text(tasks[i].server), *sending[i]);
  }
}

void ElsewhereOwners::enter(const update::Sent& sent, const std::string& server,
                            ElsewhereWish& wish) const {
  if (sent.outcome == update::Sent::Outcome::kAccepted) {
    update::note_accepted(*wish.owner, wish.wanted, pass_.now);
    return;
  }
  wish.what.clear();
  const bool is_refused = sent.outcome == update::Sent::Outcome::kRefused;
  wish.findings.add({.id = is_refused ? ids::kRefused : ids::kNotSent,
                     .level = Level::kError,
                     .message = fmt::format("{} {}", server, sent.why),
                     .owner = wish.owner->name,
                     .hint = sent.hint.empty() ? "the next pass sends it again" : sent.hint});
}

void ElsewhereOwners::ask_operator(ElsewhereWish& wish) const {
  const auto& owner = *wish.owner;
  const auto difference = update::to_do(owner, wish.wanted);
  const auto ask = [&](std::string_view verb, const Bytes& rdata) {
    const auto text = fmt::format("{} zone {}: {}", verb, elsewhere_of(owner).zone,
                                  record_text(owner, rdata, difference.ttl));
    wish.findings.add({.id = ids::kByHand,
                       .level = Level::kWarning,
                       .message = text,
                       .owner = owner.name,
                       .hint = "it counts as done when the zone's servers show it"});
    wish.waits.push_back({.subject = owner.name,
                          .rule = ids::kByHand,
                          .reason = text,
                          .since = owner.versions.back().made,
                          .is_operators = true});
  };
  for (const auto& rdata : difference.add) ask("add to", rdata);
  for (const auto& rdata : difference.remove) ask("take out of", rdata);
}

}  // namespace danewerk::engine
