#include "app/owner_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/user.h"

namespace danewerk::app {

namespace {

struct Pipe {
  Descriptor reading{};
  Descriptor writing{};
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return tl::unexpected(system_error("open", Path("a pipe"), errno));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

bool write_all(const Descriptor& to, ByteView octets) {
  while (!octets.empty()) {
    const auto n = ::write(to.get(), octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    octets = octets.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

/// From a pipe, as long as its other end says something now and then.
struct Ear {
  const Descriptor& pipe;
  std::optional<seconds> patience{};  ///< none: without end
};

bool has_said(const Ear& from) {
  if (!from.patience) return true;
  pollfd wanted{.fd = from.pipe.get(), .events = POLLIN, .revents = 0};
  const auto end = std::chrono::steady_clock::now() + *from.patience;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const int ready = ::poll(&wanted, 1, std::max(0, static_cast<int>(left.count())));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

bool read_all(const Ear& from, std::span<std::uint8_t> to) {
  while (!to.empty()) {
    if (!has_said(from)) return false;
    const auto n = ::read(from.pipe.get(), to.data(), to.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

constexpr std::uint32_t kMostOctets = 1U << 20;
constexpr std::uint32_t kMostPieces = 16;
constexpr std::size_t kSize = sizeof(std::uint32_t);
/// For closing what it holds, once it may.
constexpr seconds kEnding = std::chrono::seconds(10);
constexpr std::chrono::milliseconds kPoll{2};

bool write_number(const Descriptor& to, std::uint32_t number) {
  Bytes octets;
  append_u32(octets, number);
  return write_all(to, octets);
}

std::optional<std::uint32_t> read_number(const Ear& from) {
  std::array<std::uint8_t, kSize> octets{};
  if (!read_all(from, octets)) return std::nullopt;
  return load_u32(octets.data());
}

bool write_piece(const Descriptor& to, ByteView octets) {
  return write_number(to, static_cast<std::uint32_t>(octets.size())) && write_all(to, octets);
}

/// Nothing: the other side is gone, or is not who it ought to be.
std::optional<Secret> read_piece(const Ear& from) {
  const auto size = read_number(from);
  if (!size || *size > kMostOctets) return std::nullopt;
  Secret piece(Bytes(*size, 0));
  if (!read_all(from, piece.writable())) return std::nullopt;
  return piece;
}

std::string text_of(const Secret& piece) {
  const auto octets = piece.view();
  return {octets.begin(), octets.end()};
}

/// Zero and the pieces; or one, what went wrong, and what to do about it.
void say(const Descriptor& to, const Result<std::vector<Secret>>& result) {
  if (!result) {
    static_cast<void>(write_number(to, kMostPieces + 1) &&
                      write_piece(to, as_bytes(result.error().message())) &&
                      write_piece(to, as_bytes(result.error().hint())));
    return;
  }
  if (!write_number(to, static_cast<std::uint32_t>(result->size()))) return;
  for (const auto& piece : *result) {
    if (!write_piece(to, piece.view())) return;
  }
}

Result<std::vector<Secret>> hear(const Ear& from) {
  const auto silent = [] {
    return fail(Errc::kUnavailable, "the process of the state's owner said nothing");
  };
  const auto count = read_number(from);
  if (!count || *count > kMostPieces + 1) return silent();
  std::vector<Secret> pieces;
  for (std::uint32_t i = 0; i < (*count > kMostPieces ? 2 : *count); ++i) {
    auto piece = read_piece(from);
    if (!piece) return silent();
    pieces.push_back(*std::move(piece));
  }
  if (*count <= kMostPieces) return pieces;
  return fail(Errc::kUnavailable, text_of(pieces[0]), text_of(pieces[1]));
}

[[noreturn]] void serve_root(const config::Config& config, const OwnerProcess::Work& work,
                             const Descriptor& answer, const Descriptor& stop) {
  auto become = become_owner(config);
  const auto result =
      become ? work() : Result<std::vector<Secret>>(tl::unexpected(std::move(become).error()));
  say(answer, result);
  std::array<std::uint8_t, 1> nothing{};
  static_cast<void>(read_all({.pipe = stop}, nothing));
  ::_exit(0);
}

}  // namespace

Result<OwnerProcess> OwnerProcess::start(const config::Config& config, const Work& work,
                                         seconds silence) {
  DW_TRY(auto answer, make_pipe());
  DW_TRY(auto stop, make_pipe());
  static_cast<void>(std::fflush(nullptr));
  const auto child = ::fork();
  if (child < 0) return tl::unexpected(system_error("start", Path("a process"), errno));
  if (child == 0) {
    stop.writing = Descriptor();
    serve_root(config, work, answer.writing, stop.reading);
  }
  answer.writing = Descriptor();
  OwnerProcess process(child, std::move(stop.writing));
  auto said = hear({.pipe = answer.reading, .patience = silence});
  if (!said) {
    // It may be stopped, or wait for something that never comes.
    static_cast<void>(::kill(child, SIGKILL));
    return tl::unexpected(std::move(said).error());
  }
  process.said_ = *std::move(said);
  return process;
}

OwnerProcess::OwnerProcess(OwnerProcess&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      stop_(std::move(other.stop_)),
      said_(std::move(other.said_)) {}

OwnerProcess::~OwnerProcess() {
  if (child_ < 0) return;
  stop_ = Descriptor();
  const auto end = std::chrono::steady_clock::now() + kEnding;
  for (;;) {
    const auto ended = ::waitpid(child_, nullptr, WNOHANG);
    const bool goes_on = ended == 0 || (ended < 0 && errno == EINTR);
    if (!goes_on) return;
    if (std::chrono::steady_clock::now() >= end) static_cast<void>(::kill(child_, SIGKILL));
    std::this_thread::sleep_for(kPoll);
  }
}

ExitCode in_other_process(const std::function<ExitCode()>& command) {
  static_cast<void>(std::fflush(nullptr));
  const auto child = ::fork();
  if (child == 0) {
    const auto code = command();
    static_cast<void>(std::fflush(nullptr));
    ::_exit(static_cast<int>(code));
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) ? static_cast<ExitCode>(WEXITSTATUS(status))
                                        : ExitCode::kBug;
}

}  // namespace danewerk::app
