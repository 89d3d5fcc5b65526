#pragma once

/// \file
/// DNS messages (RFC 1035 section 4.1, RFC 6891): queries written, answers read. Octets that are
/// read are not trusted. Value types; thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "dns/name.h"
#include "dns/type.h"

namespace danewerk::dns {

/// The class of all our questions (RFC 1035 section 3.2.4).
inline constexpr std::uint16_t kClassIn = 1;
/// UDP payload that we offer (RFC 6891 section 6.2.3): no fragments on any path of today.
inline constexpr std::uint16_t kOfferedOctets = 1232;

/// What the server says of a query or an update (RFC 1035 section 4.1.1, RFC 2136 section 2.2,
/// RFC 6891 section 9). Others are valid.
enum class Rcode : std::uint16_t {
  kNoError = 0,
  kFormatError = 1,
  kServerFailure = 2,
  kNxDomain = 3,
  kNotImplemented = 4,
  kRefused = 5,
  kYxDomain = 6,  ///< 6 to 8: a prerequisite of an update (RFC 2136 section 2.2)
  kYxRrset = 7,
  kNxRrset = 8,
  kNotAuth = 9,   ///< TSIG was not accepted (RFC 8945 section 5.3), or not the zone's server
  kNotZone = 10,  ///< of an update: a name that is not in the zone (RFC 2136 section 2.2)
  kBadVersion = 16,
};
/// "NXDOMAIN"; "RCODE 23" for one without a name here.
std::string to_text(Rcode rcode);

struct Query {
  std::uint16_t id = 0;
  Name name{};
  RrType type = RrType::kSoa;
  bool is_recursion_desired = false;
  bool has_edns = true;
  bool is_dnssec_ok = false;  ///< the DO bit (RFC 3225); needs EDNS
};
Bytes write_query(const Query& query);

/// The fixed part at the front of a message.
struct MessageHead {
  static constexpr std::size_t kOctets = 12;
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::uint16_t questions = 0, answers = 0, authorities = 0, additionals = 0;

  [[nodiscard]] bool is_response() const { return (flags & 0x8000U) != 0; }
  [[nodiscard]] unsigned opcode() const { return (flags >> 11U) & 0xfU; }
  [[nodiscard]] bool is_authoritative() const { return (flags & 0x0400U) != 0; }
  [[nodiscard]] bool is_truncated() const { return (flags & 0x0200U) != 0; }
  [[nodiscard]] bool is_recursion_available() const { return (flags & 0x0080U) != 0; }
};
/// Nothing when there are fewer octets than a head has.
std::optional<MessageHead> read_message_head(ByteView octets);

struct Question {
  Name name{};
  RrType type = RrType::kSoa;
  std::uint16_t of_class = kClassIn;
};

struct MessageRecord {
  Name owner{};
  RrType type = RrType::kSoa;
  std::uint16_t of_class = kClassIn;
  Ttl ttl = 0;
  /// Names in it are uncompressed for the types whose names may come compressed (RFC 3597
  /// section 4). Not checked otherwise: see is_well_formed_rdata.
  Bytes rdata{};
};

/// TSIG of a message (RFC 8945 section 4.2).
struct TsigRecord {
  Name key{};
  Name algorithm{};
  std::uint64_t time_signed = 0;  ///< seconds since 1970, 48 bits
  std::uint16_t fudge = 0;
  Bytes mac{};
  std::uint16_t original_id = 0;
  std::uint16_t error = 0;
  Bytes other{};
  std::size_t at = 0;  ///< octets of the message before it
};

struct Message {
  MessageHead head{};
  Rcode rcode = Rcode::kNoError;  ///< with the upper bits of EDNS
  std::vector<Question> questions{};
  std::vector<MessageRecord> answers{};
  std::vector<MessageRecord> authorities{};
  std::vector<MessageRecord> additionals{};  ///< without OPT and TSIG
  bool has_edns = false;
  std::optional<TsigRecord> tsig{};
};

/// kBadInput with a reason for octets that are no message, or more than one.
Result<Message> read_message(ByteView octets);

/// The message is a response to the query: id, opcode and question agree (RFC 5452 section 9.1).
/// One that says nothing but that it did not understand may come without question.
bool is_answer_to(const Message& message, const Query& query);

/// A name at AT that may be compressed (RFC 1035 section 4.1.4). Each pointer must go further back
/// than the one before, so that this ends. \returns where the next field begins; 0: there is none.
std::size_t expand_name(ByteView message, std::size_t at, NameBuffer& out);

}  // namespace danewerk::dns
