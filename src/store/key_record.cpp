#include <charconv>

#include <fmt/format.h>

#include "base/time.h"
#include "crypto/algorithm.h"
#include "store/key_text.h"

namespace danewerk::store {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

template <class Fn>
void for_each_line(std::string_view text, Fn&& fn) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    fn(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

/// Words of a line, parentheses left out: they only join lines.
void append_words(std::vector<std::string_view>& words, std::string_view line) {
  constexpr std::string_view kBetween = " \t\r()";
  for (;;) {
    const auto first = line.find_first_not_of(kBetween);
    if (first == std::string_view::npos) return;
    line.remove_prefix(first);
    const auto end = line.find_first_of(kBetween);
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end);
  }
}

template <class Number>
Result<Number> number_from(std::string_view word, std::string_view what) {
  Number value{};
  const auto* end = word.data() + word.size();
  const auto [stop, fault] = std::from_chars(word.data(), end, value);
  if (fault != std::errc{} || stop != end) {
    return fail(Errc::kBadInput, fmt::format("'{}' is no DNSKEY {}", word.substr(0, 40), what));
  }
  return value;
}

bool is_digits(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Skips TTL and class, in either order; then the type must come.
Result<std::size_t> place_of_rdata(const std::vector<std::string_view>& words) {
  std::size_t at = 1;
  while (at < words.size() && (is_digits(words[at]) || words[at] == "IN" || words[at] == "in"))
    ++at;
  if (at >= words.size() || (words[at] != "DNSKEY" && words[at] != "dnskey")) {
    return fail(Errc::kBadInput, "the file has no DNSKEY record");
  }
  return at + 1;
}

Result<model::Dnskey> dnskey_from_words(const std::vector<std::string_view>& words,
                                        std::size_t at) {
  constexpr std::size_t kLeast = 4;
  if (words.size() < at + kLeast) return fail(Errc::kBadInput, "the DNSKEY record is cut short");
  model::Dnskey key;
  DW_TRY(key.flags, number_from<std::uint16_t>(words[at], "flags"));
  DW_TRY(key.protocol, number_from<std::uint8_t>(words[at + 1], "protocol"));
  if (const auto known = crypto::algorithm_from_text(words[at + 2])) {
    key.algorithm = static_cast<std::uint8_t>(*known);
  } else {
    DW_TRY(key.algorithm, number_from<std::uint8_t>(words[at + 2], "algorithm"));
  }
  std::string digits;
  for (std::size_t i = at + 3; i < words.size(); ++i) digits += words[i];
  auto octets = from_base64(digits);
  if (!octets) return fail(Errc::kBadInput, "the DNSKEY's public key is no base 64");
  key.public_key = *std::move(octets);
  return model::dnskey_from_rdata(key.rdata());
}

Result<std::string_view> note(const KeyRecord& record, std::string_view name) {
  const auto found = record.notes.find(name);
  if (found == record.notes.end()) {
    return fail(Errc::kBadInput, fmt::format("the note '{}' is missing", name));
  }
  return found->second;
}

}  // namespace

Result<KeyRecord> parse_key_record(std::string_view text) {
  KeyRecord record;
  std::vector<std::string_view> words;
  bool starts_blank = false;
  for_each_line(text, [&](std::string_view line) {
    const auto semicolon = line.find(';');
    const auto content = line.substr(0, semicolon);
    if (words.empty()) starts_blank = content.find_first_of(kBlank) == 0;
    append_words(words, content);
    if (semicolon != 0) return;
    const auto comment = line.substr(1);
    const auto colon = comment.find(':');
    if (colon == std::string_view::npos) return;
    record.notes.emplace(trimmed(comment.substr(0, colon)), trimmed(comment.substr(colon + 1)));
  });
  if (words.empty()) return fail(Errc::kBadInput, "the file has no DNSKEY record");
  if (starts_blank) return fail(Errc::kBadInput, "the DNSKEY record has no owner");
  DW_TRY(record.owner, dns::name_from_text(words[0]));
  DW_TRY(const auto at, place_of_rdata(words));
  DW_TRY(record.dnskey, dnskey_from_words(words, at));
  return record;
}

std::string key_record_text(dns::NameView owner, const model::Dnskey& key) {
  return fmt::format("{} IN DNSKEY {} {} {} {}", dns::to_text(owner), key.flags, key.protocol,
                     key.algorithm, to_base64(key.public_key));
}

std::string own_record_text(dns::NameView zone, const model::Key& key) {
  const auto algorithm = crypto::algorithm_from_number(key.dnskey.algorithm);
  DW_CHECK(algorithm && key.timing.created, "a key of ours has an algorithm and a creation");
  return fmt::format(
      "; danewerk-key: 1\n; role: {}\n; algorithm: {}\n; created: {}\n; id: {}\n{}\n",
      to_text(key.role), to_text(*algorithm), to_text(*key.timing.created), key.id(),
      key_record_text(zone, key.dnskey));
}

Result<model::Key> parse_own_record(std::string_view text, dns::NameView zone) {
  DW_TRY(const auto record, parse_key_record(text));
  DW_TRY(const auto version, note(record, "danewerk-key"));
  if (version != "1") {
    return fail(Errc::kBadInput, fmt::format("key file format {} is not known", version));
  }
  if (!dns::equal(record.owner, zone)) {
    return fail(Errc::kBadInput, fmt::format("the key is one of {}", dns::to_text(record.owner)));
  }
  model::Key key;
  key.dnskey = record.dnskey;
  DW_TRY(const auto role_text, note(record, "role"));
  const auto role = model::role_from_text(role_text);
  if (!role) return fail(Errc::kBadInput, fmt::format("'{}' is no role", role_text));
  key.role = *role;
  if (key.dnskey.is_secure_entry_point() != key.signs_dnskey()) {
    return fail(Errc::kBadInput,
                fmt::format("role {} contradicts flags {}", role_text, key.dnskey.flags));
  }
  DW_TRY(const auto created, note(record, "created"));
  auto instant = parse_instant(created);
  if (!instant) return tl::unexpected(std::move(instant).error().in("created"));
  key.timing.created = *instant;
  DW_TRY(const auto id, note(record, "id"));
  if (id != key.id()) return fail(Errc::kCorrupt, "the public key is not the one that was stored");
  return key;
}

}  // namespace danewerk::store
