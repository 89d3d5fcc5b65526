#pragma once

/// \file
/// Whether validators reach a zone of ours from its parent: without a DS there, clients ignore TLSA
/// records (RFC 7672 section 2.2.1). No state.

#include <cstdint>
#include <string>

#include "config/config.h"
#include "model/zone_state.h"

namespace danewerk::engine {

/// How a zone hangs on its parent, as far as is known.
struct SecureEntry {
  enum class Standing : std::uint8_t {
    kSecure,   ///< the parent shows a DS, or the operator said so
    kNotYet,   ///< nobody has looked
    kUnknown,  ///< nobody looks
    kNone,     ///< there is none, or the zone is not signed
  };
  Standing standing = Standing::kNotYet;
  std::string why{};  ///< of kUnknown and kNone: a part of a sentence
};

SecureEntry secure_entry(const config::Config& config, const config::ZoneConfig& zone,
                         const model::ZoneState& known);

}  // namespace danewerk::engine
