#include "crypto/algorithm.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace danewerk::crypto {

namespace {

struct Row {
  Algorithm algorithm;
  std::string_view text;
};
constexpr std::array kRows{
    Row{Algorithm::kRsaSha1, "RSASHA1"},           Row{Algorithm::kRsaSha1Nsec3, "NSEC3RSASHA1"},
    Row{Algorithm::kRsaSha256, "RSASHA256"},       Row{Algorithm::kRsaSha512, "RSASHA512"},
    Row{Algorithm::kEcdsaP256, "ECDSAP256SHA256"}, Row{Algorithm::kEcdsaP384, "ECDSAP384SHA384"},
    Row{Algorithm::kEd25519, "ED25519"},           Row{Algorithm::kEd448, "ED448"},
};

bool same_text(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [upper](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace

std::string_view to_text(Algorithm algorithm) {
  for (const auto& row : kRows) {
    if (row.algorithm == algorithm) return row.text;
  }
  return "unknown algorithm";
}

std::optional<Algorithm> algorithm_from_number(std::uint8_t number) {
  for (const auto& row : kRows) {
    if (static_cast<std::uint8_t>(row.algorithm) == number) return row.algorithm;
  }
  return std::nullopt;
}

std::optional<Algorithm> algorithm_from_text(std::string_view text) {
  for (const auto& row : kRows) {
    if (same_text(row.text, text)) return row.algorithm;
  }
  std::uint8_t number = 0;
  const auto* end = text.data() + text.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is given
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc{} || stop != end) return std::nullopt;
  return algorithm_from_number(number);
}

bool is_rsa(Algorithm algorithm) {
  return algorithm <= Algorithm::kRsaSha512;
}

bool is_for_signing(Algorithm algorithm) {
  return algorithm >= Algorithm::kRsaSha256;
}

std::optional<std::size_t> fixed_signature_size(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEcdsaP256:  // RFC 6605 section 4
    case Algorithm::kEd25519:    // RFC 8080 section 4
      return 64;
    case Algorithm::kEcdsaP384:
      return 96;
    case Algorithm::kEd448:
      return 114;
    default:
      return std::nullopt;
  }
}

std::optional<DigestType> digest_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRsaSha1:
    case Algorithm::kRsaSha1Nsec3:
      return DigestType::kSha1;
    case Algorithm::kRsaSha256:
    case Algorithm::kEcdsaP256:
      return DigestType::kSha256;
    case Algorithm::kEcdsaP384:
      return DigestType::kSha384;
    case Algorithm::kRsaSha512:
      return DigestType::kSha512;
    case Algorithm::kEd25519:
    case Algorithm::kEd448:
      break;
  }
  return std::nullopt;
}

}  // namespace danewerk::crypto
