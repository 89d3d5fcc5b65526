#pragma once

/// \file
/// Pages of a Tree and references to them.

#include <cstdint>

namespace danewerk::dns {

/// Seconds since 1970 as RRSIG has them; 0 means that nothing is ever due.
using Deadline = std::uint32_t;

}  // namespace danewerk::dns
