#include "dns/type.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace danewerk::dns {

namespace {

struct Mnemonic {
  std::uint16_t number;
  std::string_view text;
};

/// IANA registry "Resource Record (RR) TYPEs", data types; sorted by number. Types of queries
/// (AXFR, ANY ...) never stand in a zone, nor do OPT, TKEY and TSIG, which are here for printing.
constexpr auto kByNumber = std::to_array<Mnemonic>({
    {1, "A"},           {2, "NS"},        {3, "MD"},        {4, "MF"},       {5, "CNAME"},
    {6, "SOA"},         {7, "MB"},        {8, "MG"},        {9, "MR"},       {10, "NULL"},
    {11, "WKS"},        {12, "PTR"},      {13, "HINFO"},    {14, "MINFO"},   {15, "MX"},
    {16, "TXT"},        {17, "RP"},       {18, "AFSDB"},    {19, "X25"},     {20, "ISDN"},
    {21, "RT"},         {22, "NSAP"},     {23, "NSAP-PTR"}, {24, "SIG"},     {25, "KEY"},
    {26, "PX"},         {27, "GPOS"},     {28, "AAAA"},     {29, "LOC"},     {30, "NXT"},
    {31, "EID"},        {32, "NIMLOC"},   {33, "SRV"},      {34, "ATMA"},    {35, "NAPTR"},
    {36, "KX"},         {37, "CERT"},     {38, "A6"},       {39, "DNAME"},   {40, "SINK"},
    {41, "OPT"},        {42, "APL"},      {43, "DS"},       {44, "SSHFP"},   {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},     {48, "DNSKEY"},   {49, "DHCID"},   {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},     {53, "SMIMEA"},   {55, "HIP"},     {56, "NINFO"},
    {57, "RKEY"},       {58, "TALINK"},   {59, "CDS"},      {60, "CDNSKEY"}, {61, "OPENPGPKEY"},
    {62, "CSYNC"},      {63, "ZONEMD"},   {64, "SVCB"},     {65, "HTTPS"},   {66, "DSYNC"},
    {67, "HHIT"},       {68, "BRID"},     {99, "SPF"},      {100, "UINFO"},  {101, "UID"},
    {102, "GID"},       {103, "UNSPEC"},  {104, "NID"},     {105, "L32"},    {106, "L64"},
    {107, "LP"},        {108, "EUI48"},   {109, "EUI64"},   {128, "NXNAME"}, {249, "TKEY"},
    {250, "TSIG"},      {256, "URI"},     {257, "CAA"},     {258, "AVC"},    {259, "DOA"},
    {260, "AMTRELAY"},  {261, "RESINFO"}, {262, "WALLET"},  {263, "CLA"},    {264, "IPN"},
    {32768, "TA"},      {32769, "DLV"},
});

/// Types whose mnemonic Knot 3.2 or NSD 4.6 does not read; tried with each of them.
constexpr auto kReadByFew = std::to_array<std::uint16_t>(
    {3,   4,   7,   8,   9,   10,  11,  19,  20,  22,  23,  24,    26,   27,
     30,  31,  32,  34,  38,  40,  55,  56,  57,  58,  66,  67,    68,   100,
     101, 102, 103, 128, 258, 259, 260, 261, 262, 263, 264, 32768, 32769});
static_assert(std::is_sorted(kReadByFew.begin(), kReadByFew.end()));

constexpr auto sorted_by_text() {
  auto table = kByNumber;
  std::sort(table.begin(), table.end(),
            [](const Mnemonic& a, const Mnemonic& b) { return a.text < b.text; });
  return table;
}

constexpr auto kByText = sorted_by_text();

static_assert(std::is_sorted(kByNumber.begin(), kByNumber.end(),
                             [](const Mnemonic& a, const Mnemonic& b) {
                               return a.number < b.number;
                             }));

constexpr std::string_view kGenericPrefix = "TYPE";  ///< RFC 3597 section 5

constexpr std::size_t kLongestMnemonic = 10;

}  // namespace

bool is_read_by_few(RrType type) {
  return std::binary_search(kReadByFew.begin(), kReadByFew.end(), static_cast<std::uint16_t>(type));
}

void append_text(std::string& out, RrType type) {
  const auto number = static_cast<std::uint16_t>(type);
  const auto* const found =
      std::lower_bound(kByNumber.begin(), kByNumber.end(), number,
                       [](const Mnemonic& m, std::uint16_t n) { return m.number < n; });
  if (found != kByNumber.end() && found->number == number && !is_read_by_few(type)) {
    out += found->text;
    return;
  }
  out += kGenericPrefix;
  out += std::to_string(number);
}

std::string to_text(RrType type) {
  std::string out;
  append_text(out, type);
  return out;
}

std::optional<RrType> type_from_text(std::string_view text) {
  std::array<char, kLongestMnemonic> upper{};
  if (text.empty() || text.size() > upper.size()) return std::nullopt;
  std::transform(text.begin(), text.end(), upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  });
  const std::string_view wanted(upper.data(), text.size());
  const auto* const found =
      std::lower_bound(kByText.begin(), kByText.end(), wanted,
                       [](const Mnemonic& m, std::string_view t) { return m.text < t; });
  if (found != kByText.end() && found->text == wanted) return static_cast<RrType>(found->number);

  if (!wanted.starts_with(kGenericPrefix) || wanted.size() == kGenericPrefix.size()) {
    return std::nullopt;
  }
  std::uint16_t number = 0;
  const char* const end = wanted.data() + wanted.size();
  const auto [stop, error] = std::from_chars(wanted.data() + kGenericPrefix.size(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return static_cast<RrType>(number);
}

}  // namespace danewerk::dns
