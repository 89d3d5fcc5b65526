#include "daemon/control_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "daemon/control_socket.h"
#include "daemon/settling.h"

namespace danewerk::daemon {

namespace {

/// Less could not tell a busy machine from a daemon that does not answer.
constexpr seconds kShortestSilence{3};
constexpr std::chrono::milliseconds kTryAgain{50};

Moment now() {
  return std::chrono::steady_clock::now();
}

/// Whether EVENT comes before the deadline.
bool wait_for(const Descriptor& socket, short event, Moment deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
    pollfd wait{.fd = socket.get(), .events = event, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool send_all(const Descriptor& socket, std::string_view text, Moment deadline) {
  while (!text.empty()) {
    const auto sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || !wait_for(socket, POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

/// What comes back, line by line.
class Replies {
 public:
  explicit Replies(Descriptor socket) : socket_(std::move(socket)) {}

  /// The next one; nothing when there is none: silence, or the daemon is gone.
  Result<std::optional<ControlReply>> next(seconds silence) {
    const auto deadline = now() + silence;
    for (;;) {
      if (const auto line = buffer_.take()) {
        DW_TRY(auto reply, reply_from_line(*line));
        return std::optional(std::move(reply));
      }
      if (!wait_for(socket_, POLLIN, deadline)) return std::optional<ControlReply>{};
      const auto got = ::recv(socket_.get(), room_.data(), room_.size(), 0);
      const bool is_later = got < 0 && (errno == EAGAIN || errno == EINTR);
      if (got <= 0 && !is_later) return std::optional<ControlReply>{};
      if (is_later) continue;
      DW_TRY_VOID(buffer_.add({room_.data(), static_cast<std::size_t>(got)}));
    }
  }

 private:
  Descriptor socket_;
  std::array<char, 65536> room_{};
  LineBuffer buffer_{kMaxReplyOctets};
};

/// A daemon that starts, or stops, holds the lock and has no socket for a moment.
Result<Descriptor> connect_until(const config::Config& config, Moment deadline) {
  for (;;) {
    auto socket = connect_to(control_socket_of(config), config.state);
    const bool comes_later = !socket && socket.error().code() == Errc::kUnavailable;
    if (!comes_later || now() >= deadline) return socket;
    std::this_thread::sleep_for(kTryAgain);
  }
}

}  // namespace

Result<std::optional<ControlClient>> ControlClient::find(const config::Config& config,
                                                         std::string who) {
  auto holder = store::StateLock::holder(config.state);
  if (holder) {
    auto& known = *holder;
    if (!known.has_value() || known->what != kDaemonName) return std::optional<ControlClient>{};
    return std::optional(ControlClient(config, std::move(who), std::move(known)));
  }
  // The state folder is not ours to look into; its daemon may serve us all the same.
  const auto socket = connect_to(control_socket_of(config), config.state);
  if (socket) return std::optional(ControlClient(config, std::move(who), std::nullopt));
  if (socket.error().code() == Errc::kRefused)
    return fail(Errc::kRefused, socket.error().message(), socket.error().hint());
  return std::optional<ControlClient>{};
}

Error ControlClient::silent() const {
  const auto who = holder_
                       ? fmt::format("{} (process {}) works on '{}' since {}", holder_->what,
                                     holder_->pid, config_->state.string(), to_text(holder_->since))
                       : fmt::format("{} works on '{}'", kDaemonName, config_->state.string());
  return {Errc::kUnavailable, fmt::format("{} and does not answer", who),
          "nothing was changed; systemctl status danewerkd, or its log, may say why"};
}

Result<Json> ControlClient::ask(const Json& body, seconds wait) const {
  const auto silence = std::max(wait, kShortestSilence);
  const auto deadline = now() + silence;
  auto socket = connect_until(*config_, deadline);
  if (!socket && socket.error().code() == Errc::kUnavailable) return tl::unexpected(silent());
  DW_TRY(auto connected, std::move(socket));
  const auto line =
      to_line(ControlRequest{.config = config_->digest, .who = who_, .wait = wait, .body = body});
  if (line.size() > kMaxRequestOctets) {
    return fail(Errc::kBadInput,
                fmt::format("the request is longer than {} octets", kMaxRequestOctets));
  }
  // A daemon that refuses before it has read says why, and closes: its answer is read all the same.
  static_cast<void>(send_all(connected, line, deadline));
  Replies replies(std::move(connected));
  for (bool has_begun = false;;) {
    DW_TRY(auto next, replies.next(silence));
    if (!next && !has_begun) return tl::unexpected(silent());
    if (!next) {
      return fail(Errc::kUnavailable,
                  "danewerkd went away, or stopped to answer, while it carried out the request",
                  "danewerk zone history says how far it came");
    }
    if (next->kind == ControlReply::Kind::kAnswer) return std::move(next->body);
    if (next->kind == ControlReply::Kind::kBegun) has_begun = true;
  }
}

Result<ControlClient> require_daemon(const config::Config& config, std::string who) {
  DW_TRY(auto client, ControlClient::find(config, std::move(who)));
  if (client) return *std::move(client);
  return fail(Errc::kUnavailable, fmt::format("no danewerkd works on '{}'", config.state.string()),
              "danewerkd --config FILE starts it; danewerk run needs none");
}

}  // namespace danewerk::daemon
