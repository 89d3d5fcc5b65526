#include <array>

#include "dns/rdata_fast.h"

namespace danewerk::dns {

namespace {

void append_number(std::string& out, std::uint32_t value) {
  std::array<char, 10> digits;
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  out.append(digits.data() + at, digits.size() - at);
}

void put_two(char* to, std::uint32_t value) {
  to[0] = static_cast<char>('0' + value / 10);
  to[1] = static_cast<char>('0' + value % 10);
}

/// The civil date of an RRSIG time, read as 1970 to 2106: RFC 4034 section 3.1.5 leaves the century
/// to the reader, and 14 digits have room for one only. Years begin in March here, which puts the
/// leap day at the end.
void append_time(std::string& out, std::uint32_t time) {
  constexpr std::uint32_t kDaysTo1970 = 719'468;  // from 0000-03-01
  constexpr std::uint32_t kDaysInEra = 146'097;   // 400 years
  const std::uint32_t days = time / 86'400 + kDaysTo1970;
  const std::uint32_t era = days / kDaysInEra;
  const std::uint32_t day_of_era = days % kDaysInEra;
  const std::uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::uint32_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const std::uint32_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::uint32_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  const std::uint32_t second = time % 86'400;
  std::array<char, 14> text;
  put_two(text.data(), year / 100);
  put_two(text.data() + 2, year % 100);
  put_two(text.data() + 4, month);
  put_two(text.data() + 6, day);
  put_two(text.data() + 8, second / 3600);
  put_two(text.data() + 10, second / 60 % 60);
  put_two(text.data() + 12, second % 60);
  out.append(text.data(), text.size());
}

void append_ipv4(std::string& out, const std::uint8_t* p) {
  for (int i = 0; i < 4; ++i) {
    if (i != 0) out.push_back('.');
    append_number(out, p[i]);
  }
}

struct ZeroRun {
  int start = -1;
  int size = 1;  // RFC 5952 section 4.2.2: a single group is not shortened
};

ZeroRun longest_zero_run(const std::array<std::uint16_t, 8>& groups) {
  ZeroRun best;
  for (int i = 0; i < 8;) {
    int end = i;
    while (end < 8 && groups[static_cast<std::size_t>(end)] == 0) ++end;
    if (end - i > best.size) best = {i, end - i};
    i = end + 1;
  }
  return best;
}

/// As inet_ntop has it, embedded IPv4 included: that is what other tools print.
void append_ipv6(std::string& out, const std::uint8_t* p) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<std::uint16_t, 8> groups;
  for (std::size_t i = 0; i < 8; ++i) groups[i] = load_u16(p + 2 * i);
  const ZeroRun zeros = longest_zero_run(groups);
  const bool has_ipv4 =
      zeros.start == 0 && (zeros.size == 6 || (zeros.size == 5 && groups[5] == 0xffff));
  for (int i = 0; i < 8; ++i) {
    if (i == zeros.start) {
      out += "::";
      i += zeros.size - 1;
      continue;
    }
    if (i != 0 && i != zeros.start + zeros.size) out.push_back(':');
    if (i == 6 && has_ipv4) {
      append_ipv4(out, p + 12);
      return;
    }
    const std::uint16_t group = groups[static_cast<std::size_t>(i)];
    for (int shift = 12; shift >= 0; shift -= 4) {
      if ((group >> shift) != 0 || shift == 0) {
        out.push_back(kHex[static_cast<std::size_t>((group >> shift) & 15)]);
      }
    }
  }
}

void append_bitmap(std::string& out, ByteView octets) {
  while (!octets.empty()) {
    const auto window = static_cast<unsigned>(octets[0] << 8);
    const unsigned size = octets[1];
    for (unsigned i = 0; i < size * 8; ++i) {
      if ((octets[2 + i / 8] & (0x80U >> (i % 8))) == 0) continue;
      out.push_back(' ');
      append_text(out, static_cast<RrType>(window + i));
    }
    octets = octets.subspan(2 + size);
  }
}

void append_strings(std::string& out, ByteView octets) {
  bool is_first = true;
  while (!octets.empty()) {
    if (!is_first) out.push_back(' ');
    is_first = false;
    append_quoted(out, octets.subspan(1, octets[0]));
    octets = octets.subspan(1U + octets[0]);
  }
}

/// A part that begins with its length. \returns its size with that octet.
std::size_t append_counted(std::string& out, RdataPart part, ByteView octets) {
  const ByteView content = octets.subspan(1, octets[0]);
  if (part == RdataPart::kString) {
    append_quoted(out, content);
  } else if (part == RdataPart::kHash) {
    append_base32hex(out, content);
  } else if (part == RdataPart::kTag) {
    out += as_text(content);
  } else if (content.empty()) {
    out.push_back('-');
  } else {
    append_hex(out, content);
  }
  return 1 + content.size();
}

/// \returns octets that the part took.
std::size_t append_rest(std::string& out, RdataPart part, ByteView octets) {
  if (part == RdataPart::kHexRest) {
    append_hex(out, octets);
  } else if (part == RdataPart::kBase64Rest) {
    append_base64(out, octets);
  } else if (part == RdataPart::kStringsRest) {
    append_strings(out, octets);
  } else if (part == RdataPart::kBitmapRest) {
    append_bitmap(out, octets);
  } else {
    append_quoted(out, octets);
  }
  return octets.size();
}

/// \returns octets that the part took.
std::size_t append_part(std::string& out, RdataPart part, ByteView octets) {
  switch (part) {
    case RdataPart::kU8:
      append_number(out, octets[0]);
      return 1;
    case RdataPart::kU16:
      append_number(out, load_u16(octets.data()));
      return 2;
    case RdataPart::kU32:
    case RdataPart::kPeriod:
      append_number(out, load_u32(octets.data()));
      return 4;
    case RdataPart::kTime:
      append_time(out, load_u32(octets.data()));
      return 4;
    case RdataPart::kType:
      append_text(out, static_cast<RrType>(load_u16(octets.data())));
      return 2;
    case RdataPart::kIpv4:
      append_ipv4(out, octets.data());
      return 4;
    case RdataPart::kIpv6:
      append_ipv6(out, octets.data());
      return 16;
    case RdataPart::kName: {
      const std::size_t size = wire_name_length(octets);
      append_text(out, NameView(octets.first(size)));
      return size;
    }
    case RdataPart::kString:
    case RdataPart::kSalt:
    case RdataPart::kHash:
    case RdataPart::kTag:
      return append_counted(out, part, octets);
    default:
      return append_rest(out, part, octets);
  }
}

}  // namespace

void append_by_layout(std::string& out, const RdataLayout& layout, ByteView rdata) {
  for (const RdataPart* part = layout.begin(); *part != RdataPart::kEnd; ++part) {
    // A bitmap brings its own blanks: it may be empty.
    if (part != layout.begin() && *part != RdataPart::kBitmapRest) out.push_back(' ');
    rdata = rdata.subspan(append_part(out, *part, rdata));
  }
}

void append_quoted(std::string& out, ByteView octets) {
  out.push_back('"');
  std::size_t plain = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::uint8_t c = octets[i];
    if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') continue;
    out += as_text(octets.subspan(plain, i - plain));
    plain = i + 1;
    out.push_back('\\');
    if (c >= ' ' && c < 0x7f) {
      out.push_back(static_cast<char>(c));
    } else {
      out.push_back(static_cast<char>('0' + c / 100));
      out.push_back(static_cast<char>('0' + c / 10 % 10));
      out.push_back(static_cast<char>('0' + c % 10));
    }
  }
  out += as_text(octets.subspan(plain));
  out.push_back('"');
}

}  // namespace danewerk::dns
