#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/time.h"
#include "dns/rdata_fast.h"
#include "dns/ttl_text.h"

namespace danewerk::dns {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void put_u16(Bytes& out, std::uint32_t value) {
  append_u16(out, static_cast<std::uint16_t>(value));
}

/// One RDATA under way. Each take_* consumes fields and appends octets; false: see the fault.
class LayoutParser {
 public:
  LayoutParser(std::span<const RdataField> fields, const NameView* origin, Bytes& out,
               RdataFault& fault)
      : fields_(fields), origin_(origin), out_(out), fault_(fault) {}

  FastParse parse(const RdataLayout& layout) {
    for (const RdataPart* part = layout.begin(); *part != RdataPart::kEnd; ++part) {
      if (at_ == fields_.size() && *part != RdataPart::kBitmapRest) {
        fail_at(at_, "the record ends too early");
        return FastParse::kFault;
      }
      if (!take(*part)) return is_unusual_ ? FastParse::kUnusual : FastParse::kFault;
    }
    if (at_ == fields_.size()) return FastParse::kDone;
    fail_at(at_, fmt::format("'{}' is one field too many", text()));
    return FastParse::kFault;
  }

 private:
  [[nodiscard]] std::string_view text() const { return fields_[at_].text; }

  bool fail_at(std::size_t field, std::string message) {
    fault_ = {.kind = RdataFault::Kind::kValue,
              .name = NameFault::kNone,
              .field = field,
              .message = std::move(message),
              .hint = {}};
    return false;
  }
  bool fail(std::string_view what) {
    return fail_at(at_, fmt::format("'{}' is not {}", text(), what));
  }
  bool fail_escape() {
    fail("a text: a backslash needs a character or 000 to 255 after it");
    fault_.kind = RdataFault::Kind::kEscape;
    return false;
  }

  bool take(RdataPart part) {
    switch (part) {
      case RdataPart::kU8:
        return take_number(0xff, 1);
      case RdataPart::kU16:
        return take_number(0xffff, 2);
      case RdataPart::kU32:
        return take_number(0xffffffff, 4);
      case RdataPart::kPeriod:
        return take_period();
      case RdataPart::kTime:
        return take_time();
      case RdataPart::kType:
        return take_type();
      case RdataPart::kIpv4:
        return take_ipv4();
      case RdataPart::kIpv6:
        return take_ipv6();
      case RdataPart::kName:
        return take_name();
      case RdataPart::kString:
        return take_string();
      case RdataPart::kSalt:
        return take_salt();
      case RdataPart::kHash:
        return take_counted(decode_base32hex, "base32hex");
      case RdataPart::kTag:
        return take_tag();
      case RdataPart::kHexRest:
        return take_digits(decode_hex, "hexadecimal digits, two an octet");
      case RdataPart::kBase64Rest:
        return take_digits(decode_base64, "base 64");
      case RdataPart::kStringsRest:
        return take_strings();
      case RdataPart::kTextRest:
        return take_text();
      case RdataPart::kBitmapRest:
        return take_bitmap();
      case RdataPart::kEnd:
        break;
    }
    return false;
  }

  bool take_number(std::uint32_t max, unsigned octets) {
    const std::string_view digits = text();
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || stop != digits.data() + digits.size() || value > max) {
      // Mnemonics of algorithms (RFC 4034 section 3.2), TLSA (RFC 7218) and the like: ldns knows
      // them.
      is_unusual_ = !digits.empty() && !is_digit(digits.front());
      return fail(fmt::format("a number from 0 to {}", max));
    }
    for (unsigned i = octets; i-- > 0;) {
      out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    ++at_;
    return true;
  }

  bool take_period() {
    const auto value = period_from_text(text());
    if (!value) return fail("a number of seconds");
    append_u32(out_, *value);
    ++at_;
    return true;
  }

