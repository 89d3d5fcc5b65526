#include "net/starttls.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace danewerk::net {

namespace {

/// So much of a line is shown.
constexpr std::size_t kShown = 120;

/// Somebody else's octets, for a terminal.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, kShown));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The keyword of "250-STARTTLS" (RFC 3207 section 4).
bool is_keyword(std::string_view line, std::string_view keyword) {
  auto word = line.substr(std::min<std::size_t>(4, line.size()));
  word = word.substr(0, word.find_first_of(" \t"));
  return to_upper(word) == keyword;
}

std::string_view namespace_of(Talk talk) {
  return talk == Talk::kXmppServer ? "jabber:server" : "jabber:client";
}

}  // namespace

Starttls::Starttls(Talk talk, Names names) : talk_(talk), names_(std::move(names)) {
  if (talk_ == Talk::kNone) state_ = State::kReady;
  if (talk_ == Talk::kXmppClient || talk_ == Talk::kXmppServer) {
    // RFC 6120 section 4.2: here the client speaks first.
    say(fmt::format("<?xml version='1.0'?><stream:stream xmlns='{}' "
                    "xmlns:stream='http://etherx.jabber.org/streams' to='{}' version='1.0'>",
                    namespace_of(talk_), names_.peer),
        Step::kHello);
  }
}

std::string Starttls::take_outgoing() {
  return std::exchange(outgoing_, {});
}

void Starttls::say(std::string_view text, Step next) {
  outgoing_ += text;
  step_ = next;
}

void Starttls::finish(State state, std::string_view why, std::string_view line) {
  state_ = state;
  why_ = line.empty() ? std::string(why) : fmt::format("{}: {}", why, printable(line));
}

Starttls::State Starttls::advance(std::string_view octets) {
  if (state_ != State::kTalking) return state_;
  received_ += octets.size();
  incoming_ += octets;
  if (talk_ == Talk::kXmppClient || talk_ == Talk::kXmppServer) {
    take_stream();
  } else {
    take_lines();
  }
  if (state_ == State::kTalking && received_ > kMaxTalk) {
    finish(State::kFailed, "talks without end before TLS");
  }
  if (state_ == State::kReady && !incoming_.empty()) {
    finish(State::kFailed, "sends more before TLS than it should, as somebody in between would");
  }
  return state_;
}

void Starttls::take_lines() {
  while (state_ == State::kTalking) {
    const auto end = incoming_.find('\n');
    if (std::min(end, incoming_.size()) > kMaxLine) {
      return finish(State::kFailed, "sends a line without end");
    }
    if (end == std::string::npos) return;
    auto line = incoming_.substr(0, end);
    incoming_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    take_line(line);
  }
}

void Starttls::take_line(std::string_view line) {
  switch (talk_) {
    case Talk::kSmtp:
      return smtp_line(line);
    case Talk::kImap:
      return imap_line(line);
    case Talk::kPop3:
      return pop3_line(line);
    case Talk::kNone:
    case Talk::kXmppClient:
    case Talk::kXmppServer:
      break;
  }
}

/// RFC 5321 section 4.2: a code, a hyphen when more lines follow.
void Starttls::smtp_line(std::string_view line) {
  const bool has_code = line.size() >= 3 && std::all_of(line.begin(), line.begin() + 3, is_digit) &&
                        (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!has_code) return finish(State::kFailed, "does not speak SMTP", line);
  if (step_ == Step::kHello && is_keyword(line, "STARTTLS")) is_offered_ = true;
  if (line.size() > 3 && line[3] == '-') return;
  unsigned code = 0;
  for (const char c : line.substr(0, 3)) code = code * 10 + static_cast<unsigned>(c - '0');
  smtp_reply(code, line);
}

void Starttls::smtp_reply(unsigned code, std::string_view line) {
  switch (step_) {
    case Step::kGreeting:
      if (code != 220) return finish(State::kFailed, "does not let us in", line);
      return say(fmt::format("EHLO {}\r\n", names_.own), Step::kHello);
    case Step::kHello:
      if (code != 250) return finish(State::kFailed, "refuses EHLO", line);
      if (!is_offered_) return finish(State::kRefused, "does not offer STARTTLS");
      return say("STARTTLS\r\n", Step::kCommand);
    case Step::kCommand:
      if (code != 220) return finish(State::kRefused, "offers STARTTLS and refuses it", line);
      state_ = State::kReady;
  }
}

