#include "net/resolv_conf.h"

#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace danewerk::net {

namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::uint64_t kMaxOctets = 64 << 10;

std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return line = {};
  line.remove_prefix(begin);
  const auto word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

bool is_address(const std::string& text) {
  std::array<std::uint8_t, sizeof(in6_addr)> octets{};
  return inet_pton(AF_INET, text.c_str(), octets.data()) == 1 ||
         inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), octets.data()) == 1;
}

}  // namespace

std::vector<Endpoint> resolvers_in(std::string_view text) {
  std::vector<Endpoint> found;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (next_word(line) != "nameserver") continue;
    const std::string address(next_word(line));
    if (is_address(address)) found.push_back({.address = address});
  }
  return found;
}

std::vector<Endpoint> system_resolvers(const Path& file) {
  const auto text = read_file(file, kMaxOctets);
  auto found = text ? resolvers_in(*text) : std::vector<Endpoint>();
  if (found.empty()) found.push_back({.address = "127.0.0.1"});
  return found;
}

}  // namespace danewerk::net
