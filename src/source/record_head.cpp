#include "source/record_head.h"

#include <algorithm>

#include <fmt/format.h>

#include "source/fold.h"

namespace danewerk::source {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_class_in(std::string_view text) {
  return equal_fold(text, "IN") || equal_fold(text, "CLASS1");
}

bool is_other_class(std::string_view text) {
  if (equal_fold(text, "CH") || equal_fold(text, "HS") || equal_fold(text, "CS") ||
      equal_fold(text, "NONE") || equal_fold(text, "ANY")) {
    return true;
  }
  return text.size() > 5 && equal_fold(text.substr(0, 5), "CLASS") &&
         std::all_of(text.begin() + 5, text.end(), is_digit);
}

/// Types of queries, of messages and of transport: never data (RFC 6895 section 3.1).
bool is_meta(dns::RrType type) {
  const auto number = static_cast<unsigned>(type);
  constexpr unsigned kOpt = 41;
  return number == 0 || number == kOpt || (number >= 128 && number <= 255);
}

EntryFault fault_at(const Entry& entry, std::size_t field, std::string_view id,
                    std::string message) {
  return {id, entry.place_of_field(field), std::move(message)};
}

}  // namespace

std::variant<RecordHead, EntryFault> read_head(const Entry& entry, std::size_t first) {
  RecordHead head;
  bool has_class = false;
  for (std::size_t i = first; i < entry.fields.size(); ++i) {
    const std::string_view text = entry.fields[i].text;
    if (entry.fields[i].is_quoted || text.empty()) {
      return fault_at(entry, i, "ZONE-SYNTAX", "a type is expected, not a text in quotes");
    }
    if (is_digit(text.front())) {
      if (head.ttl) return fault_at(entry, i, "ZONE-BAD-TTL", "there is a TTL already");
      head.ttl = ttl_from_text(text);
      if (head.ttl) continue;
      auto fault = fault_at(entry, i, "ZONE-BAD-TTL", fmt::format("'{}' is no TTL", text));
      fault.hint = "write seconds, up to 2147483647, or units such as 1h30m";
      return fault;
    }
    if (const auto type = dns::type_from_text(text)) {
      if (is_meta(*type)) {
        return fault_at(entry, i, "ZONE-META-TYPE",
                        fmt::format("{} is for messages, not for zones", text));
      }
      head.type = *type;
      head.rdata_field = i + 1;
      return head;
    }
    if (is_class_in(text) && !has_class) {
      has_class = true;
    } else if (is_other_class(text)) {
      return fault_at(entry, i, "ZONE-BAD-CLASS",
                      fmt::format("class {} is not read, only IN", text));
    } else {
      auto fault = fault_at(entry, i, "ZONE-UNKNOWN-TYPE", fmt::format("'{}' is no type", text));
      fault.hint = "types without a name are written TYPEnnn \\# OCTETS HEX";
      return fault;
    }
  }
  return fault_at(entry, entry.fields.size(), "ZONE-SYNTAX", "the record ends before its type");
}

}  // namespace danewerk::source
