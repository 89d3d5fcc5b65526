#include "base/time.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace danewerk {

namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] sys_seconds now() const override {
    return std::chrono::floor<seconds>(std::chrono::system_clock::now());
  }
};

constexpr std::array<std::pair<char, std::int64_t>, 6> kUnits{
    {{'y', 31'536'000}, {'w', 604'800}, {'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t kMaxSpan = 100LL * 31'536'000;
constexpr std::int64_t kMaxInstant = 0xffffffffLL;

std::int64_t unit_of(char letter) {
  for (const auto& [name, size] : kUnits) {
    if (name == letter) return size;
  }
  return 0;
}

/// A number of exactly WIDTH digits at the front of TEXT, which is then shortened.
std::optional<int> take_number(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  const auto* end = text.data() + width;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.front() == '-') return std::nullopt;
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<sys_seconds> to_instant(const Civil& c) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar types only
  const year_month_day date{year(c.year), month(static_cast<unsigned>(c.month)),
                            day(static_cast<unsigned>(c.day))};
  if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 59) return std::nullopt;
  return sys_days(date) + hours(c.hour) + minutes(c.minute) + seconds(c.second);
}

/// The fields in order, each followed by its separator (0: none).
std::optional<Civil> take_civil(std::string_view& text, std::string_view separators) {
  Civil c;
  const std::array<std::pair<int*, std::size_t>, 6> fields{
      {{&c.year, 4}, {&c.month, 2}, {&c.day, 2}, {&c.hour, 2}, {&c.minute, 2}, {&c.second, 2}}};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto number = take_number(text, fields.at(i).second);
    if (!number) return std::nullopt;
    *fields.at(i).first = *number;
    const bool separated = i < separators.size();
    if (separated && separators[i] == 'T' && (take(text, 't') || take(text, ' '))) continue;
    if (separated && !take(text, separators[i])) return std::nullopt;
  }
  return c;
}

std::optional<sys_seconds> parse_rfc3339(std::string_view text) {
  const auto civil = take_civil(text, "--T::");
  if (!civil) return std::nullopt;
  const auto instant = to_instant(*civil);
  if (!instant) return std::nullopt;
  if (text == "Z" || text == "z") return instant;
  const bool east = take(text, '+');
  if (!east && !take(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const seconds offset{*hours * 3600 + *minutes * 60};
  return east ? *instant - offset : *instant + offset;
}

std::optional<sys_seconds> parse_any(std::string_view text) {
  if (take(text, '@')) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
    return sys_seconds(seconds(value));
  }
  if (text.size() == 14 && text.find('-') == std::string_view::npos) {
    const auto civil = take_civil(text, {});
    return civil ? to_instant(*civil) : std::nullopt;
  }
  return parse_rfc3339(text);
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Result<seconds> parse_duration(std::string_view text) {
  const auto bad = [text] {
    return fail(Errc::kBadInput, fmt::format("'{}' is not a duration", text),
                "write a number and a unit, such as 90s, 5m, 1h, 30d, 2w or 1y; without unit it is "
                "seconds");
  };
  std::int64_t total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc() || value < 0 || value > kMaxSpan || rest.front() == '-') return bad();
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    std::int64_t unit = 1;
    if (!rest.empty()) {
      unit = unit_of(rest.front());
      rest.remove_prefix(1);
    }
    if (unit == 0 || value > kMaxSpan / unit) return bad();
    total += value * unit;
    if (total > kMaxSpan) return bad();
  }
  if (text.empty()) return bad();
  return seconds(total);
}

std::string to_text(seconds span) {
  std::int64_t left = span.count();
  std::string text;
  if (left < 0) {
    text = "-";
    left = -left;
  }
  for (const auto& [letter, size] : kUnits) {
    if (letter == 'w' || letter == 'y') continue;  // days are what people count validity in
    if (left >= size) text += fmt::format("{}{}", left / size, letter);
    left %= size;
  }
  return text.empty() || text == "-" ? "0s" : text;
}

Result<sys_seconds> parse_instant(std::string_view text) {
  const auto instant = parse_any(text);
  if (!instant || instant->time_since_epoch().count() < 0 ||
      instant->time_since_epoch().count() > kMaxInstant) {
    return fail(Errc::kBadInput, fmt::format("'{}' is not an instant from 1970 to 2106", text),
                "write 2026-11-21T01:20:00Z, 20261121012000 or @1795224000");
  }
  return *instant;
}

namespace {
std::string civil_text(sys_seconds instant,
                       fmt::format_string<int, unsigned, unsigned, long, long, long> form) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const long second = static_cast<long>((instant - day).count());
  return fmt::format(form, static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), second / 3600, second / 60 % 60,
                     second % 60);
}
}  // namespace

std::string to_text(sys_seconds instant) {
  return civil_text(instant, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z");
}

std::string to_dns_text(sys_seconds instant) {
  return civil_text(instant, "{:04}{:02}{:02}{:02}{:02}{:02}");
}

sys_seconds from_rrsig_time(std::uint32_t time, sys_seconds near) {
  const auto distance = static_cast<std::int32_t>(time - to_rrsig_time(near));
  return near + seconds(distance);
}

}  // namespace danewerk
