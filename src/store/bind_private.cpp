#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "crypto/algorithm.h"
#include "store/key_text.h"

namespace danewerk::store {

namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

/// Names of parts of private keys; the views of crypto::PrivateField must be literals.
constexpr std::array<std::string_view, 9> kParts{"Modulus",   "PublicExponent", "PrivateExponent",
                                                 "Prime1",    "Prime2",         "Exponent1",
                                                 "Exponent2", "Coefficient",    "PrivateKey"};

struct Moment {
  std::string_view name;
  std::optional<sys_seconds> model::KeyTiming::* member;
};
constexpr std::array kMoments{
    Moment{"Created", &model::KeyTiming::created},   Moment{"Publish", &model::KeyTiming::publish},
    Moment{"Activate", &model::KeyTiming::activate}, Moment{"Revoke", &model::KeyTiming::revoke},
    Moment{"Inactive", &model::KeyTiming::inactive}, Moment{"Delete", &model::KeyTiming::remove},
};

Fields fields_of(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    fields.emplace_back(line.substr(0, colon), value);
  }
  return fields;
}

std::optional<std::string_view> find(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return std::nullopt;
}

/// The first word: "8 (RSASHA256)", "20261121013811 (Sat Nov 21 ...)".
std::string_view first_word(std::string_view value) {
  return value.substr(0, value.find(' '));
}

Result<model::KeyTiming> timing_from(const Fields& fields) {
  model::KeyTiming timing;
  for (const auto& moment : kMoments) {
    const auto value = find(fields, moment.name);
    if (!value) continue;
    auto instant = parse_instant(first_word(*value));
    if (!instant) return tl::unexpected(std::move(instant).error().in(moment.name));
    timing.*(moment.member) = *instant;
  }
  return timing;
}

/// BIND takes a key with a moment of creation and no other as one that is not for use.
void append_moments(std::string& text, model::KeyTiming timing, std::string_view before) {
  if (!timing.is_held_back && timing.created && !timing.publish && !timing.activate) {
    timing.publish = timing.activate = timing.created;
  }
  for (const auto& moment : kMoments) {
    const auto& instant = timing.*(moment.member);
    if (instant) text += fmt::format("{}{}: {}\n", before, moment.name, to_dns_text(*instant));
  }
}

Result<crypto::Algorithm> algorithm_from(const Fields& fields) {
  const auto value = find(fields, "Algorithm");
  if (!value) return fail(Errc::kBadInput, "the private key file names no algorithm");
  const auto algorithm = crypto::algorithm_from_text(first_word(*value));
  if (!algorithm) {
    return fail(Errc::kBadInput,
                fmt::format("algorithm '{}' is not supported", value->substr(0, 40)));
  }
  return *algorithm;
}

}  // namespace

Result<BindPrivate> parse_bind_private(std::string_view text) {
  const auto fields = fields_of(text);
  const auto format = find(fields, "Private-key-format");
  if (!format || !format->starts_with("v1.")) {
    return fail(Errc::kBadInput, "no private key file of format v1");
  }
  if (find(fields, "Engine") || find(fields, "Label")) {
    return fail(Errc::kBadInput, "the private key lives on an HSM, which is not supported");
  }
  DW_TRY(const auto algorithm, algorithm_from(fields));
  crypto::PrivateFields parts;
  for (const auto name : kParts) {
    const auto value = find(fields, name);
    if (!value) continue;
    auto octets = from_base64(*value);
    if (!octets) {
      return fail(Errc::kBadInput, fmt::format("field '{}' is no base 64", name));
    }
    parts.push_back({name, Secret(*std::move(octets))});
  }
  BindPrivate out;
  DW_TRY(out.key, crypto::private_key_from_fields(algorithm, parts));
  DW_TRY(out.timing, timing_from(fields));
  // Before v1.3 there were no moments. Since then, none means: made with -G, not for use yet.
  const auto& timing = out.timing;
  out.timing.is_held_back = *format != "v1.1" && *format != "v1.2" && timing.created &&
                            !timing.publish && !timing.activate;
  return out;
}

Result<Secret> bind_private_text(const model::Key& key) {
  DW_CHECK(key.private_key != nullptr, "a private half is there to be written");
  DW_TRY(const auto parts, key.private_key->fields());
  const auto algorithm = key.private_key->algorithm();
  // Reserved at once: a text that grew would leave copies behind.
  constexpr std::size_t kEnough = 1U << 14;
  std::string text;
  text.reserve(kEnough);
  text += fmt::format("Private-key-format: v1.3\nAlgorithm: {} ({})\n",
                      static_cast<unsigned>(algorithm), to_text(algorithm));
  for (const auto& part : parts) {
    text += part.name;
    text += ": ";
    append_base64(text, part.value.view());
    text += '\n';
  }
  DW_CHECK(text.size() < kEnough / 2, "the largest key fits into what was reserved");
  append_moments(text, key.timing, "");
  const auto octets = as_bytes(text);
  Secret secret(Bytes(octets.begin(), octets.end()));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return secret;
}

std::string bind_record_text(dns::NameView zone, const model::Key& key) {
  std::string text =
      fmt::format("; This is a {} key, keyid {}, for {}\n",
                  key.dnskey.is_secure_entry_point() ? "key-signing" : "zone-signing",
                  key.dnskey.tag(), dns::to_text(zone));
  append_moments(text, key.timing, "; ");
  return text + key_record_text(zone, key.dnskey) + "\n";
}

Result<model::KeyTiming> timing_from_notes(const KeyRecord& record) {
  Fields fields;
  for (const auto& [name, value] : record.notes) fields.emplace_back(name, value);
  return timing_from(fields);
}

}  // namespace danewerk::store
