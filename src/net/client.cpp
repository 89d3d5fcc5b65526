#include "net/client.h"

#include <algorithm>
#include <map>

#include <poll.h>

#include "net/exchange.h"

namespace danewerk::net {

namespace {

/// Inquiries that a server may leave without any answer before it is given up.
constexpr unsigned kMaxSilent = 3;

class Round {
 public:
  Round(const std::vector<Inquiry>& inquiries, const AskLimits& limits)
      : inquiries_(inquiries), limits_(limits), replies_(inquiries.size()) {}

  std::vector<Reply> run();

 private:
  struct Running {
    std::size_t index;
    std::unique_ptr<Exchange> exchange;
  };
  struct Manner {
    unsigned silent = 0;
    bool answered = false;
  };
  void fill(Instant now);
  void wait(Instant now);
  void collect();
  void end();

  const std::vector<Inquiry>& inquiries_;
  const AskLimits& limits_;
  std::vector<Reply> replies_;
  std::size_t next_ = 0;
  std::vector<Running> running_;
  std::map<Endpoint, Manner> manners_;
  Instant end_ = std::chrono::steady_clock::now() + limits_.whole;
};

std::vector<Reply> Round::run() {
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end_) break;
    fill(now);
    collect();
    if (running_.empty() && next_ == inquiries_.size()) return std::move(replies_);
    if (!running_.empty()) wait(now);
    collect();
  }
  end();
  return std::move(replies_);
}

void Round::fill(Instant now) {
  while (next_ < inquiries_.size() && running_.size() < std::max<std::size_t>(limits_.sockets, 1)) {
    const auto index = next_++;
    const auto& manner = manners_[inquiries_[index].server];
    if (!manner.answered && manner.silent >= kMaxSilent) {
      replies_[index].why = "does not answer, and did not before";
      continue;
    }
    running_.push_back({index, std::make_unique<Exchange>(inquiries_[index], limits_)});
    running_.back().exchange->begin(now);
  }
}

void Round::wait(Instant now) {
  std::vector<pollfd> sockets;
  sockets.reserve(running_.size());
  auto wake = end_;
  for (const auto& one : running_) {
    sockets.push_back(
        {.fd = one.exchange->socket(), .events = one.exchange->wanted(), .revents = 0});
    wake = std::min(wake, one.exchange->deadline());
  }
  const auto span = std::chrono::ceil<milliseconds>(std::max(wake - now, Instant::duration(0)));
  // Interrupted, or out of memory: the next round looks again, and the deadlines still count.
  if (poll(sockets.data(), sockets.size(), static_cast<int>(span.count())) < 0) sockets.clear();
  const auto later = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const short events = i < sockets.size() ? sockets[i].revents : short{0};
    running_[i].exchange->advance(events, later);
  }
}

void Round::collect() {
  std::erase_if(running_, [&](const Running& one) {
    if (!one.exchange->is_done()) return false;
    auto& manner = manners_[inquiries_[one.index].server];
    replies_[one.index] = one.exchange->take();
    const bool answered = replies_[one.index].outcome == Outcome::kAnswered;
    manner.answered |= answered;
    manner.silent += answered ? 0U : 1U;
    return true;
  });
}

void Round::end() {
  for (const auto& one : running_) replies_[one.index] = one.exchange->give_up();
  for (; next_ < inquiries_.size(); ++next_) {
    replies_[next_].why = "was not asked: the time for all questions ran out";
  }
}

}  // namespace

std::vector<Reply> ask_all(const std::vector<Inquiry>& inquiries, const AskLimits& limits) {
  return Round(inquiries, limits).run();
}

Reply ask(const Inquiry& inquiry, const AskLimits& limits) {
  return ask_all({inquiry}, limits).front();
}

}  // namespace danewerk::net
