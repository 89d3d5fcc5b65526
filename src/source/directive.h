#pragma once

/// \file
/// $ORIGIN and $TTL, which both the splitter and the parser of a chunk follow, and finding makers
/// that all readers of master files share. Thread-safe.

#include "source/chunk.h"
#include "source/record_lexer.h"

namespace danewerk::source {

enum class Directive : std::uint8_t { kOrigin, kTtl, kInclude, kGenerate, kUnknown };

/// REQUIRES: entry.is_directive and it has fields.
Directive directive_of(const Entry& entry);

/// What is wrong with an entry.
struct EntryFault {
  std::string_view id;
  LinePlace place;
  std::string message;
  std::string hint = {};
};

/// Follows $ORIGIN or $TTL. \returns what is wrong, or nothing; then the scope is as before.
std::optional<EntryFault> apply_directive(const Entry& entry, Scope& scope);

/// A fault of the text itself. REQUIRES: entry.fault is not kNone.
/// \param is_cut_off  the file ends here without a newline.
EntryFault fault_of_text(const Entry& entry, bool is_cut_off);

/// The identifier for a name's fault: ZONE-LABEL-TOO-LONG and so on.
std::string_view id_of(dns::NameFault fault);

/// TTL text into seconds. Nothing when it is none, or beyond 2^31-1 (RFC 2181 section 8).
std::optional<dns::Ttl> ttl_from_text(std::string_view text);

Finding to_finding(EntryFault fault, const std::string& file_name, Level level);

}  // namespace danewerk::source
