#pragma once

/// \file
/// What to do about a file of a renewal client that cannot be taken. No state.

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/file.h"

namespace danewerk::engine {

enum class ClientFile : std::uint8_t { kChain, kKey };

/// Of one that cannot be read, as the file system has it. Empty: nothing better than its reason.
std::string hint_for_unreadable(const Path& file, ClientFile kind);

/// Of one whose octets are no certificate or key.
std::string hint_for_content(ByteView octets);

}  // namespace danewerk::engine
