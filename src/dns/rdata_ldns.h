#pragma once

/// \file
/// RDATA of the types that rdata_layout does not have, by ldns. For rdata_text.cpp only. Only
/// rdata_ldns.cpp sees ldns. Thread-safe.

#include "dns/rdata_text.h"

namespace danewerk::dns::by_ldns {

/// ldns can read and print this type.
bool knows(RrType type);

/// Replaces `out`. \returns what is wrong, or nothing.
std::optional<RdataFault> parse(RrType type, std::span<const RdataField> given,
                                const NameView* origin, Bytes& out);

/// The text, or nothing when the octets are not well-formed for the type.
std::optional<std::string> print(RrType type, ByteView rdata);

/// REQUIRES: knows(type).
bool is_well_formed(RrType type, ByteView rdata);

}  // namespace danewerk::dns::by_ldns
