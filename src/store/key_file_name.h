#pragma once

/// \file
/// Names of key files. A zone's name is written with lower-case letters, digits, hyphen, underscore
/// and dots between labels; every other octet is %XX. So no zone's name can leave the folder, and
/// two zones never share a file.
///
///   ours   ZONE+ALG+TAG+ID.pem and .dnskey   ALG three digits, TAG five, ID 16 hex digits of the
///                                            key's identity; "@" is the root
///   BIND   KZONE.+ALG+TAG.private and .key   "." is the root
///
/// No state.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dns/name.h"
#include "model/key.h"

namespace danewerk::store {

/// What our files of a zone begin with, "+" included. A name too long for a file name is cut and
/// completed by a digest of the whole.
std::string own_prefix(dns::NameView zone);
/// File name without extension.
std::string own_stem(dns::NameView zone, const model::Key& key);

/// What BIND's files of a zone begin with, second dot and "+" included.
std::string bind_prefix(dns::NameView zone);
std::string bind_stem(dns::NameView zone, const model::Dnskey& key);

/// Algorithm and tag that a stem tells, after its prefix.
struct StemNumbers {
  std::uint8_t algorithm = 0;
  model::KeyTag tag = 0;
};
/// \param rest  of a file name, after prefix, before extension: "008+12345" or
///              "008+12345+0123456789abcdef". Nothing for any other form.
std::optional<StemNumbers> numbers_of(std::string_view rest);

}  // namespace danewerk::store