/// RFC 3501 section 6.2.1.
void Starttls::imap_line(std::string_view line) {
  const auto upper = to_upper(line);
  if (step_ == Step::kGreeting) {
    if (upper.starts_with("* PREAUTH")) {
      // RFC 3501 section 6.2.1: STARTTLS is for sessions without authentication.
      return finish(State::kRefused, "is authenticated already, so that TLS cannot begin", line);
    }
    if (!upper.starts_with("* OK")) return finish(State::kFailed, "does not speak IMAP", line);
    return say("a1 STARTTLS\r\n", Step::kCommand);
  }
  if (upper.starts_with("* BYE")) return finish(State::kFailed, "ends the session", line);
  if (upper.starts_with("* ")) return;
  if (upper.starts_with("A1 OK")) {
    state_ = State::kReady;
    return;
  }
  const bool is_no = upper.starts_with("A1 NO") || upper.starts_with("A1 BAD");
  finish(is_no ? State::kRefused : State::kFailed,
         is_no ? "refuses STARTTLS" : "does not speak IMAP", line);
}

/// RFC 2595 section 4.
void Starttls::pop3_line(std::string_view line) {
  const bool is_good = line.starts_with("+OK");
  if (!is_good && !line.starts_with("-ERR")) {
    return finish(State::kFailed, "does not speak POP3", line);
  }
  if (step_ == Step::kGreeting) {
    if (!is_good) return finish(State::kFailed, "does not let us in", line);
    return say("STLS\r\n", Step::kCommand);
  }
  if (!is_good) return finish(State::kRefused, "refuses STLS", line);
  state_ = State::kReady;
}

/// RFC 6120 section 5.4: elements, not lines. What is looked for is short and has one spelling; a
/// server that hides it in a comment cheats itself.
void Starttls::take_stream() {
  const std::string_view seen(incoming_);
  if (seen.find("<stream:error") != std::string_view::npos ||
      seen.find("</stream:stream") != std::string_view::npos) {
    const auto at = seen.find("<stream:error");
    return finish(State::kFailed, "ends the stream", at == seen.npos ? "" : seen.substr(at));
  }
  if (step_ == Step::kHello) return take_features(seen);
  take_answer(seen);
}

void Starttls::take_features(std::string_view seen) {
  const auto has = [seen](std::string_view text) { return seen.find(text) != seen.npos; };
  if (!has("</stream:features>") && !has("</features>") && !has("features/>")) return;
  if (!has("urn:ietf:params:xml:ns:xmpp-tls")) {
    return finish(State::kRefused, "does not offer STARTTLS");
  }
  incoming_.clear();
  say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", Step::kCommand);
}

void Starttls::take_answer(std::string_view seen) {
  if (seen.find("<failure") != seen.npos) {
    return finish(State::kRefused, "offers STARTTLS and refuses it");
  }
  const auto proceed = seen.find("<proceed");
  if (proceed == seen.npos) return;
  const auto end = seen.find('>', proceed);
  if (end == seen.npos) return;
  const bool is_whole = seen[end - 1] == '/';
  const auto close = is_whole ? end : seen.find("</proceed>", end);
  if (close == seen.npos) return;
  incoming_.erase(0, is_whole ? end + 1 : close + std::string_view("</proceed>").size());
  state_ = State::kReady;
}

std::string_view farewell(Profile profile) {
  switch (profile) {
    case Profile::kSmtp:
    case Profile::kSubmission:
    case Profile::kSmtps:
    case Profile::kPop3:
    case Profile::kPop3s:
      return "QUIT\r\n";
    case Profile::kImap:
    case Profile::kImaps:
      return "a2 LOGOUT\r\n";
    case Profile::kXmppClient:
    case Profile::kXmppServer:
    case Profile::kHttps:
    case Profile::kDot:
    case Profile::kTls:
      break;
  }
  return {};
}

}  // namespace danewerk::net
