#include "observe/look.h"

#include <algorithm>

#include "dns/serial.h"
#include "observe/parent_search.h"

namespace danewerk::observe {

namespace {

using Time = std::chrono::steady_clock;

/// A question, and whose look its answer belongs to.
struct Purpose {
  enum class Kind : std::uint8_t { kSoa, kDnskey, kDs, kTlsa };
  Kind kind = Kind::kSoa;
  std::size_t task = 0;
  ParentServer parent{};  ///< of kDs
};

class Round {
 public:
  Round(const std::vector<LookTask>& tasks, const LookOptions& options)
      : tasks_(tasks), options_(options), end_(Time::now() + options.timeout) {}

  std::vector<Look> run() {
    for (const auto& task : tasks_) {
      auto& look = looks_.emplace_back();
      look.zone = task.zone;
      look.keys = task.keys;
      look.asked_secondaries = task.asks_secondaries;
      for (const auto& one : task.secondaries) look.listed.push_back(to_text(one.endpoint));
    }
    const auto parents = search();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      ask_secondaries(i);
      ask_parents(i, parents);
    }
    const auto replies = net::ask_all(inquiries_, limits(end_));
    for (std::size_t i = 0; i < replies.size(); ++i) take(purposes_[i], replies[i], inquiries_[i]);
    for (auto& look : looks_) {
      look.parents.answers = one_voice_a_server(std::move(look.parents.answers));
    }
    return std::move(looks_);
  }

 private:
  [[nodiscard]] net::AskLimits limits(Time::time_point end) const {
    const auto left = std::chrono::duration_cast<net::milliseconds>(end - Time::now());
    return {.attempt = options_.attempt,
            .whole = std::max(left, net::milliseconds(0)),
            .sockets = options_.sockets,
            .now = options_.now};
  }

  [[nodiscard]] std::map<std::string, ParentsFound> search() const {
    std::vector<dns::Name> zones;
    for (const auto& task : tasks_) {
      if (task.parents == LookTask::Parents::kAuto) zones.push_back(task.zone);
    }
    // What is left is for asking the servers that are found.
    return find_parents(zones, options_, limits(Time::now() + options_.timeout / 2));
  }

  void ask_secondaries(std::size_t index) {
    const auto& task = tasks_[index];
    for (const auto& one : task.secondaries) {
      net::Inquiry inquiry{.server = one.endpoint, .name = task.zone, .tsig = one.tsig};
      if (task.asks_secondaries) add(inquiry, {.kind = Purpose::Kind::kSoa, .task = index});
      inquiry.type = dns::RrType::kDnskey;
      if (task.asks_dnskey) add(inquiry, {.kind = Purpose::Kind::kDnskey, .task = index});
      if (task.asks_secondaries) ask_tlsa(index, std::move(inquiry));
    }
  }

  void ask_tlsa(std::size_t index, net::Inquiry inquiry) {
    inquiry.type = dns::RrType::kTlsa;
    inquiry.is_dnssec_ok = true;
    for (const auto& owner : tasks_[index].tlsa_owners) {
      inquiry.name = owner;
      add(inquiry, {.kind = Purpose::Kind::kTlsa, .task = index});
    }
  }

  void ask_parents(std::size_t index, const std::map<std::string, ParentsFound>& parents) {
    const auto& task = tasks_[index];
    auto& answer = looks_[index].parents;
    answer.was_asked = task.parents != LookTask::Parents::kNobody;
    std::vector<ParentServer> servers;
    if (task.parents == LookTask::Parents::kServers) {
      for (const auto& endpoint : task.parent_servers) servers.push_back({.endpoint = endpoint});
      if (servers.empty()) answer.why = "no parent server is listed";
    }
    if (task.parents == LookTask::Parents::kAuto) {
      const auto& found = parents.at(dns::to_canonical_text(task.zone.view()));
      servers = found.servers;
      answer.why = found.why;
    }
    for (auto& server : servers) {
      add({.server = server.endpoint, .name = task.zone, .type = dns::RrType::kDs},
          {.kind = Purpose::Kind::kDs, .task = index, .parent = server});
    }
  }

  void add(net::Inquiry inquiry, Purpose purpose) {
    inquiries_.push_back(std::move(inquiry));
    purposes_.push_back(std::move(purpose));
  }

  void take(Purpose& purpose, const net::Reply& reply, const net::Inquiry& inquiry) {
    auto& look = looks_[purpose.task];
    switch (purpose.kind) {
      case Purpose::Kind::kSoa:
        look.secondaries.push_back(read_soa_answer(to_text(inquiry.server), look.zone, reply));
        break;
      case Purpose::Kind::kDnskey:
        look.dnskeys.push_back(read_dnskey_answer(to_text(inquiry.server), look.zone, reply));
        break;
      case Purpose::Kind::kTlsa:
        look.tlsa.push_back(
            {.address = to_text(inquiry.server),
             .owner = dns::to_canonical_text(inquiry.name),
             .shown = read_tlsa_answer(
                 {.owner = inquiry.name, .zone = look.zone, .now = options_.now}, reply)});
        break;
      case Purpose::Kind::kDs:
        look.parents.answers.push_back(read_ds_answer(std::move(purpose.parent), look.zone, reply));
        break;
    }
  }

  const std::vector<LookTask>& tasks_;
  const LookOptions& options_;
  Time::time_point end_;
  std::vector<Look> looks_;
  std::vector<net::Inquiry> inquiries_;
  std::vector<Purpose> purposes_;
};

void note_serial(model::ZoneState& state, std::uint32_t serial) {
  const bool is_larger =
      !state.largest_serial || dns::Serial(serial).is_after(dns::Serial(*state.largest_serial));
  if (is_larger) state.largest_serial = serial;
}

}  // namespace

std::vector<Look> look_all(const std::vector<LookTask>& tasks, const LookOptions& options) {
  return Round(tasks, options).run();
}

Look look(const LookTask& task, const LookOptions& options) {
  return std::move(look_all({task}, options).front());
}

void enter(const Look& look, model::ZoneState& state, sys_seconds now, Findings& findings) {
  list_secondaries(state.facts, look.listed);
  if (look.asked_secondaries) {
    enter_secondaries(state.facts, look.secondaries, now, findings);
    for (const auto& answer : look.secondaries) {
      if (answer.kind == SecondaryAnswer::Kind::kServes) note_serial(state, answer.serial);
    }
    if (!look.listed.empty()) state.facts.looked = now;
  }
  enter_ds(state.facts, {.parents = look.parents, .zone = look.zone, .keys = look.keys, .now = now},
           findings);
  if (look.parents.was_asked) state.facts.looked_at_ds = now;
}

}  // namespace danewerk::observe
