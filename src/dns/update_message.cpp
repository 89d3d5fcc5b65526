#include "dns/update_message.h"

#include "base/result.h"

namespace danewerk::dns {

namespace {

constexpr std::uint16_t kClassNone = 254;
constexpr std::uint16_t kUpdateFlags = kOpcodeUpdate << 11U;
constexpr std::size_t kMaxCount = 0xffff;

struct Head {
  NameView owner;
  RrType type = RrType::kTlsa;
  std::uint16_t of_class = kClassIn;
  Ttl ttl = 0;
};

void append_name(Bytes& out, NameView name) {
  out.insert(out.end(), name.wire().begin(), name.wire().end());
}

void append_record(Bytes& out, const Head& head, ByteView rdata) {
  append_name(out, head.owner);
  append_u16(out, static_cast<std::uint16_t>(head.type));
  append_u16(out, head.of_class);
  append_u32(out, head.ttl);
  append_u16(out, static_cast<std::uint16_t>(rdata.size()));
  out.insert(out.end(), rdata.begin(), rdata.end());
}

}  // namespace

Bytes write_update(const Update& update) {
  DW_CHECK(update.not_aliases.size() <= kMaxCount && update.records.size() <= kMaxCount,
           "an update fits into a message");
  Bytes out;
  append_u16(out, update.id);
  append_u16(out, kUpdateFlags);
  append_u16(out, 1);
  append_u16(out, static_cast<std::uint16_t>(update.not_aliases.size()));
  append_u16(out, static_cast<std::uint16_t>(update.records.size()));
  append_u16(out, 0);
  append_name(out, update.zone);
  append_u16(out, static_cast<std::uint16_t>(RrType::kSoa));
  append_u16(out, kClassIn);
  // RFC 2136 section 2.4.3: the RRset does not exist.
  for (const auto& name : update.not_aliases) {
    append_record(out, {name, RrType::kCname, kClassNone, 0}, {});
  }
  for (const auto& record : update.records) {
    const bool is_add = record.act == Update::Act::kAdd;
    append_record(
        out, {record.owner, record.type, is_add ? kClassIn : kClassNone, is_add ? record.ttl : 0},
        record.rdata);
  }
  return out;
}

bool is_answer_to(const Message& message, const Update& update) {
  const auto& head = message.head;
  if (!head.is_response() || head.id != update.id || head.opcode() != kOpcodeUpdate) return false;
  // RFC 2136 section 3.8: the sections may be copied, or empty.
  if (message.questions.empty()) return true;
  return message.questions.size() == 1 && equal(message.questions.front().name, update.zone);
}

}  // namespace danewerk::dns
