#pragma once

/// \file
/// One inquiry on its way. Private to this folder.

#include "net/client.h"

namespace danewerk::net {

using Instant = std::chrono::steady_clock::time_point;

class Exchange {
 public:
  /// Both must outlive it.
  Exchange(const Inquiry& inquiry, const AskLimits& limits) : inquiry_(inquiry), limits_(limits) {}

  void begin(Instant now);
  /// Goes on with what poll() said, or with the time that has passed.
  void advance(short events, Instant now);

  [[nodiscard]] bool is_done() const { return state_ == State::kDone; }
  [[nodiscard]] int socket() const { return connection_.socket.get(); }
  /// POLLIN or POLLOUT.
  [[nodiscard]] short wanted() const;
  [[nodiscard]] Instant deadline() const { return deadline_; }
  /// REQUIRES: is_done.
  [[nodiscard]] Reply take() { return std::move(reply_); }
  /// What there is to say when there is no more time.
  [[nodiscard]] Reply give_up() const;

 private:
  enum class State : std::uint8_t { kUdp, kConnecting, kReading, kDone };
  enum class Verdict : std::uint8_t { kTaken, kIgnored, kPlainer };

  void prepare();
  void begin_udp(Instant now);
  void begin_tcp(Instant now);
  void read_udp(Instant now);
  void write_tcp();
  void read_tcp(Instant now);
  void try_again(Instant now);
  Verdict judge(ByteView octets);
  [[nodiscard]] bool is_answer(const dns::Message& message) const;
  void finish(Outcome outcome, std::string why);
  void fail_with(int error);

  const Inquiry& inquiry_;
  const AskLimits& limits_;
  State state_ = State::kUdp;
  Connection connection_{};
  Instant deadline_{};
  unsigned attempts_ = 0;
  dns::Query query_{};
  dns::Update update_{};  ///< of an inquiry with one
  SignedQuery sent_{};
  Bytes stream_{};  ///< TCP: what is to be written, then what was read
  std::size_t written_ = 0;
  std::string seen_{};  ///< what was wrong with what came instead of an answer
  Reply reply_{};
};

}  // namespace danewerk::net
