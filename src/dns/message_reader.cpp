/// \file
/// Reading messages: every octet may be hostile.

#include <algorithm>
#include <array>

#include "dns/message.h"

namespace danewerk::dns {

namespace {

constexpr std::uint16_t kOpt = 41;
constexpr std::uint16_t kTsig = 250;
constexpr std::uint16_t kClassAny = 255;
constexpr std::size_t kRecordHead = 10;  ///< type, class, TTL, length

/// RDATA whose names may come compressed: octets before the names, names, octets after them.
struct CompressedLayout {
  std::uint16_t type;
  std::uint8_t before;
  std::uint8_t names;
  std::uint8_t after;
};
/// The types of RFC 1035, and those that RFC 3597 section 4 adds for reading. SIG and NXT are of a
/// DNSSEC that nobody has; NAPTR is read apart.
constexpr std::array kCompressed{
    CompressedLayout{2, 0, 1, 0},   // NS
    CompressedLayout{3, 0, 1, 0},   // MD
    CompressedLayout{4, 0, 1, 0},   // MF
    CompressedLayout{5, 0, 1, 0},   // CNAME
    CompressedLayout{6, 0, 2, 20},  // SOA
    CompressedLayout{7, 0, 1, 0},   // MB
    CompressedLayout{8, 0, 1, 0},   // MG
    CompressedLayout{9, 0, 1, 0},   // MR
    CompressedLayout{12, 0, 1, 0},  // PTR
    CompressedLayout{14, 0, 2, 0},  // MINFO
    CompressedLayout{15, 2, 1, 0},  // MX
    CompressedLayout{17, 0, 2, 0},  // RP
    CompressedLayout{18, 2, 1, 0},  // AFSDB
    CompressedLayout{21, 2, 1, 0},  // RT
    CompressedLayout{26, 2, 2, 0},  // PX
    CompressedLayout{33, 6, 1, 0},  // SRV
    CompressedLayout{39, 0, 1, 0},  // DNAME: never compressed by the book (RFC 6672 section 2.4)
};
constexpr std::uint16_t kNaptr = 35;
/// The two upper bits of a label's length (RFC 1035 section 4.1.4).
constexpr std::size_t kPointer = 0xc0;

bool is_label(ByteView octets) {
  return octets[0] <= kMaxLabelOctets && octets.size() > octets[0];
}

/// Where a pointer leads: further back than LIMIT, and not into the head; 0: nowhere.
std::size_t pointer_target(ByteView message, std::size_t at, std::size_t limit) {
  if (message.size() - at < 2) return 0;
  const std::size_t target = load_u16(message.data() + at) & 0x3fffU;
  return target < limit && target >= MessageHead::kOctets ? target : 0;
}

auto no_message(const char* why) {
  return fail(Errc::kBadInput, why);
}

class Reader {
 public:
  explicit Reader(ByteView octets) : octets_(octets) {}

  Result<Message> read();

 private:
  Result<void> questions(std::size_t count);
  Result<void> records(std::size_t count, std::vector<MessageRecord>& to);
  Result<void> additionals(std::size_t count);
  Result<MessageRecord> record();
  Result<Name> name();
  Result<Bytes> rdata(RrType type, std::size_t size);
  bool read_names(const CompressedLayout& layout, std::size_t end, Bytes& out);
  bool take(std::size_t count, std::size_t end, Bytes& out);
  std::size_t strings_size(std::size_t count, std::size_t end) const;
  Result<void> enter_edns(const MessageRecord& record);
  Result<TsigRecord> tsig(const MessageRecord& record, std::size_t at) const;
  [[nodiscard]] std::uint32_t raw_ttl(const MessageRecord& record) const;
  [[nodiscard]] bool has(std::size_t count) const { return octets_.size() - at_ >= count; }

