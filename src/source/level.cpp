#include "source/level.h"

#include <algorithm>

namespace danewerk::source {

LinePlace Splitter::Level::place_of(std::size_t octet) const {
  const std::string_view before = std::string_view(buffer).substr(at, octet - at);
  const auto newlines = std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  return {line + static_cast<std::uint32_t>(newlines),
          static_cast<std::uint32_t>(before.size() - start + 1)};
}

void Splitter::Level::resolve_owner() {
  if (owner_at == kNone) return;
  RecordLexer lexer(std::string_view(buffer).substr(owner_at, at - owner_at), line);
  Entry entry;
  const auto base = scope.origin ? std::optional(scope.origin->view()) : std::nullopt;
  dns::NameBuffer owner;
  const bool is_good = lexer.next(entry) && !entry.fields.empty() &&
                       dns::parse_name(entry.fields[0].text, base ? &*base : nullptr, owner) ==
                           dns::NameFault::kNone;
  scope.is_owner_bad = !is_good;
  scope.owner = is_good ? std::optional(dns::Name(owner.view())) : std::nullopt;
  owner_at = kNone;
}

void Splitter::Level::drop_used() {
  buffer.erase(0, begin);
  at -= begin;
  if (owner_at != kNone) owner_at -= begin;
  begin = 0;
}

}  // namespace danewerk::source
