#include "daemon/log.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace danewerk::daemon {

namespace {

/// sd-daemon(3): what the journal takes for a level at the beginning of a line.
class JournalLevel final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& to) override {
    const std::string_view mark = message.level >= spdlog::level::err    ? "<3>"
                                  : message.level >= spdlog::level::warn ? "<4>"
                                  : message.level >= spdlog::level::info ? "<6>"
                                                                         : "<7>";
    to.append(mark.data(), mark.data() + mark.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalLevel>();
  }
};

std::unique_ptr<spdlog::formatter> formatter_of(Log::Form form) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (form == Log::Form::kJournal) {
    formatter->add_flag<JournalLevel>('*').set_pattern("%*%v");
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
  }
  return formatter;
}

bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_.:/@+,").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

std::string log_text(std::string_view event, std::initializer_list<Field> fields) {
  auto text = fmt::format("event={}", event);
  for (const auto& field : fields) {
    if (field.value.empty()) continue;
    using Json = nlohmann::json;
    const auto value = is_plain(field.value)
                           ? field.value
                           : Json(field.value).dump(-1, ' ', true, Json::error_handler_t::replace);
    text += fmt::format(" {}={}", field.key, value);
  }
  return text;
}

struct Log::Body {
  explicit Body(std::shared_ptr<spdlog::sinks::stderr_sink_mt> sink)
      : logger("danewerkd", std::move(sink)) {}
  spdlog::logger logger;
};

Log::Log(Form form, Detail detail)
    : body_(std::make_unique<Body>(std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  body_->logger.set_formatter(formatter_of(form));
  body_->logger.set_level(detail == Detail::kVerbose ? spdlog::level::debug : spdlog::level::info);
  body_->logger.flush_on(spdlog::level::debug);
}

Log::~Log() = default;

void Log::debug(std::string_view event, std::initializer_list<Field> fields) {
  if (body_->logger.should_log(spdlog::level::debug)) body_->logger.debug(log_text(event, fields));
}

void Log::info(std::string_view event, std::initializer_list<Field> fields) {
  body_->logger.info(log_text(event, fields));
}

void Log::warning(std::string_view event, std::initializer_list<Field> fields) {
  body_->logger.warn(log_text(event, fields));
}

void Log::error(std::string_view event, std::initializer_list<Field> fields) {
  body_->logger.error(log_text(event, fields));
}

}  // namespace danewerk::daemon
