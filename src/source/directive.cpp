#include "source/directive.h"

#include <fmt/format.h>

#include "dns/ttl_text.h"
#include "source/fold.h"

namespace danewerk::source {

namespace {

std::optional<EntryFault> apply_origin(const Entry& entry, Scope& scope) {
  const std::string_view text = entry.fields[1].text;
  const auto base = scope.origin ? std::optional(scope.origin->view()) : std::nullopt;
  dns::NameBuffer name;
  const auto fault = dns::parse_name(text, base ? &*base : nullptr, name);
  if (fault != dns::NameFault::kNone) {
    return EntryFault{id_of(fault), entry.place_of_field(1),
                      fmt::format("'{}' is no origin: {}", text, to_text(fault))};
  }
  scope.origin = dns::Name(name.view());
  return std::nullopt;
}

std::optional<EntryFault> apply_ttl(const Entry& entry, Scope& scope) {
  const auto ttl = ttl_from_text(entry.fields[1].text);
  if (!ttl) {
    return EntryFault{"ZONE-BAD-TTL", entry.place_of_field(1),
                      fmt::format("'{}' is no TTL", entry.fields[1].text),
                      "write seconds, up to 2147483647, or units such as 1h30m"};
  }
  scope.default_ttl = *ttl;
  return std::nullopt;
}

}  // namespace

Directive directive_of(const Entry& entry) {
  const std::string_view word = entry.fields[0].text;
  if (equal_fold(word, "$ORIGIN")) return Directive::kOrigin;
  if (equal_fold(word, "$TTL")) return Directive::kTtl;
  if (equal_fold(word, "$INCLUDE")) return Directive::kInclude;
  if (equal_fold(word, "$GENERATE")) return Directive::kGenerate;
  return Directive::kUnknown;
}

std::optional<EntryFault> apply_directive(const Entry& entry, Scope& scope) {
  const Directive directive = directive_of(entry);
  if (directive == Directive::kUnknown) {
    return EntryFault{"ZONE-BAD-DIRECTIVE", entry.place_of_field(0),
                      fmt::format("'{}' is no directive", entry.fields[0].text),
                      "an owner name that begins with a dollar sign is written \\$"};
  }
  if (entry.fields.size() != 2) {
    return EntryFault{"ZONE-BAD-DIRECTIVE", entry.place_of_field(entry.fields.size() < 2 ? 0 : 2),
                      fmt::format("{} takes one value", entry.fields[0].text)};
  }
  return directive == Directive::kOrigin ? apply_origin(entry, scope) : apply_ttl(entry, scope);
}

EntryFault fault_of_text(const Entry& entry, bool is_cut_off) {
  const LinePlace place = entry.place_of(entry.fault_at);
  switch (entry.fault) {
    case LexFault::kControlOctet:
      return {"ZONE-BINARY", place,
              fmt::format("octet {} does not belong into a zone file",
                          static_cast<unsigned>(static_cast<unsigned char>(*entry.fault_at))),
              "in a name or text it is written as \\DDD"};
    case LexFault::kOpenQuote:
      if (is_cut_off) return {"ZONE-TRUNCATED", place, "the file ends within quotes"};
      return {"ZONE-SYNTAX", place, "a quote is not closed on its line",
              "a newline within a text is written as \\010"};
    case LexFault::kOpenParenthesis:
      return {"ZONE-TRUNCATED", place, "the file ends before this parenthesis is closed"};
    default:
      return {"ZONE-SYNTAX", place, "a parenthesis is closed that was not opened"};
  }
}

std::string_view id_of(dns::NameFault fault) {
  switch (fault) {
    case dns::NameFault::kLabelTooLong:
      return "ZONE-LABEL-TOO-LONG";
    case dns::NameFault::kNameTooLong:
      return "ZONE-NAME-TOO-LONG";
    case dns::NameFault::kBadEscape:
      return "ZONE-BAD-ESCAPE";
    case dns::NameFault::kNoOrigin:
      return "ZONE-NO-ORIGIN";
    default:
      return "ZONE-BAD-NAME";
  }
}

std::optional<dns::Ttl> ttl_from_text(std::string_view text) {
  const auto seconds = dns::period_from_text(text);
  return seconds && *seconds <= dns::kMaxTtl ? seconds : std::nullopt;
}

Finding to_finding(EntryFault fault, const std::string& file_name, Level level) {
  return {.id = fault.id,
          .level = level,
          .message = std::move(fault.message),
          .owner = {},
          .place = {file_name, fault.place.line, fault.place.column},
          .hint = std::move(fault.hint)};
}

}  // namespace danewerk::source
