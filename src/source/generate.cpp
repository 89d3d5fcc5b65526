#include "source/generate.h"

#include <charconv>

#include <fmt/format.h>

namespace danewerk::source {

namespace {

constexpr std::uint64_t kMaxNumber = 0x7fffffff;

/// `${OFFSET[,WIDTH[,BASE]]}` after the dollar sign.
struct Modifier {
  std::int64_t offset = 0;
  unsigned width = 0;
  char base = 'd';
};

template <class Number>
bool take_number(std::string_view& text, Number& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop == text.data()) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// The text between the braces.
std::optional<Modifier> parse_modifier(std::string_view text) {
  constexpr unsigned kMaxWidth = 255;
  Modifier m;
  take(text, '+');
  if (!take_number(text, m.offset)) return std::nullopt;
  const auto max = static_cast<std::int64_t>(kMaxNumber);
  if (m.offset > max || m.offset < -max) return std::nullopt;
  if (text.empty()) return m;
  if (!take(text, ',') || !take_number(text, m.width) || m.width > kMaxWidth) return std::nullopt;
  if (text.empty()) return m;
  if (!take(text, ',') || text.size() != 1) return std::nullopt;
  m.base = text.front();
  if (std::string_view("doxXnN").find(m.base) == std::string_view::npos) return std::nullopt;
  return m;
}

/// Hexadecimal digits, least first, dots between them; the width counts dots, too.
void append_nibbles(std::string& out, std::uint64_t value, const Modifier& m) {
  const std::string_view digits = m.base == 'N' ? "0123456789ABCDEF" : "0123456789abcdef";
  unsigned width = m.width;
  do {
    out.push_back(digits[value & 15U]);
    value >>= 4;
    if (width > 0) --width;
    if (width > 0 || value != 0) {
      out.push_back('.');
      if (width > 0) --width;
    }
  } while (value != 0 || width > 0);
}

void append_number(std::string& out, std::uint64_t value, const Modifier& m) {
  const auto to = std::back_inserter(out);
  switch (m.base) {
    case 'd':
      fmt::format_to(to, "{:0{}d}", value, m.width);
      break;
    case 'o':
      fmt::format_to(to, "{:0{}o}", value, m.width);
      break;
    case 'x':
      fmt::format_to(to, "{:0{}x}", value, m.width);
      break;
    case 'X':
      fmt::format_to(to, "{:0{}X}", value, m.width);
      break;
    default:
      append_nibbles(out, value, m);
      break;
  }
}

/// What stands after a dollar sign. \returns what is wrong with it.
std::optional<std::string> expand(std::string& out, std::string_view& rest, std::uint64_t value) {
  if (take(rest, '$')) {  // `$$`, BIND's older spelling of `\$`
    out += "\\$";
    return std::nullopt;
  }
  Modifier modifier;
  if (take(rest, '{')) {
    const std::size_t end = rest.find('}');
    const auto parsed = parse_modifier(rest.substr(0, end));
    if (end == std::string_view::npos || !parsed) {
      return "a dollar sign needs {OFFSET,WIDTH,BASE} after it, base one of d o x X n N";
    }
    modifier = *parsed;
    rest.remove_prefix(end + 1);
  }
  const std::int64_t number = static_cast<std::int64_t>(value) + modifier.offset;
  if (number < 0) return fmt::format("the offset makes {} of {}", number, value);
  append_number(out, static_cast<std::uint64_t>(number), modifier);
  return std::nullopt;
}

struct Range {
  std::uint64_t first = 0, last = 0, step = 1;
};

/// START-STOP[/STEP]
std::optional<Range> parse_range(std::string_view text) {
  Range r;
  if (!take_number(text, r.first) || !take(text, '-') || !take_number(text, r.last)) {
    return std::nullopt;
  }
  if (take(text, '/') && !take_number(text, r.step)) return std::nullopt;
  const bool is_sane = r.first <= r.last && r.last <= kMaxNumber && r.step > 0 && text.empty();
  return is_sane ? std::optional(r) : std::nullopt;
}

}  // namespace

std::optional<EntryFault> Generator::open(const Entry& entry) {
  constexpr std::string_view kForm = "$GENERATE START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE RDATA";
  if (entry.fields.size() < 4) {
    return EntryFault{"ZONE-BAD-GENERATE", entry.place_of_field(0), "the line ends too early",
                      fmt::format("write: {}", kForm)};
  }
  const auto range = parse_range(entry.fields[1].text);
  if (!range) {
    return EntryFault{"ZONE-BAD-GENERATE", entry.place_of_field(1),
                      fmt::format("'{}' is no range of numbers", entry.fields[1].text),
                      fmt::format("write: {}", kForm)};
  }
  const auto& first = entry.fields[2];
  const auto& last = entry.fields.back();
  const char* begin = first.text.data() - (first.is_quoted ? 1 : 0);
  const char* end = last.text.data() + last.text.size() + (last.is_quoted ? 1 : 0);
  line_.assign(begin, end);
  if (line_.find('\n') != std::string::npos) {
    return EntryFault{"ZONE-BAD-GENERATE", entry.place_of_field(0), "it must stand on one line"};
  }
  value_ = range->first;
  step_ = range->step;
  left_ = (range->last - range->first) / range->step + 1;
  return std::nullopt;
}

std::optional<std::string> Generator::append_line(std::string& out) {
  std::string_view rest = line_;
  const std::uint64_t value = value_;
  value_ += step_;
  --left_;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\\' && !rest.empty()) {
      out.push_back(c);
      out.push_back(rest.front());
      rest.remove_prefix(1);
    } else if (c == '$') {
      if (auto bad = expand(out, rest, value)) return bad;
    } else {
      out.push_back(c);
    }
  }
  out.push_back('\n');
  return std::nullopt;
}

}  // namespace danewerk::source
