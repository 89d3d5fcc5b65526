#pragma once

/// \file
/// What a client and a server say to each other before TLS begins. No I/O: octets in, octets out.
/// The server is not trusted: lines, and all of them together, are limited.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "net/profile.h"

namespace danewerk::net {

class Starttls {
 public:
  struct Names {
    std::string own{};   ///< of this machine, for EHLO (RFC 5321 section 4.1.1.1)
    std::string peer{};  ///< the service that is meant, for XMPP (RFC 6120 section 4.7.2)
  };
  enum class State : std::uint8_t {
    kTalking,  ///< more octets are needed
    kReady,    ///< TLS may begin, once what is outgoing was sent
    kRefused,  ///< the server speaks the language and offers no TLS
    kFailed,   ///< the server does not speak the language
  };
  /// One line may have so many octets, and the whole talk.
  static constexpr std::size_t kMaxLine = 8192;
  static constexpr std::size_t kMaxTalk = 64 << 10;

  Starttls(Talk talk, Names names);

  /// Goes on with what the server sent. Octets behind the last line before TLS are a fault: they
  /// were sent in the clear, and would be taken for part of the protected session.
  State advance(std::string_view octets);
  [[nodiscard]] State state() const { return state_; }

  /// What is to be sent now; taken once.
  std::string take_outgoing();
  /// Why it is kRefused or kFailed: a sentence that begins with a verb. Octets of the server in it
  /// are printable.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  enum class Step : std::uint8_t { kGreeting, kHello, kCommand };

  void take_lines();
  void take_line(std::string_view line);
  void smtp_line(std::string_view line);
  void smtp_reply(unsigned code, std::string_view line);
  void imap_line(std::string_view line);
  void pop3_line(std::string_view line);
  void take_stream();
  void take_features(std::string_view seen);
  void take_answer(std::string_view seen);
  void say(std::string_view text, Step next);
  void finish(State state, std::string_view why, std::string_view line = {});

  Talk talk_;
  Names names_;
  State state_ = State::kTalking;
  Step step_ = Step::kGreeting;
  std::string incoming_{};
  std::string outgoing_{};
  std::size_t received_ = 0;
  bool is_offered_ = false;
  std::string why_{};
};

/// What ends a session politely, said within TLS; empty where nothing need be said.
std::string_view farewell(Profile profile);

}  // namespace danewerk::net
