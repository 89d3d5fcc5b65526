#include "probe/target.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>

namespace danewerk::probe {

namespace {

struct Parts {
  std::string_view host{};
  std::optional<std::string_view> port{};
  std::string_view profile{};
};

std::optional<Parts> split(std::string_view text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Parts parts{.host = text.substr(0, slash), .profile = text.substr(slash + 1)};
  if (const auto colon = parts.host.rfind(':'); colon != std::string_view::npos) {
    parts.port = parts.host.substr(colon + 1);
    parts.host = parts.host.substr(0, colon);
  }
  return parts;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_address(std::string_view text) {
  const std::string word(text);
  std::array<std::uint8_t, sizeof(in6_addr)> octets{};
  return inet_pton(AF_INET, word.c_str(), octets.data()) == 1 ||
         inet_pton(AF_INET6, word.c_str(), octets.data()) == 1 ||
         word.find_first_of("[:") != std::string::npos;
}

}  // namespace

bool looks_like_target(std::string_view text) {
  const auto parts = split(text);
  if (!parts || parts->host.empty() || parts->host.find('/') != std::string_view::npos) {
    return false;
  }
  return net::profile_from_text(parts->profile).has_value();
}

Result<Target> target_from_text(std::string_view text) {
  const auto bad = [text](std::string_view what) {
    return fail(Errc::kBadInput, fmt::format("'{}': {}", text, what),
                "write HOST:PORT/PROFILE, such as mx1.example.org:25/smtp");
  };
  const auto parts = split(text);
  if (!parts || parts->host.empty()) return bad("not HOST:PORT/PROFILE");
  const auto profile = net::profile_from_text(parts->profile);
  if (!profile) {
    return fail(Errc::kBadInput,
                fmt::format("'{}': profile '{}' is not known", text, parts->profile),
                "smtp, submission, smtps, imap, imaps, pop3, pop3s, xmpp-client, xmpp-server, "
                "https, dot or tls");
  }
  if (is_address(parts->host)) return bad("TLSA records belong to names, not to addresses");
  Target target{.profile = *profile};
  DW_TRY(target.host, dns::name_from_text(parts->host));
  if (target.host.view().is_root()) return bad("the root is no host");
  const auto port = parts->port ? parse_port(*parts->port) : net::default_port(*profile);
  if (!port) return bad(parts->port ? "not a port" : "this profile needs a port");
  target.port = *port;
  return target;
}

std::string own_host_name() {
  std::array<char, 256> text{};
  if (::gethostname(text.data(), text.size() - 1) != 0) return {};
  const auto name = dns::name_from_text(text.data());
  return name ? host_text(*name) : std::string();
}

std::string host_text(dns::NameView name) {
  auto text = dns::to_canonical_text(name);
  if (text.size() > 1) text.pop_back();
  return text;
}

std::string to_text(const Target& target) {
  return fmt::format("{}:{}/{}", host_text(target.host), target.port, net::to_text(target.profile));
}

Result<dns::Name> tlsa_owner(std::uint16_t port, dns::NameView base) {
  return dns::name_from_text(fmt::format("_{}._tcp.{}", port, dns::to_text(base)));
}

}  // namespace danewerk::probe
