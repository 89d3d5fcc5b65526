#include "daemon/message.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace danewerk::daemon {

namespace {

constexpr const char* kVersion = "danewerk";
/// A day: nobody waits longer for an answer.
constexpr std::int64_t kLongestWait = 86'400;

constexpr std::array kCodes{
    std::pair{Errc::kBadInput, "bad-input"}, std::pair{Errc::kRefused, "refused"},
    std::pair{Errc::kUnavailable, "unavailable"}, std::pair{Errc::kCorrupt, "corrupt"}};

std::string line_of(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// The object that the line is, of our version.
Result<Json> message_from(std::string_view line) {
  auto message = Json::parse(line, nullptr, false);
  if (!message.is_object()) return fail(Errc::kBadInput, "this is no message of danewerk");
  const auto version = message.find(kVersion);
  if (version == message.end() || !version->is_number_integer()) {
    return fail(Errc::kBadInput, "this is no message of danewerk");
  }
  if (*version == kProtocol) return message;
  return fail(Errc::kRefused,
              fmt::format("danewerk and danewerkd are of different versions: one speaks version {} "
                          "of the control socket, the other {}",
                          version->dump(), kProtocol),
              "restart danewerkd after an upgrade");
}

std::string text_of(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string to_line(const ControlRequest& request) {
  return line_of({{kVersion, kProtocol},
                  {"config", request.config},
                  {"who", request.who},
                  {"wait", request.wait.count()},
                  {"request", request.body}});
}

std::string to_line(const ControlReply& reply) {
  using Kind = ControlReply::Kind;
  Json message{{kVersion, kProtocol}};
  if (reply.kind == Kind::kAnswer) {
    message["answer"] = reply.body;
  } else {
    message["state"] = reply.kind == Kind::kBegun ? "begun" : "waiting";
  }
  return line_of(message);
}

Result<ControlRequest> request_from_line(std::string_view line) {
  DW_TRY(auto message, message_from(line));
  const auto body = message.find("request");
  if (body == message.end() || !body->is_object()) {
    return fail(Errc::kBadInput, "the message has no request");
  }
  ControlRequest request{
      .config = text_of(message, "config"), .who = text_of(message, "who"), .body = *body};
  if (const auto wait = message.find("wait");
      wait != message.end() && wait->is_number_integer() && !wait->is_number_float()) {
    const bool is_huge = wait->is_number_unsigned() && wait->get<std::uint64_t>() > kLongestWait;
    request.wait =
        seconds(is_huge ? kLongestWait
                        : std::clamp<std::int64_t>(wait->get<std::int64_t>(), 0, kLongestWait));
  }
  return request;
}

Result<ControlReply> reply_from_line(std::string_view line) {
  using Kind = ControlReply::Kind;
  DW_TRY(auto message, message_from(line));
  if (const auto answer = message.find("answer"); answer != message.end() && answer->is_object()) {
    return ControlReply{.kind = Kind::kAnswer, .body = std::move(*answer)};
  }
  const auto state = text_of(message, "state");
  if (state == "begun") return ControlReply{.kind = Kind::kBegun};
  if (state == "waiting") return ControlReply{.kind = Kind::kWaiting};
  return fail(Errc::kBadInput, "danewerkd said something that cannot be understood");
}

Json error_body(const Error& error) {
  Json body{{"error", error.message()}};
  if (!error.hint().empty()) body["hint"] = error.hint();
  body["code"] =
      std::ranges::find(kCodes, error.code(), &decltype(kCodes)::value_type::first)->second;
  return body;
}

Error error_from(const Json& body) {
  const auto text = text_of(body, "code");
  const auto known =
      std::ranges::find_if(kCodes, [&](const auto& code) { return text == code.second; });
  return {known == kCodes.end() ? Errc::kRefused : known->first, text_of(body, "error"),
          text_of(body, "hint")};
}

Result<void> LineBuffer::add(std::string_view octets) {
  octets_ += octets;
  const auto end = octets_.find('\n', searched_);
  if (end == std::string::npos) searched_ = octets_.size();
  const auto length = end == std::string::npos ? octets_.size() : end + 1;
  if (length <= most_) return {};
  return fail(Errc::kBadInput, fmt::format("a message is longer than {} octets", most_));
}

std::optional<std::string> LineBuffer::take() {
  const auto end = octets_.find('\n', searched_);
  if (end == std::string::npos) return std::nullopt;
  auto line = octets_.substr(0, end);
  octets_.erase(0, end + 1);
  searched_ = 0;
  return line;
}

}  // namespace danewerk::daemon