  ByteView octets_;
  std::size_t at_ = MessageHead::kOctets;
  Message message_;
};

Result<Message> Reader::read() {
  const auto head = read_message_head(octets_);
  if (!head) return no_message("too short for a message");
  message_.head = *head;
  message_.rcode = static_cast<Rcode>(head->flags & 0xfU);
  DW_TRY_VOID(questions(head->questions));
  DW_TRY_VOID(records(head->answers, message_.answers));
  DW_TRY_VOID(records(head->authorities, message_.authorities));
  DW_TRY_VOID(additionals(head->additionals));
  if (at_ != octets_.size()) return no_message("octets after the last record");
  return std::move(message_);
}

Result<void> Reader::questions(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    DW_TRY(auto owner, name());
    if (!has(4)) return no_message("a question is cut off");
    const auto* field = octets_.data() + at_;
    message_.questions.push_back(
        {std::move(owner), static_cast<RrType>(load_u16(field)), load_u16(field + 2)});
    at_ += 4;
  }
  return {};
}

Result<void> Reader::records(std::size_t count, std::vector<MessageRecord>& to) {
  for (std::size_t i = 0; i < count; ++i) {
    DW_TRY(auto one, record());
    const auto type = static_cast<std::uint16_t>(one.type);
    if (type == kOpt || type == kTsig) return no_message("OPT or TSIG outside its section");
    to.push_back(std::move(one));
  }
  return {};
}

Result<void> Reader::additionals(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = at_;
    DW_TRY(auto one, record());
    const auto type = static_cast<std::uint16_t>(one.type);
    if (type == kOpt) {
      DW_TRY_VOID(enter_edns(one));
    } else if (type == kTsig) {
      // RFC 8945 section 5.1: the last record, and the only one of its kind.
      if (i + 1 != count) return no_message("TSIG is not the last record");
      DW_TRY(message_.tsig, tsig(one, begin));
    } else {
      message_.additionals.push_back(std::move(one));
    }
  }
  return {};
}

Result<void> Reader::enter_edns(const MessageRecord& record) {
  // RFC 6891 section 6.1.1: at most one, of the root.
  if (message_.has_edns || !record.owner.view().is_root()) return no_message("a bad OPT record");
  message_.has_edns = true;
  const auto upper = raw_ttl(record) >> 24U;
  message_.rcode = static_cast<Rcode>((message_.head.flags & 0xfU) | (upper << 4U));
  return {};
}

/// Of the record that was just read, whose RDATA is as it came.
std::uint32_t Reader::raw_ttl(const MessageRecord& record) const {
  return load_u32(octets_.data() + at_ - record.rdata.size() - 6);
}

Result<TsigRecord> Reader::tsig(const MessageRecord& record, std::size_t at) const {
  const auto bad = [] { return no_message("a bad TSIG record"); };
  const ByteView rdata(record.rdata);
  if (record.of_class != kClassAny || raw_ttl(record) != 0) return bad();
  const auto name_size = wire_name_length(rdata);
  if (name_size == 0) return bad();
  auto rest = rdata.subspan(name_size);
  if (rest.size() < 10) return bad();
  TsigRecord tsig{.key = record.owner, .algorithm = Name(NameView(rdata.first(name_size)))};
  tsig.at = at;
  tsig.time_signed = std::uint64_t{load_u16(rest.data())} << 32U | load_u32(rest.data() + 2);
  tsig.fudge = load_u16(rest.data() + 6);
  const std::size_t mac_size = load_u16(rest.data() + 8);
  rest = rest.subspan(10);
  if (rest.size() < mac_size + 6) return bad();
  tsig.mac.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(mac_size));
  rest = rest.subspan(mac_size);
  tsig.original_id = load_u16(rest.data());
  tsig.error = load_u16(rest.data() + 2);
  if (rest.size() != std::size_t{6} + load_u16(rest.data() + 4)) return bad();
  tsig.other.assign(rest.begin() + 6, rest.end());
  return tsig;
}

