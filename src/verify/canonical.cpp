#include "verify/canonical.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "verify/owner.h"

namespace danewerk::verify {

namespace {

/// Where the names are that are folded.
struct Layout {
  std::uint16_t skip;    ///< octets before the first one
  std::uint8_t names;    ///< how many follow one another
  std::uint8_t strings;  ///< character strings between `skip` and the names
};

/// RFC 4034 section 6.2, in order of type number. HINFO, listed there, holds no name; NSEC is taken
/// out by RFC 6840 section 5.1; A6 is apart, because its name begins at a place of its own.
std::optional<Layout> layout_of(std::uint16_t type) {
  switch (type) {
    case 2:   // NS
    case 3:   // MD
    case 4:   // MF
    case 5:   // CNAME
    case 7:   // MB
    case 8:   // MG
    case 9:   // MR
    case 12:  // PTR
    case 30:  // NXT
    case 39:  // DNAME
      return Layout{0, 1, 0};
    case 6:   // SOA
    case 14:  // MINFO
    case 17:  // RP
      return Layout{0, 2, 0};
    case 15:  // MX
    case 18:  // AFSDB
    case 21:  // RT
    case 36:  // KX
      return Layout{2, 1, 0};
    case 24:  // SIG
    case 46:  // RRSIG
      return Layout{18, 1, 0};
    case 26:  // PX
      return Layout{2, 2, 0};
    case 33:  // SRV
      return Layout{6, 1, 0};
    case 35:  // NAPTR
      return Layout{4, 1, 3};
    default:
      return std::nullopt;
  }
}

constexpr std::uint16_t kA6 = 38;

/// RFC 2874 section 3.1.1: prefix length, the address's octets beyond it, then a name unless the
/// prefix is empty.
std::optional<Layout> a6_layout(ByteView rdata) {
  if (rdata.empty() || rdata[0] == 0 || rdata[0] > 128) return std::nullopt;
  const auto suffix = (128U - rdata[0] + 7U) / 8U;
  return Layout{static_cast<std::uint16_t>(1U + suffix), 1, 0};
}

}  // namespace

void append_canonical_rdata(Bytes& out, dns::RrType type, ByteView rdata) {
  const std::size_t start = out.size();
  out.insert(out.end(), rdata.begin(), rdata.end());
  const auto number = static_cast<std::uint16_t>(type);
  const auto layout = number == kA6 ? a6_layout(rdata) : layout_of(number);
  if (!layout) return;
  std::size_t at = layout->skip;
  for (unsigned i = 0; i < layout->strings && at < rdata.size(); ++i) at += 1U + rdata[at];
  for (unsigned i = 0; i < layout->names && at < rdata.size(); ++i) {
    const std::size_t length = name_length(rdata.subspan(at));
    if (length == 0) return;
    fold_case(std::span(out).subspan(start + at, length));
    at += length;
  }
}

int compare_octets(ByteView a, ByteView b) {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (order != 0) return order;
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

}  // namespace danewerk::verify
