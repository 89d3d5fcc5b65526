#include "net/exchange.h"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "crypto/hmac.h"

namespace danewerk::net {

namespace {

constexpr std::size_t kMaxMessage = 0xffff;
/// Datagrams looked at in one go: a flood must not keep us from the others.
constexpr int kDatagramsAtOnce = 16;

bool is_later(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

void Exchange::begin(Instant now) {
  query_ = {.name = inquiry_.name,
            .type = inquiry_.type,
            .is_recursion_desired = inquiry_.is_recursion_desired,
            .is_dnssec_ok = inquiry_.is_dnssec_ok};
  if (inquiry_.update) {
    update_ = *inquiry_.update;
    query_.has_edns = false;
    return begin_tcp(now);
  }
  if (inquiry_.transport == Transport::kTcp) return begin_tcp(now);
  begin_udp(now);
}

/// Each try has an id of its own (RFC 5452 section 9.2).
void Exchange::prepare() {
  std::array<std::uint8_t, 2> id{};
  crypto::fill_randomly(id);
  query_.id = load_u16(id.data());
  update_.id = query_.id;
  sent_ = {.octets = inquiry_.update ? dns::write_update(update_) : dns::write_query(query_),
           .mac = {}};
  if (inquiry_.tsig) sent_ = sign_query(std::move(sent_.octets), *inquiry_.tsig, limits_.now);
}

void Exchange::begin_udp(Instant now) {
  ++attempts_;
  state_ = State::kUdp;
  deadline_ = now + limits_.attempt;
  prepare();
  connection_ = connect_to(inquiry_.server, Transport::kUdp);
  if (!connection_.socket.is_open()) return fail_with(connection_.error);
  const auto& octets = sent_.octets;
  if (send(socket(), octets.data(), octets.size(), MSG_NOSIGNAL) < 0 && !is_later(errno)) {
    fail_with(errno);
  }
}

void Exchange::begin_tcp(Instant now) {
  state_ = State::kConnecting;
  deadline_ = now + 2 * limits_.attempt;
  prepare();
  connection_ = connect_to(inquiry_.server, Transport::kTcp);
  if (!connection_.socket.is_open()) return fail_with(connection_.error);
  stream_.clear();
  append_u16(stream_, static_cast<std::uint16_t>(sent_.octets.size()));
  stream_.insert(stream_.end(), sent_.octets.begin(), sent_.octets.end());
  written_ = 0;
}

short Exchange::wanted() const {
  return state_ == State::kConnecting ? POLLOUT : POLLIN;
}

void Exchange::advance(short events, Instant now) {
  if (events != 0) {
    switch (state_) {
      case State::kUdp:
        read_udp(now);
        break;
      case State::kConnecting:
        write_tcp();
        break;
      case State::kReading:
        read_tcp(now);
        break;
      case State::kDone:
        return;
    }
  }
  if (!is_done() && now >= deadline_) try_again(now);
}

void Exchange::read_udp(Instant now) {
  std::array<std::uint8_t, 4096> buffer{};
  for (int i = 0; i < kDatagramsAtOnce; ++i) {
    const auto size = recv(socket(), buffer.data(), buffer.size(), 0);
    if (size < 0 && is_later(errno)) return;
    if (size < 0) return fail_with(errno);
    const auto octets = ByteView(buffer).first(static_cast<std::size_t>(size));
    const auto head = dns::read_message_head(octets);
    if (!head || !head->is_response() || head->id != query_.id) continue;
    // A forged one would only cost a TCP connection.
    if (head->is_truncated()) return begin_tcp(now);
    const auto verdict = judge(octets);
    if (verdict == Verdict::kPlainer) return begin_udp(now);
    if (verdict == Verdict::kTaken) return;
  }
}

void Exchange::write_tcp() {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return fail_with(error);
  const auto rest = ByteView(stream_).subspan(written_);
  const auto sent = send(socket(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0 && is_later(errno)) return;
  if (sent < 0) return fail_with(errno);
  written_ += static_cast<std::size_t>(sent);
  if (written_ < stream_.size()) return;
  stream_.clear();
  state_ = State::kReading;
}

void Exchange::read_tcp(Instant now) {
  std::array<std::uint8_t, 4096> buffer{};
  for (;;) {
    const auto size = recv(socket(), buffer.data(), buffer.size(), 0);
    if (size < 0 && is_later(errno)) return;
    if (size < 0) return fail_with(errno);
    if (size == 0) return finish(Outcome::kSilent, "ends the connection without an answer");
    stream_.insert(stream_.end(), buffer.begin(), buffer.begin() + size);
    if (stream_.size() < 2) continue;
    const std::size_t whole = load_u16(stream_.data());
    if (stream_.size() < whole + 2 && stream_.size() <= kMaxMessage + 2) continue;
    break;
  }
  const auto octets = ByteView(stream_).subspan(2, load_u16(stream_.data()));
  const auto verdict = judge(octets);
  if (verdict == Verdict::kPlainer) return begin_tcp(now);
  if (verdict == Verdict::kIgnored) finish(Outcome::kSilent, seen_);
}

void Exchange::try_again(Instant now) {
  if (state_ == State::kUdp && attempts_ < limits_.attempts) return begin_udp(now);
  reply_ = give_up();
  state_ = State::kDone;
  connection_ = {};
}

Exchange::Verdict Exchange::judge(ByteView octets) {
  auto message = dns::read_message(octets);
  if (!message) {
    seen_ = fmt::format("answers with what is no message: {}", message.error().message());
    return Verdict::kIgnored;
  }
  if (!is_answer(*message)) {
    seen_ = "answers another question";
    return Verdict::kIgnored;
  }
  if (inquiry_.tsig) {
    const auto verified = verify_answer(octets, *message, *inquiry_.tsig, sent_.mac, limits_.now);
    if (!verified) {
      seen_ = verified.error().message();
      // Others can only forge a refusal, never an answer: waiting on would gain nothing.
      if (message->rcode != dns::Rcode::kNotAuth) return Verdict::kIgnored;
      finish(Outcome::kSilent, seen_);
      return Verdict::kTaken;
    }
  }
  // A server from before EDNS (RFC 6891 section 7).
  if (message->rcode == dns::Rcode::kFormatError && query_.has_edns && !message->has_edns) {
    query_.has_edns = false;
    return Verdict::kPlainer;
  }
  reply_.message = *std::move(message);
  finish(Outcome::kAnswered, {});
  return Verdict::kTaken;
}

bool Exchange::is_answer(const dns::Message& message) const {
  return inquiry_.update ? dns::is_answer_to(message, update_) : dns::is_answer_to(message, query_);
}

void Exchange::finish(Outcome outcome, std::string why) {
  reply_.outcome = outcome;
  reply_.why = std::move(why);
  state_ = State::kDone;
  connection_ = {};
}

void Exchange::fail_with(int error) {
  finish(is_no_route(error) ? Outcome::kNoRoute : Outcome::kSilent,
         fmt::format("cannot be asked: {}", reason_of(error)));
}

Reply Exchange::give_up() const {
  Reply reply;
  const bool by_tcp = state_ == State::kConnecting || state_ == State::kReading;
  reply.why = !seen_.empty() ? seen_ : by_tcp ? "does not answer over TCP" : "does not answer";
  return reply;
}

}  // namespace danewerk::net
