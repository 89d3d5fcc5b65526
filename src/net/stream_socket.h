#pragma once

/// \file
/// A TCP connection with a time limit for each wait and for all of them. Private to this folder.

#include <chrono>
#include <string>
#include <string_view>

#include "net/endpoint.h"

namespace danewerk::net {

class StreamSocket {
 public:
  using Clock = std::chrono::steady_clock;
  using Span = std::chrono::milliseconds;

  StreamSocket(Span step, Span whole) : step_(step), end_(Clock::now() + whole) {}

  /// What came of a wait.
  enum class Outcome : std::uint8_t { kDone, kEnded, kLate, kFailed };

  Outcome open(const Endpoint& endpoint);
  /// All of it.
  Outcome send_all(std::string_view octets);
  /// At least one octet, appended; kEnded when the other side has closed.
  Outcome receive(std::string& to);
  /// Over all of the connection; what is read beyond it is refused (kFailed).
  static constexpr std::size_t kMaxReceived = 1 << 20;

  /// errno of kFailed.
  [[nodiscard]] int error() const { return error_; }
  /// A sentence that begins with a verb, for all but kDone.
  [[nodiscard]] std::string why(Outcome outcome) const;

 private:
  Outcome wait(short events);
  Outcome fail_with(int error);

  Descriptor socket_{};
  Span step_;
  Clock::time_point end_;
  std::size_t received_ = 0;
  int error_ = 0;
};

}  // namespace danewerk::net
