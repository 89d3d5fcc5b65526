// In coroutines, no temporary with a destructor stands in an expression with co_await: GCC 12 ends
// its life twice, or loses the frame.
#include "daemon/control_server.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/account.h"

namespace danewerk::daemon {

namespace {

constexpr seconds kAcceptAgain{1};
constexpr auto kNeverEnds = asio::steady_timer::time_point::max();

Moment now() {
  return std::chrono::steady_clock::now();
}

/// Of a user: short, and nothing that a log or a terminal could take for something else.
bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c < 0x7f; });
}

Json refusal(Errc code, std::string message, std::string hint) {
  return error_body(Error(code, std::move(message), std::move(hint)));
}

}  // namespace

Call::Call(Socket socket, std::string who, Trust trust)
    : socket_(std::move(socket)),
      limit_(socket_.get_executor(), kNeverEnds),
      ticker_(socket_.get_executor(), kNeverEnds),
      who_(std::move(who)),
      trust_(trust) {}

std::string Call::name() const {
  const auto found = request_.body.find("request");
  const bool is_text = found != request_.body.end() && found->is_string();
  return is_text ? found->get<std::string>() : std::string();
}

bool Call::is_gone() {
  if (!socket_.is_open()) return true;
  char octet = 0;
  const auto got = ::recv(socket_.native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

bool Call::begin() {
  if (state_ != State::kWaiting || is_gone()) return false;
  state_ = State::kBegun;
  ticker_.cancel();
  return true;
}

void Call::answer(Json body) {
  if (state_ == State::kAnswered) return;
  answer_ = std::move(body);
  state_ = State::kAnswered;
  ticker_.cancel();
}

void Call::limit(seconds span) {
  limit_.expires_after(span);
  limit_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    // A wait that was ended, or begun anew, while this was on its way here does not count.
    if (error || self->limit_.expiry() > now()) return;
    asio::error_code ignored;
    self->socket_.close(ignored);
  });
}

bool Call::take(LineBuffer& buffer) {
  const auto line = buffer.take();
  if (!line) return false;
  limit_.expires_at(kNeverEnds);
  auto request = request_from_line(*line);
  if (!request) {
    answer(error_body(request.error()));
    return true;
  }
  request_ = *std::move(request);
  if (trust_ == Trust::kAsker && is_name(request_.who)) who_ = request_.who;
  return true;
}

asio::awaitable<bool> Call::read() {
  LineBuffer buffer(kMaxRequestOctets);
  std::array<char, 4096> room{};
  limit(ControlServer::kPatience);
  for (;;) {
    if (take(buffer)) co_return true;
    asio::error_code error;
    const auto got = co_await socket_.async_read_some(
        asio::buffer(room), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    if (const auto good = buffer.add({room.data(), got}); !good) {
      answer(error_body(good.error()));
      co_return true;
    }
  }
}

asio::awaitable<bool> Call::flush() {
  std::string_view left = out_;
  while (!left.empty()) {
    limit(ControlServer::kPatience);
    asio::error_code error;
    const auto sent = co_await socket_.async_write_some(
        asio::buffer(left.data(), left.size()), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    left.remove_prefix(sent);
  }
  limit_.expires_at(kNeverEnds);
  co_return true;
}

asio::awaitable<bool> Call::tell() {
  using Kind = ControlReply::Kind;
  const auto kind = state_ == State::kBegun ? Kind::kBegun : Kind::kWaiting;
  out_ = to_line(ControlReply{.kind = kind});
  const bool is_told = co_await flush();
  co_return is_told;
}

asio::awaitable<void> Call::wait_for_answer(const std::function<Json(const Call&)>& busy) {
  auto told = State::kReading;
  while (state_ != State::kAnswered) {
    if (told != state_) {
      told = state_;
      const bool is_told = co_await tell();
      if (!is_told) break;
      continue;
    }
    asio::error_code error;
    ticker_.expires_after(kSignOfLife);
    co_await ticker_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) continue;
    if (is_gone()) break;
    if (state_ == State::kWaiting && now() >= deadline_) answer(busy(*this));
    told = State::kReading;
  }
  // Who is gone gets no answer, and what was not begun is not done any more.
  if (state_ == State::kWaiting) state_ = State::kAnswered;
}

asio::awaitable<void> Call::finish() {
  out_ = to_line(ControlReply{.kind = ControlReply::Kind::kAnswer, .body = answer_});
  co_await flush();
  asio::error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

ControlServer::ControlServer(asio::io_context& io, Descriptor listening, Options options)
    : io_(io), listening_(io), options_(std::move(options)) {
  // Asio closes it.
  listening_.assign(::fcntl(listening.get(), F_DUPFD_CLOEXEC, 0));
}

void ControlServer::start() {
  asio::co_spawn(io_, accept(), asio::detached);
}

void ControlServer::stop() {
  asio::error_code ignored;
  listening_.close(ignored);
  ::unlink(options_.path.c_str());
}

asio::awaitable<void> ControlServer::accept() {
  asio::steady_timer pause(io_);
  while (listening_.is_open()) {
    asio::error_code error;
    co_await listening_.async_wait(asio::posix::stream_descriptor::wait_read,
                                   asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    // accept4, because a command that a pass starts must not inherit the connection.
    Descriptor connection(
        ::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.is_open()) {
      admit(std::move(connection));
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
      // No descriptors, no memory: others have to be done first.
      options_.log->warning("control", {{"text", "cannot take a connection"},
                                        {"reason", std::generic_category().message(errno)}});
      pause.expires_after(kAcceptAgain);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void ControlServer::admit(Descriptor connection) {
  const auto peer = peer_of(connection.get());
  if (!peer) return;
  Call::Socket socket(io_);
  asio::error_code error;
  socket.assign(asio::local::stream_protocol(), ::fcntl(connection.get(), F_DUPFD_CLOEXEC, 0),
                error);
  if (error) return;
  const bool is_owners = is_owner(*peer, options_.rule);
  auto call = std::make_shared<Call>(std::move(socket), user_name(peer->uid),
                                     is_owners ? Call::Trust::kAsker : Call::Trust::kKernel);
  const auto room = is_owners ? kConnections + kForOwner : kConnections;
  ++connections_;
  if (!is_allowed(*peer, options_.rule)) {
    options_.log->warning("control-refused", {{"who", call->who()}});
    call->answer(refusal(Errc::kRefused, "you may not use this socket",
                         "see control-group in danewerk.yaml(5)"));
  } else if (connections_ > room) {
    options_.log->warning("control-busy", {{"who", call->who()}});
    call->answer(refusal(Errc::kUnavailable, "danewerkd has too many connections",
                         "nothing was changed; try again"));
  }
  const bool is_refused = call->state_ == Call::State::kAnswered;
  asio::co_spawn(io_, is_refused ? refuse(std::move(call)) : serve(std::move(call)),
                 asio::detached);
}

asio::awaitable<void> ControlServer::refuse(std::shared_ptr<Call> call) {
  co_await call->finish();
  --connections_;
}

asio::awaitable<void> ControlServer::serve(std::shared_ptr<Call> call) {
  const bool is_whole = co_await call->read();
  if (is_whole) {
    if (call->state_ == Call::State::kReading) {
      call->state_ = Call::State::kWaiting;
      call->deadline_ = now() + call->request_.wait;
      options_.take(call);
      co_await call->wait_for_answer(options_.busy);
    }
    co_await call->finish();
  }
  --connections_;
}

}  // namespace danewerk::daemon
