#pragma once

/// \file
/// Dynamic updates (RFC 2136): a message that adds and deletes single records of one zone. Value
/// types; thread-compatible.

#include <cstdint>
#include <vector>

#include "dns/message.h"

namespace danewerk::dns {

/// The opcode of an update (RFC 2136 section 1.3).
inline constexpr unsigned kOpcodeUpdate = 5;

struct Update {
  enum class Act : std::uint8_t {
    kAdd,     ///< the record, beside those that are there (RFC 2136 section 2.5.1)
    kDelete,  ///< this record alone, whatever its TTL (RFC 2136 section 2.5.4)
  };
  struct Record {
    Act act = Act::kAdd;
    Name owner{};
    RrType type = RrType::kTlsa;
    Ttl ttl = 0;  ///< of kAdd
    Bytes rdata{};
  };
  std::uint16_t id = 0;
  Name zone{};
  /// Names that must not be aliases: a server takes an addition to one without a word, and does
  /// nothing (RFC 2136 section 3.4.2.2).
  std::vector<Name> not_aliases{};
  std::vector<Record> records{};
};
Bytes write_update(const Update& update);

/// The message is a response to the update: id, opcode and, where there is one, zone agree.
bool is_answer_to(const Message& message, const Update& update);

}  // namespace danewerk::dns
