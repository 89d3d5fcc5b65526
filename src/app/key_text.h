#pragma once

/// \file
/// Keys and DS records as people and registrars read them.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/bytes.h"
#include "dns/name.h"
#include "model/key.h"

namespace danewerk::app {

/// "RSASHA256".
std::string algorithm_text(std::uint8_t algorithm);
/// "KSK 12345 RSASHA256 2048 bits, FILE".
std::string key_text(const model::Key& key);
nlohmann::ordered_json key_json(const model::Key& key);
/// "example.org. IN DS 12345 8 2 ...".
std::string ds_text(dns::NameView owner, ByteView rdata);

}  // namespace danewerk::app
