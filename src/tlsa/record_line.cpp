#include "tlsa/record_line.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "dns/ttl_text.h"
#include "dns/type.h"

namespace danewerk::tlsa {

namespace {

constexpr std::string_view kBlanks = " \t\r";

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return words;
    text.remove_prefix(first);
    const auto end = std::min(text.find_first_of(kBlanks), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

bool is_type(std::string_view word) {
  const auto upper = to_upper(word);
  return upper == "TLSA" || upper == "TYPE52";
}

bool begins_with_owner(std::string_view line) {
  return line.find_first_of(kBlanks) != 0;
}

bool is_class(std::string_view word) {
  const auto upper = to_upper(word);
  return upper == "IN" || upper == "CH" || upper == "HS";
}

/// What kind of record a line has, and where its type stands.
struct TypePlace {
  enum class Kind : std::uint8_t { kTlsa, kOther, kNone };
  Kind kind = Kind::kNone;
  std::size_t at = 0;
};

/// The type is the first word after owner, TTL and class: RRSIG and NSEC name types of others.
TypePlace type_place(std::string_view line, const std::vector<std::string_view>& words) {
  using Kind = TypePlace::Kind;
  for (std::size_t i = begins_with_owner(line) ? 1 : 0; i < words.size(); ++i) {
    if (is_class(words[i]) || dns::period_from_text(words[i])) continue;
    if (is_type(words[i])) return {Kind::kTlsa, i};
    if (dns::type_from_text(words[i])) return {Kind::kOther, i};
    break;
  }
  // Words that do not belong there are told of later.
  const auto type = std::find_if(words.begin(), words.end(), is_type);
  if (type == words.end()) return {};
  return {Kind::kTlsa, static_cast<std::size_t>(type - words.begin())};
}

/// Owner, TTL and class, which stand before the type. A line that begins with a blank has no owner.
Result<void> read_head(const std::vector<std::string_view>& words, std::size_t type,
                       RecordLine& line) {
  const bool has_owner = begins_with_owner(line.text);
  for (std::size_t i = 0; i < type; ++i) {
    if (i == 0 && has_owner) {
      DW_TRY(line.owner, owner_from_text(words[0]));
      continue;
    }
    if (to_upper(words[i]) == "IN") continue;
    const auto ttl = dns::period_from_text(words[i]);
    if (!ttl) {
      return fail(Errc::kBadInput, fmt::format("'{}' is neither a TTL nor the class IN", words[i]));
    }
    line.ttl = ttl;
  }
  return {};
}

/// Digits that may stand in several words.
Result<Bytes> read_digits(const std::vector<std::string_view>& words, std::size_t first) {
  std::string digits;
  for (std::size_t i = first; i < words.size(); ++i) digits += words[i];
  auto octets = from_hex(digits);
  if (octets) return *std::move(octets);
  return fail(Errc::kBadInput, fmt::format("'{}' is not hexadecimal", digits),
              digits.size() % 2 != 0 ? "is a digit missing, or one too many?" : "");
}

/// The form of RFC 3597 section 5: "\# 35 0301...".
Result<Bytes> read_unknown(const std::vector<std::string_view>& words, std::size_t first) {
  if (words.size() < first + 2) return fail(Errc::kBadInput, "the length is missing after \\#");
  DW_TRY(auto octets, read_digits(words, first + 2));
  if (words[first + 1] != std::to_string(octets.size())) {
    return fail(Errc::kBadInput,
                fmt::format("{} octets where '{}' are announced", octets.size(), words[first + 1]));
  }
  return octets;
}

/// Numbers or names of RFC 7218, then digits.
Result<Bytes> read_plain(const std::vector<std::string_view>& words, std::size_t first) {
  constexpr std::size_t kFields = 3;
  if (words.size() < first + kFields + 1) {
    return fail(Errc::kBadInput, "usage, selector, matching type or data is missing",
                "3 1 1 and the digest in hexadecimal");
  }
  const auto numbers = fmt::format("{} {} {}", words[first], words[first + 1], words[first + 2]);
  DW_TRY(const auto combination, combination_from_text(numbers));
  DW_TRY(auto data, read_digits(words, first + kFields));
  return Association{combination, std::move(data)}.rdata();
}

Result<Bytes> read_rdata(const std::vector<std::string_view>& words, std::size_t first) {
  const bool is_unknown = first < words.size() && words[first] == "\\#";
  return is_unknown ? read_unknown(words, first) : read_plain(words, first);
}

/// A line without comment and parentheses, which change the depth; what is quoted is neither.
std::string bare(std::string_view line, int& depth) {
  std::string out;
  bool is_quoted = false;
  for (const char c : line) {
    if (c == '"') is_quoted = !is_quoted;
    if (c == ';' && !is_quoted) break;
    const bool is_parenthesis = !is_quoted && (c == '(' || c == ')');
    if (is_parenthesis) depth += c == '(' ? 1 : -1;
    out += is_parenthesis ? ' ' : c;
  }
  return out;
}

/// A line, and its number in the text.
struct Line {
  std::size_t number = 1;
  std::string text{};
};

/// Lines without comments; a record in parentheses in one. Faults are found later.
std::vector<Line> logical_lines(std::string_view text) {
  std::vector<Line> lines;
  int depth = 0;
  for (std::size_t number = 1;; ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const bool goes_on = depth > 0;
    auto content = bare(text.substr(0, end), depth);
    if (goes_on) {
      lines.back().text += ' ' + content;
    } else {
      lines.push_back({number, std::move(content)});
    }
    if (end == text.size()) return lines;
    text.remove_prefix(end + 1);
  }
}

/// A line of a zone file that is about something else.
bool is_other(std::string_view line) {
  const auto words = words_of(line);
  if (words.empty() || words.front().starts_with('$')) return true;
  const auto kind = type_place(line, words).kind;
  if (kind != TypePlace::Kind::kNone) return kind == TypePlace::Kind::kOther;
  // RDATA alone begins with its usage.
  return words.front() != "\\#" && !combination_from_text(fmt::format("{} 1 1", words.front()));
}

/// What lines of a zone file say of the next ones: $ORIGIN, and the owner (RFC 1035 section 5.1).
class Owners {
 public:
  explicit Owners(std::string_view origin) : origin_(origin) {
    if (!origin_.empty() && !is_absolute(origin_)) origin_ += '.';
  }

  /// A line with its owner in full. One without a type has none.
  std::string completed(const std::string& line) {
    const auto words = words_of(line);
    if (words.empty()) return line;
    if (to_upper(words.front()) == "$ORIGIN" && words.size() > 1) origin_ = whole(words[1]);
    if (words.front().starts_with('$')) return line;
    const bool has_owner = begins_with_owner(line);
    const bool is_record = type_place(line, words).kind == TypePlace::Kind::kTlsa;
    if (has_owner && (is_record || is_other(line))) last_ = whole(words.front());
    if (!is_record || last_.empty()) return line;
    const auto rest = has_owner ? line.substr(words.front().size()) : line;
    return last_ + rest;
  }

 private:
  static bool is_absolute(std::string_view name) {
    return name.ends_with('.') && !name.ends_with("\\.");
  }
  [[nodiscard]] std::string whole(std::string_view name) const {
    if (origin_.empty() || is_absolute(name)) return std::string(name);
    if (name == "@") return origin_;
    return fmt::format("{}.{}", name, origin_ == "." ? std::string() : origin_);
  }

  std::string origin_;
  std::string last_{};  ///< of the last record
};

}  // namespace

Result<RecordLine> record_line_from_text(std::string_view text) {
  const auto words = words_of(text);
  if (words.empty()) return fail(Errc::kBadInput, "there is no record");
  RecordLine line;
  line.text = std::string(text);
  const auto [kind, at] = type_place(text, words);
  if (kind == TypePlace::Kind::kOther) {
    return fail(Errc::kBadInput, fmt::format("a record of type {}, not TLSA", words[at]));
  }
  if (kind == TypePlace::Kind::kNone) {
    DW_TRY(line.rdata, read_rdata(words, 0));
    return line;
  }
  DW_TRY_VOID(read_head(words, at, line));
  DW_TRY(line.rdata, read_rdata(words, at + 1));
  return line;
}

Result<std::vector<RecordLine>> record_lines_from_text(std::string_view text,
                                                       std::string_view origin) {
  std::vector<RecordLine> lines;
  Owners owners(origin);
  for (const auto& [number, content] : logical_lines(text)) {
    const auto whole = owners.completed(content);
    if (is_other(whole)) continue;
    auto line = record_line_from_text(whole);
    if (!line) return tl::unexpected(std::move(line).error().in(fmt::format("line {}", number)));
    lines.push_back(*std::move(line));
  }
  return lines;
}

}  // namespace danewerk::tlsa
