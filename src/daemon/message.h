#pragma once

/// \file
/// What is said on the control socket: a line of JSON each way, and lines "still here" while the
/// asker waits. Versions that do not match are refused by both sides. Thread-compatible.

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "base/time.h"

namespace danewerk::daemon {

using Json = nlohmann::ordered_json;

/// Rises with every change that the other side would misunderstand.
inline constexpr int kProtocol = 1;
inline constexpr std::size_t kMaxRequestOctets = std::size_t{1} << 16;
/// A report over a hundred thousand zones.
inline constexpr std::size_t kMaxReplyOctets = std::size_t{1} << 28;
/// While a request waits, or is worked on, the daemon says so this often.
inline constexpr seconds kSignOfLife{1};

/// The lock file names the daemon so.
inline constexpr std::string_view kDaemonName = "danewerkd";

struct ControlRequest {
  std::string config{};  ///< digest of the configuration that the asker works with
  std::string who{};     ///< who typed it; believed of root and the owner alone
  seconds wait{};        ///< for what the daemon is busy with
  Json body{};           ///< as engine::dispatch takes it, or "run" (run_request.h), "reload"
};

struct ControlReply {
  enum class Kind : std::uint8_t {
    kWaiting,  ///< the daemon is busy with something else
    kBegun,    ///< from here on the request is carried out
    kAnswer,   ///< the last line
  };
  Kind kind = Kind::kAnswer;
  Json body{};  ///< of kAnswer
};

/// Each ends with a line feed and has no other.
std::string to_line(const ControlRequest& request);
std::string to_line(const ControlReply& reply);

/// A line without its end. kBadInput for what is no message; kRefused when the other side speaks
/// another version.
Result<ControlRequest> request_from_line(std::string_view line);
Result<ControlReply> reply_from_line(std::string_view line);

/// {"error", "hint", "code"}, as engine::dispatch has them; and back.
Json error_body(const Error& error);
Error error_from(const Json& body);

/// Octets of a stream, cut into lines.
class LineBuffer {
 public:
  /// \param most  octets of a line, its end included.
  explicit LineBuffer(std::size_t most) : most_(most) {}
  /// kBadInput when the first line is longer than allowed.
  Result<void> add(std::string_view octets);
  /// The first line, without its end; nothing when there is no whole one.
  std::optional<std::string> take();

 private:
  std::size_t most_;
  std::size_t searched_ = 0;  ///< octets without a line end
  std::string octets_;
};

}  // namespace danewerk::daemon
