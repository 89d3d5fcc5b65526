/// \file
/// Canonical form and order of RDATA (RFC 4034 sections 6.2 and 6.3).

#include <algorithm>
#include <array>
#include <cstring>

#include "dns/node.h"

namespace danewerk::dns {

namespace {

/// Where the names stand in the RDATA of a type: octets before the first one, then names in a row.
struct Layout {
  RrType type;
  std::uint8_t fixed;    ///< octets before
  std::uint8_t strings;  ///< character-strings after those (NAPTR)
  std::uint8_t names;
};

/// The types whose names are folded: the list of RFC 4034 section 6.2 as RFC 6840 section 5.1
/// corrects it: HINFO has no names, and the next name of NSEC stays as it is. A6 is apart.
constexpr auto kLayouts = std::to_array<Layout>({
    {RrType{2}, 0, 0, 1},    // NS
    {RrType{3}, 0, 0, 1},    // MD
    {RrType{4}, 0, 0, 1},    // MF
    {RrType{5}, 0, 0, 1},    // CNAME
    {RrType{6}, 0, 0, 2},    // SOA
    {RrType{7}, 0, 0, 1},    // MB
    {RrType{8}, 0, 0, 1},    // MG
    {RrType{9}, 0, 0, 1},    // MR
    {RrType{12}, 0, 0, 1},   // PTR
    {RrType{14}, 0, 0, 2},   // MINFO
    {RrType{15}, 2, 0, 1},   // MX
    {RrType{17}, 0, 0, 2},   // RP
    {RrType{18}, 2, 0, 1},   // AFSDB
    {RrType{21}, 2, 0, 1},   // RT
    {RrType{24}, 18, 0, 1},  // SIG
    {RrType{26}, 2, 0, 2},   // PX
    {RrType{30}, 0, 0, 1},   // NXT
    {RrType{33}, 6, 0, 1},   // SRV
    {RrType{35}, 4, 3, 1},   // NAPTR
    {RrType{36}, 2, 0, 1},   // KX
    {RrType{39}, 0, 0, 1},   // DNAME
    {RrType{46}, 18, 0, 1},  // RRSIG
});

constexpr RrType kA6{38};

/// Half-open range of octets that hold names.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] bool contains(std::size_t at) const { return at >= begin && at < end; }
};

bool has_names(RrType type) {
  return type == kA6 || std::any_of(kLayouts.begin(), kLayouts.end(),
                                    [type](const Layout& l) { return l.type == type; });
}

/// RFC 2874 section 3.1: prefix length in bits, the rest of the address, a name unless the prefix
/// is empty.
Range a6_names(ByteView rdata) {
  if (rdata.empty() || rdata[0] == 0 || rdata[0] > 128) return {};
  const std::size_t at = 1 + (128U - rdata[0] + 7U) / 8U;
  if (at >= rdata.size()) return {};
  return {at, at + wire_name_length(rdata.subspan(at))};
}

Range names_by(const Layout& layout, ByteView rdata) {
  std::size_t at = layout.fixed;
  for (unsigned i = 0; i < layout.strings; ++i) {
    if (at >= rdata.size()) return {};
    at += 1U + rdata[at];
  }
  const std::size_t begin = at;
  for (unsigned i = 0; i < layout.names; ++i) {
    if (at >= rdata.size()) return {};
    const std::size_t length = wire_name_length(rdata.subspan(at));
    if (length == 0) return {};
    at += length;
  }
  return {begin, at};
}

/// The octets to be folded; empty when the type has none, or the RDATA is not what its type asks
/// for: then it is compared as it is.
Range folded_range(RrType type, ByteView rdata) {
  if (type == kA6) return a6_names(rdata);
  const auto* const layout = std::find_if(kLayouts.begin(), kLayouts.end(),
                                          [type](const Layout& l) { return l.type == type; });
  return layout == kLayouts.end() ? Range{} : names_by(*layout, rdata);
}

std::uint8_t octet_at(ByteView rdata, std::size_t at, const Range& folded) {
  const std::uint8_t octet = rdata[at];
  const bool upper = octet >= 'A' && octet <= 'Z';
  return upper && folded.contains(at) ? static_cast<std::uint8_t>(octet + ('a' - 'A')) : octet;
}

int compare_sizes(std::size_t a, std::size_t b) {
  return a < b ? -1 : static_cast<int>(a > b);
}

}  // namespace

int compare_canonical(RrType type, ByteView a, ByteView b) {
  const std::size_t common = std::min(a.size(), b.size());
  const int raw = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (raw == 0) return compare_sizes(a.size(), b.size());
  if (!has_names(type)) return raw;
  const Range fold_a = folded_range(type, a);
  const Range fold_b = folded_range(type, b);
  for (std::size_t i = 0; i < common; ++i) {
    const int difference = octet_at(a, i, fold_a) - octet_at(b, i, fold_b);
    if (difference != 0) return difference;
  }
  return compare_sizes(a.size(), b.size());
}

void append_canonical(Bytes& out, RrType type, ByteView rdata) {
  const std::size_t before = out.size();
  out.insert(out.end(), rdata.begin(), rdata.end());
  const Range names = folded_range(type, rdata);
  lower_case(std::span(out).subspan(before + names.begin, names.end - names.begin));
}

}  // namespace danewerk::dns
