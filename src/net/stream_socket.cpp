#include "net/stream_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

namespace danewerk::net {

namespace {

bool is_later(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

StreamSocket::Outcome StreamSocket::fail_with(int error) {
  error_ = error;
  return Outcome::kFailed;
}

StreamSocket::Outcome StreamSocket::wait(short events) {
  const auto limit = std::min(Clock::now() + step_, end_);
  for (;;) {
    const auto left = std::chrono::ceil<Span>(limit - Clock::now());
    if (left <= Span(0)) return Outcome::kLate;
    pollfd one{.fd = socket_.get(), .events = events, .revents = 0};
    const int ready = poll(&one, 1, static_cast<int>(left.count()));
    if (ready > 0) return Outcome::kDone;
    if (ready < 0 && errno != EINTR) return fail_with(errno);
  }
}

StreamSocket::Outcome StreamSocket::open(const Endpoint& endpoint) {
  auto connection = connect_to(endpoint, Transport::kTcp);
  if (!connection.socket.is_open()) return fail_with(connection.error);
  socket_ = std::move(connection.socket);
  if (const auto waited = wait(POLLOUT); waited != Outcome::kDone) return waited;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? Outcome::kDone : fail_with(error);
}

StreamSocket::Outcome StreamSocket::send_all(std::string_view octets) {
  while (!octets.empty()) {
    const auto sent = send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && !is_later(errno)) return fail_with(errno);
    if (sent > 0) octets.remove_prefix(static_cast<std::size_t>(sent));
    if (octets.empty()) break;
    if (const auto waited = wait(POLLOUT); waited != Outcome::kDone) return waited;
  }
  return Outcome::kDone;
}

StreamSocket::Outcome StreamSocket::receive(std::string& to) {
  std::array<char, 4096> buffer{};
  for (;;) {
    if (const auto waited = wait(POLLIN); waited != Outcome::kDone) return waited;
    const auto size = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && is_later(errno)) continue;
    if (size < 0) return fail_with(errno);
    if (size == 0) return Outcome::kEnded;
    received_ += static_cast<std::size_t>(size);
    if (received_ > kMaxReceived) return fail_with(EMSGSIZE);
    to.append(buffer.data(), static_cast<std::size_t>(size));
    return Outcome::kDone;
  }
}

std::string StreamSocket::why(Outcome outcome) const {
  switch (outcome) {
    case Outcome::kDone:
      break;
    case Outcome::kEnded:
      return "ends the connection";
    case Outcome::kLate:
      return "does not answer in time";
    case Outcome::kFailed:
      return fmt::format("cannot be talked to: {}", reason_of(error_));
  }
  return {};
}

}  // namespace danewerk::net