  /// YYYYMMDDHHMMSS or a number of seconds (RFC 4034 section 3.2).
  bool take_time() {
    if (text().size() != 14) return take_number(0xffffffff, 4) || fail_time();
    const auto instant = civil_time(text());
    if (!instant) return fail_time();
    append_u32(out_, *instant);
    ++at_;
    return true;
  }
  bool fail_time() {
    is_unusual_ = false;
    return fail("a time, YYYYMMDDHHMMSS, from 1970 to 2106");
  }
  static std::optional<std::uint32_t> civil_time(std::string_view digits) {
    std::array<unsigned, 7> two{};
    for (std::size_t i = 0; i < 14; ++i) {
      if (!is_digit(digits[i])) return std::nullopt;
      two[i / 2] = two[i / 2] * 10 + static_cast<unsigned>(digits[i] - '0');
    }
    using std::chrono::day;
    using std::chrono::month;
    using std::chrono::year;
    const std::chrono::year_month_day date{year(static_cast<int>(two[0] * 100 + two[1])),
                                           month(two[2]), day(two[3])};
    if (!date.ok() || two[4] > 23 || two[5] > 59 || two[6] > 59) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t value = days * 86'400 + two[4] * 3600 + two[5] * 60 + two[6];
    if (value < 0 || value > 0xffffffffLL) return std::nullopt;
    return static_cast<std::uint32_t>(value);
  }

  bool take_type() {
    const auto type = type_from_text(text());
    if (!type) return fail("a record type");
    put_u16(out_, static_cast<std::uint16_t>(*type));
    ++at_;
    return true;
  }

  bool take_ipv4() {
    std::array<std::uint8_t, 4> octets{};
    std::size_t group = 0;
    unsigned digits = 0;
    unsigned value = 0;
    for (const char c : text()) {
      if (c == '.') {
        if (digits == 0 || group == 3) return fail("an IPv4 address");
        octets[group++] = static_cast<std::uint8_t>(value);
        digits = 0;
        value = 0;
        continue;
      }
      // A leading zero would be octal to some readers.
      if (!is_digit(c) || (digits > 0 && value == 0)) return fail("an IPv4 address");
      value = value * 10 + static_cast<unsigned>(c - '0');
      if (++digits > 3 || value > 255) return fail("an IPv4 address");
    }
    if (digits == 0 || group != 3) return fail("an IPv4 address");
    octets[3] = static_cast<std::uint8_t>(value);
    out_.insert(out_.end(), octets.begin(), octets.end());
    ++at_;
    return true;
  }

  bool take_ipv6() {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    std::array<std::uint8_t, 16> octets{};
    if (text().size() >= copy.size()) return fail("an IPv6 address");
    text().copy(copy.data(), copy.size() - 1);
    if (::inet_pton(AF_INET6, copy.data(), octets.data()) != 1) return fail("an IPv6 address");
    out_.insert(out_.end(), octets.begin(), octets.end());
    ++at_;
    return true;
  }

  bool take_name() {
    NameBuffer name;
    const NameFault fault = parse_name(text(), origin_, name);
    if (fault != NameFault::kNone) {
      fail(fmt::format("a domain name: {}", to_text(fault)));
      fault_.kind = RdataFault::Kind::kName;
      fault_.name = fault;
      return false;
    }
    const ByteView wire = name.view().wire();
    out_.insert(out_.end(), wire.begin(), wire.end());
    ++at_;
    return true;
  }

  bool take_string() {
    const std::size_t start = out_.size();
    out_.push_back(0);
    if (!fields_[at_].is_quoted && text().find('"') != std::string_view::npos &&
        text().find('\\') == std::string_view::npos) {
      return fail("a text: a quote stands inside a word");
    }
    if (!append_unescaped(out_, text())) return fail_escape();
    const std::size_t size = out_.size() - start - 1;
    if (size > 255) {
      fail_at(at_,
              fmt::format("a text of {} octets, at most 255 fit (RFC 1035 section 3.3)", size));
      fault_.hint = "write it as several texts: \"first part\" \"second part\"";
      return false;
    }
    out_[start] = static_cast<std::uint8_t>(size);
    ++at_;
    return true;
  }

  bool take_strings() {
    while (at_ < fields_.size()) {
      if (!take_string()) return false;
    }
    return true;
  }

  bool take_text() {
    if (!append_unescaped(out_, text())) return fail_escape();
    ++at_;
    return true;
  }