Result<MessageRecord> Reader::record() {
  MessageRecord one;
  DW_TRY(one.owner, name());
  if (!has(kRecordHead)) return no_message("a record is cut off");
  const auto* field = octets_.data() + at_;
  one.type = static_cast<RrType>(load_u16(field));
  one.of_class = load_u16(field + 2);
  one.ttl = load_u32(field + 4);
  if (one.ttl > kMaxTtl) one.ttl = 0;  // RFC 2181 section 8
  const std::size_t size = load_u16(field + 8);
  at_ += kRecordHead;
  if (!has(size)) return no_message("RDATA is cut off");
  DW_TRY(one.rdata, rdata(one.type, size));
  return one;
}

Result<Name> Reader::name() {
  NameBuffer buffer;
  const auto next = expand_name(octets_, at_, buffer);
  if (next == 0) return no_message("a name that is none");
  at_ = next;
  return Name(buffer.view());
}

Result<Bytes> Reader::rdata(RrType type, std::size_t size) {
  const auto number = static_cast<std::uint16_t>(type);
  const auto end = at_ + size;
  const auto* layout = std::ranges::find(kCompressed, number, &CompressedLayout::type);
  Bytes out;
  bool is_whole = true;
  if (layout != kCompressed.end()) {
    is_whole = read_names(*layout, end, out);
  } else if (number == kNaptr) {
    // Order, preference, three strings, a name (RFC 3403 section 4.1).
    const auto before = strings_size(3, end);
    is_whole = before != 0 && take(before, end, out) && read_names({number, 0, 1, 0}, end, out);
  } else {
    is_whole = take(size, end, out);
  }
  if (!is_whole || at_ != end) return no_message("RDATA that is none");
  return out;
}

bool Reader::read_names(const CompressedLayout& layout, std::size_t end, Bytes& out) {
  if (!take(layout.before, end, out)) return false;
  for (unsigned i = 0; i < layout.names; ++i) {
    NameBuffer buffer;
    // Labels may not reach beyond the RDATA, pointers go back.
    const auto next = expand_name(octets_.first(end), at_, buffer);
    if (next == 0) return false;
    out.insert(out.end(), buffer.octets, buffer.octets + buffer.size);
    at_ = next;
  }
  return take(layout.after, end, out);
}

bool Reader::take(std::size_t count, std::size_t end, Bytes& out) {
  if (end - at_ < count) return false;
  const auto piece = octets_.subspan(at_, count);
  out.insert(out.end(), piece.begin(), piece.end());
  at_ += count;
  return true;
}

/// Octets of NAPTR's RDATA before its name; 0 when they are not there.
std::size_t Reader::strings_size(std::size_t count, std::size_t end) const {
  std::size_t at = at_ + 4;
  for (std::size_t i = 0; i < count; ++i) {
    if (at >= end) return 0;
    at += 1U + octets_[at];
  }
  return at < end ? at - at_ : 0;
}

}  // namespace

std::optional<MessageHead> read_message_head(ByteView octets) {
  if (octets.size() < MessageHead::kOctets) return std::nullopt;
  const auto* field = octets.data();
  return MessageHead{.id = load_u16(field),
                     .flags = load_u16(field + 2),
                     .questions = load_u16(field + 4),
                     .answers = load_u16(field + 6),
                     .authorities = load_u16(field + 8),
                     .additionals = load_u16(field + 10)};
}

Result<Message> read_message(ByteView octets) {
  return Reader(octets).read();
}

std::size_t expand_name(ByteView message, std::size_t at, NameBuffer& out) {
  std::size_t size = 0;
  std::size_t next = 0;
  std::size_t limit = at;
  while (at < message.size()) {
    const std::size_t label = message[at];
    if (label >= kPointer) {
      const auto target = pointer_target(message, at, limit);
      if (target == 0) return 0;
      if (next == 0) next = at + 2;
      limit = at = target;
      continue;
    }
    const auto whole = label + 1;
    if (!is_label(message.subspan(at)) || size + whole > kMaxNameOctets) return 0;
    std::copy_n(message.data() + at, whole, out.octets + size);
    size += whole;
    at += whole;
    if (label != 0) continue;
    out.size = static_cast<std::uint8_t>(size);
    return next == 0 ? at : next;
  }
  return 0;
}

}  // namespace danewerk::dns
