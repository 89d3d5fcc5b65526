#pragma once

/// \file
/// The daemon's side of the control socket: connections, their limits, and the calls that they
/// become. Everything runs on the loop's thread. One of the few files that include Asio, because
/// that decides how long a file takes to compile.

#include <functional>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include "base/file.h"
#include "daemon/log.h"
#include "daemon/message.h"
#include "daemon/peer.h"
#include "daemon/settling.h"

namespace danewerk::daemon {

/// A request, and who waits for its answer.
class Call : public std::enable_shared_from_this<Call> {
 public:
  using Socket = asio::local::stream_protocol::socket;
  enum class Trust : std::uint8_t {
    kKernel,  ///< who asks is who the kernel says
    kAsker,   ///< who could write into the state himself may say for whom he asks
  };
  Call(Socket socket, std::string who, Trust trust);

  [[nodiscard]] const ControlRequest& request() const { return request_; }
  [[nodiscard]] const std::string& who() const { return who_; }
  /// "key-roll"; empty when it has none.
  [[nodiscard]] std::string name() const;

  /// From here on it is carried out. False when it is too late for that: it was answered, or its
  /// asker is gone, and then nothing must be done.
  [[nodiscard]] bool begin();
  void answer(Json body);

 private:
  friend class ControlServer;
  enum class State : std::uint8_t { kReading, kWaiting, kBegun, kAnswered };

  asio::awaitable<bool> read();
  /// Whether a request is whole, good or bad.
  bool take(LineBuffer& buffer);
  asio::awaitable<bool> flush();
  /// That the request waits, or is begun. False when nobody listens.
  asio::awaitable<bool> tell();
  /// Tells signs of life until there is an answer, which BUSY makes when the time is over.
  asio::awaitable<void> wait_for_answer(const std::function<Json(const Call&)>& busy);
  asio::awaitable<void> finish();
  [[nodiscard]] bool is_gone();
  /// The connection is closed when it takes longer.
  void limit(seconds span);

  Socket socket_;
  asio::steady_timer limit_;
  asio::steady_timer ticker_;
  std::string who_;
  Trust trust_;
  ControlRequest request_;
  Moment deadline_;  ///< to be begun by then
  Json answer_;
  std::string out_;  ///< what is being written
  State state_ = State::kReading;
};

class ControlServer {
 public:
  /// Connections at once; the owner and root always find room for some more.
  static constexpr std::size_t kConnections = 32;
  static constexpr std::size_t kForOwner = 32;
  /// For a request to arrive, and for an answer to be taken, since the last octet of it.
  static constexpr seconds kPatience{10};

  struct Options {
    Path path{};
    AccessRule rule{};
    Log* log = nullptr;
    std::function<void(std::shared_ptr<Call>)> take{};  ///< a request came
    std::function<Json(const Call&)> busy{};            ///< the answer when its time is over
  };
  ControlServer(asio::io_context& io, Descriptor listening, Options options);

  void start();
  /// No new connections; the socket is removed.
  void stop();

 private:
  asio::awaitable<void> accept();
  void admit(Descriptor connection);
  asio::awaitable<void> serve(std::shared_ptr<Call> call);
  asio::awaitable<void> refuse(std::shared_ptr<Call> call);

  asio::io_context& io_;
  asio::posix::stream_descriptor listening_;
  Options options_;
  std::size_t connections_ = 0;
};

}  // namespace danewerk::daemon