  bool take_salt() {
    if (text() != "-") return take_counted(decode_hex, "hexadecimal digits, two an octet, or -");
    out_.push_back(0);
    ++at_;
    return true;
  }

  template <class Decode>
  bool take_counted(Decode decode, std::string_view what) {
    const std::size_t start = out_.size();
    out_.resize(start + 1 + text().size());
    const auto size = decode(text(), out_.data() + start + 1);
    if (!size || *size == 0 || *size > 255) return fail(what);
    out_[start] = static_cast<std::uint8_t>(*size);
    out_.resize(start + 1 + *size);
    ++at_;
    return true;
  }

  bool take_tag() {
    const std::string_view tag = text();
    for (const char c : tag) {
      if (!is_digit(c) && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) return fail("a CAA tag");
    }
    if (tag.empty() || tag.size() > 255) return fail("a CAA tag");
    out_.push_back(static_cast<std::uint8_t>(tag.size()));
    const ByteView octets = as_bytes(tag);
    out_.insert(out_.end(), octets.begin(), octets.end());
    ++at_;
    return true;
  }

  /// All fields that are left are one number with blanks in it. They are put together where the
  /// octets go, and decoded in place.
  template <class Decode>
  bool take_digits(Decode decode, std::string_view what) {
    const std::size_t start = out_.size();
    for (std::size_t i = at_; i < fields_.size(); ++i) {
      const ByteView octets = as_bytes(fields_[i].text);
      out_.insert(out_.end(), octets.begin(), octets.end());
    }
    const std::string_view digits = as_text(ByteView(out_).subspan(start));
    const auto size = decode(digits, out_.data() + start);
    if (!size || *size == 0) return fail_at(at_, fmt::format("what stands here is not {}", what));
    out_.resize(start + *size);
    at_ = fields_.size();
    return true;
  }

  /// Types in any order into windows (RFC 4034 section 4.1.2).
  bool take_bitmap() {
    std::array<std::uint8_t, 34> window{};
    int number = -1;
    const auto flush = [&] {
      if (number < 0) return;
      out_.push_back(static_cast<std::uint8_t>(number));
      out_.insert(out_.end(), window.begin() + 1, window.begin() + 2 + window[1]);
      window.fill(0);
    };
    for (; at_ < fields_.size(); ++at_) {
      const auto type = type_from_text(text());
      if (!type) return fail("a record type");
      const auto value = static_cast<unsigned>(*type);
      const int wanted = static_cast<int>(value >> 8);
      if (wanted < number) {  // not in order: rare enough for ldns
        is_unusual_ = true;
        return fail("in order");
      }
      if (wanted != number) flush();
      number = wanted;
      const unsigned octet = (value & 0xffU) / 8;
      window[2 + octet] = static_cast<std::uint8_t>(window[2 + octet] | (0x80U >> (value % 8)));
      window[1] = std::max(window[1], static_cast<std::uint8_t>(octet + 1));
    }
    flush();
    return true;
  }

  std::span<const RdataField> fields_;
  const NameView* origin_;
  Bytes& out_;
  RdataFault& fault_;
  std::size_t at_ = 0;
  bool is_unusual_ = false;
};

}  // namespace

FastParse parse_by_layout(const RdataLayout& layout, std::span<const RdataField> fields,
                          const NameView* origin, Bytes& out, RdataFault& fault) {
  return LayoutParser(fields, origin, out, fault).parse(layout);
}

bool append_unescaped(Bytes& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find('\\', at), text.size());
    const ByteView plain = as_bytes(text.substr(at, stop - at));
    out.insert(out.end(), plain.begin(), plain.end());
    if (stop == text.size()) return true;
    at = stop + 1;
    if (at == text.size()) return false;
    if (!is_digit(text[at])) {
      out.push_back(static_cast<std::uint8_t>(text[at++]));
      continue;
    }
    if (at + 3 > text.size() || !is_digit(text[at + 1]) || !is_digit(text[at + 2])) return false;
    const int value = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    if (value > 255) return false;
    out.push_back(static_cast<std::uint8_t>(value));
    at += 3;
  }
  return true;
}

}  // namespace danewerk::dns
