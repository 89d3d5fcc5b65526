#pragma once

/// \file
/// TTLs and SOA timers as text. Thread-safe.

#include <cstdint>
#include <optional>
#include <string_view>

namespace danewerk::dns {

/// Seconds: a plain number, or numbers with units as BIND has them (`1h30m`; s m h d w in any
/// case). Nothing for anything else or beyond 32 bits.
std::optional<std::uint32_t> period_from_text(std::string_view text);

}  // namespace danewerk::dns
