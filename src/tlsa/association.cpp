#include "tlsa/association.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

namespace danewerk::tlsa {

namespace {

/// Names of RFC 7218 sections 2.1 to 2.3; the place is the number.
constexpr std::array<std::string_view, 4> kUsages{"PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"};
constexpr std::array<std::string_view, 2> kSelectors{"Cert", "SPKI"};
constexpr std::array<std::string_view, 3> kMatchings{"Full", "SHA2-256", "SHA2-512"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

template <class Number>
std::optional<Number> number_from(std::string_view digits) {
  Number value{};
  const auto* end = digits.data() + digits.size();
  const auto [stop, fault] = std::from_chars(digits.data(), end, value);
  if (fault != std::errc{} || stop != end) return std::nullopt;
  return value;
}

template <std::size_t N>
std::optional<std::uint8_t> number_or_name(std::string_view word,
                                           const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < N; ++i) {
    if (same_text(word, names.at(i))) return static_cast<std::uint8_t>(i);
  }
  const auto number = number_from<std::uint8_t>(word);
  return number && *number < N ? number : std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return words;
    text.remove_prefix(first);
    const auto end = text.find_first_of(" \t");
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end);
  }
}

unsigned number_of(Usage usage) {
  return static_cast<unsigned>(usage);
}
unsigned number_of(Selector selector) {
  return static_cast<unsigned>(selector);
}
unsigned number_of(Matching matching) {
  return static_cast<unsigned>(matching);
}

/// Octets that the data must have; nothing: any number but none.
std::optional<std::size_t> size_for(Matching matching) {
  if (matching == Matching::kSha256) return 32;
  if (matching == Matching::kSha512) return 64;
  return std::nullopt;
}

std::optional<Service> service_of(dns::NameView name) {
  if (name.label_count() < 3) return std::nullopt;
  const auto port_label = as_text(name.first_label());
  const auto protocol_label = as_text(name.parent().first_label());
  if (!port_label.starts_with('_') || !protocol_label.starts_with('_')) return std::nullopt;
  const auto port = number_from<std::uint16_t>(port_label.substr(1));
  // "_0025" would be another name than the one that clients ask for.
  if (!port || *port == 0 || port_label[1] == '0') return std::nullopt;
  for (const std::string_view protocol : {"tcp", "udp", "sctp"}) {
    if (same_text(protocol_label.substr(1), protocol)) {
      return Service{*port, std::string(protocol), dns::Name(name.parent().parent())};
    }
  }
  return std::nullopt;
}

bool has_dane_label(dns::NameView name) {
  for (; !name.is_root(); name = name.parent()) {
    if (same_text(as_text(name.first_label()), "_dane")) return true;
  }
  return false;
}

std::string head_text(dns::NameView owner, std::optional<std::uint32_t> ttl) {
  return ttl ? fmt::format("{} {} IN", dns::to_text(owner), *ttl)
             : fmt::format("{} IN", dns::to_text(owner));
}

}  // namespace

std::string to_text(const Combination& combination) {
  return fmt::format("{} {} {}", number_of(combination.usage), number_of(combination.selector),
                     number_of(combination.matching));
}

std::string explained(const Combination& combination) {
  const auto usage = number_of(combination.usage);
  const auto selector = number_of(combination.selector);
  const auto matching = number_of(combination.matching);
  return fmt::format("{}({}) {}({}) {}({})", kUsages.at(usage), usage, kSelectors.at(selector),
                     selector, kMatchings.at(matching), matching);
}

Result<Combination> combination_from_text(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() == 3) {
    const auto usage = number_or_name(words[0], kUsages);
    const auto selector = number_or_name(words[1], kSelectors);
    const auto matching = number_or_name(words[2], kMatchings);
    if (usage && selector && matching) {
      return Combination{Usage{*usage}, Selector{*selector}, Matching{*matching}};
    }
  }
  return fail(Errc::kBadInput,
              fmt::format("'{}' is no usage 0 to 3, selector 0 or 1, matching type 0 to 2", text),
              "'3 1 1' for the server's own key, '2 1 1' for its issuer's");
}

Bytes Association::rdata() const {
  Bytes out;
  out.reserve(3 + data.size());
  out.push_back(static_cast<std::uint8_t>(combination.usage));
  out.push_back(static_cast<std::uint8_t>(combination.selector));
  out.push_back(static_cast<std::uint8_t>(combination.matching));
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

std::string Association::rdata_text() const {
  return fmt::format("{} {}", to_text(combination), to_hex(data));
}

std::string Association::unknown_rdata_text() const {
  const auto octets = rdata();
  return fmt::format("\\# {} {}", octets.size(), to_hex(octets));
}

Result<Association> association_from_rdata(ByteView rdata) {
  if (rdata.size() <= 3 || rdata[0] >= kUsages.size() || rdata[1] >= kSelectors.size() ||
      rdata[2] >= kMatchings.size()) {
    return fail(Errc::kBadInput, "the octets are no TLSA record (RFC 6698 section 2.1)");
  }
  Association out;
  out.combination = {Usage{rdata[0]}, Selector{rdata[1]}, Matching{rdata[2]}};
  out.data.assign(rdata.begin() + 3, rdata.end());
  const auto size = size_for(out.combination.matching);
  if (size && out.data.size() != *size) {
    return fail(Errc::kBadInput, fmt::format("TLSA data of {} octets where a digest has {}",
                                             out.data.size(), *size));
  }
  return out;
}

Result<OwnerName> owner_from_text(std::string_view text) {
  DW_TRY(auto name, dns::name_from_text(text));
  OwnerName owner{std::move(name), std::nullopt};
  owner.service = service_of(owner.name);
  if (!owner.service && !has_dane_label(owner.name)) {
    return fail(Errc::kBadInput,
                fmt::format("'{}' is no owner of TLSA records (RFC 6698 section 3)", text),
                "_25._tcp.mx1.example.org for the mail server mx1.example.org");
  }
  return owner;
}

std::string record_text(dns::NameView owner, std::optional<std::uint32_t> ttl,
                        const Association& association) {
  return fmt::format("{} TLSA {}", head_text(owner, ttl), association.rdata_text());
}

std::string unknown_record_text(dns::NameView owner, std::optional<std::uint32_t> ttl,
                                const Association& association) {
  return fmt::format("{} TYPE52 {}", head_text(owner, ttl), association.unknown_rdata_text());
}

}  // namespace danewerk::tlsa
