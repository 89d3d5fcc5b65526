#include "config/address.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace danewerk::config {

namespace {

/// An address as octets on the wire.
struct Octets {
  int family = AF_INET;
  std::array<std::uint8_t, 16> at{};
  [[nodiscard]] unsigned bits() const { return family == AF_INET ? 32 : 128; }
};

std::optional<Octets> parse_octets(std::string_view text) {
  const std::string word(text);
  if (word.find('\0') != std::string::npos) return std::nullopt;
  Octets octets;
  if (::inet_pton(AF_INET, word.c_str(), octets.at.data()) == 1) return octets;
  octets.family = AF_INET6;
  if (::inet_pton(AF_INET6, word.c_str(), octets.at.data()) == 1) return octets;
  return std::nullopt;
}

std::string print(const Octets& octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(octets.family, octets.at.data(), text.data(), text.size());
}

Result<Octets> octets_of(std::string_view text) {
  const auto octets = parse_octets(text);
  if (octets) return *octets;
  return fail(Errc::kBadInput, fmt::format("'{}' is not an IPv4 or IPv6 address", text),
              "names are not looked up: write 192.0.2.53 or 2001:db8::53");
}

/// A bit after the first PREFIX is set.
bool has_bits_beyond(const Octets& octets, unsigned prefix) {
  for (unsigned bit = prefix; bit < octets.bits(); ++bit) {
    if ((octets.at.at(bit / 8) & (0x80U >> (bit % 8))) != 0) return true;
  }
  return false;
}

}  // namespace

std::optional<unsigned> parse_decimal(std::string_view text, unsigned most) {
  const bool is_padded = text.size() > 1 && text.front() == '0';
  if (text.empty() || is_padded) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > most) return std::nullopt;
  }
  return static_cast<unsigned>(value);
}

std::string to_text(const Network& network) {
  return fmt::format("{}/{}", network.address, network.prefix);
}

Result<std::string> parse_address(std::string_view text) {
  DW_TRY(const auto octets, octets_of(text));
  return print(octets);
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t port) {
  const auto at = text.find('@');
  DW_TRY(auto address, parse_address(text.substr(0, at)));
  Endpoint endpoint{std::move(address), port};
  if (at == std::string_view::npos) return endpoint;
  const auto given = parse_decimal(text.substr(at + 1), 65'535);
  if (!given || *given == 0) {
    return fail(Errc::kBadInput, fmt::format("'{}' is not a port", text.substr(at + 1)),
                "write ADDRESS@PORT, such as 192.0.2.53@5353");
  }
  endpoint.port = static_cast<std::uint16_t>(*given);
  return endpoint;
}

Result<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  DW_TRY(const auto octets, octets_of(text.substr(0, slash)));
  Network network{print(octets), octets.bits()};
  if (slash == std::string_view::npos) return network;
  const auto prefix = parse_decimal(text.substr(slash + 1), octets.bits());
  if (!prefix) {
    return fail(Errc::kBadInput, fmt::format("'{}' is not a prefix of 0 to {} bits",
                                             text.substr(slash + 1), octets.bits()));
  }
  if (has_bits_beyond(octets, *prefix)) {
    return fail(Errc::kBadInput, fmt::format("'{}' has bits set beyond its prefix", text),
                "write the first address of the network");
  }
  network.prefix = *prefix;
  return network;
}

}  // namespace danewerk::config
