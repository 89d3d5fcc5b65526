#include <fmt/format.h>

#include "config/sections.h"
#include "crypto/algorithm.h"
#include "model/key.h"

namespace danewerk::config {

namespace {

using crypto::Algorithm;
using model::Policy;

constexpr SpanRange kFromOneSecond{.least = seconds(1)};
/// RRSIG times are compared modulo 2^32 (RFC 4034 section 3.1.5): half of that is too much already.
constexpr SpanRange kValidityRange{.least = seconds(1), .most = std::chrono::days(365 * 20)};

void read_algorithm(Fields& fields, Policy& policy) {
  std::optional<Algorithm> algorithm = policy.algorithm;
  fields.choice<std::optional<Algorithm>>("algorithm", algorithm,
                                          {{"rsasha256", Algorithm::kRsaSha256},
                                           {"rsasha512", Algorithm::kRsaSha512},
                                           {"ecdsap256sha256", Algorithm::kEcdsaP256},
                                           {"ecdsap384sha384", Algorithm::kEcdsaP384},
                                           {"ed25519", Algorithm::kEd25519},
                                           {"ed448", Algorithm::kEd448},
                                           {"none", std::nullopt}});
  policy.is_unsigned = !algorithm;
  if (algorithm) policy.algorithm = *algorithm;
}

/// What KSK, ZSK and CSK have in common.
void read_key(Fields& fields, const Policy& policy, model::KeyPolicy& key, unsigned& standby) {
  fields.number("bits", key.bits, {crypto::kMinRsaBits, crypto::kMaxRsaBits});
  const auto* bits = fields.get("bits");
  if (bits != nullptr && !policy.is_unsigned && !crypto::is_rsa(policy.algorithm)) {
    fields.report().error(
        "CONFIG-CONFLICT", *bits,
        fmt::format("keys of {} have no choice of bits", crypto::to_text(policy.algorithm)),
        "leave 'bits' out");
  }
  fields.span_or("lifetime", key.lifetime, "never", kFromOneSecond);
  fields.number("standby", standby, {0, 4});
}

void read_ksk(Fields& fields, std::string_view key, const std::string& what, Policy& policy) {
  const auto* node = fields.get(key);
  if (node == nullptr) return;
  Fields ksk(fields.report(), *node, what);
  read_key(ksk, policy, policy.ksk, policy.standby_ksks);
  ksk.choice<model::KskRoll>(
      "roll", policy.ksk_roll,
      {{"double-ksk", model::KskRoll::kDoubleKsk}, {"double-ds", model::KskRoll::kDoubleDs}});
  ksk.finish();
}

void read_keys(Fields& fields, const std::string& what, Policy& policy) {
  const auto* csk = fields.get("csk");
  policy.has_csk = csk != nullptr;
  read_ksk(fields, "ksk", what + ": ksk", policy);
  read_ksk(fields, "csk", what + ": csk", policy);
  const auto* zsk = fields.get("zsk");
  if (csk != nullptr && (zsk != nullptr || fields.get("ksk") != nullptr)) {
    fields.report().error("CONFIG-CONFLICT", *csk, what + ": 'csk' stands beside 'ksk' or 'zsk'",
                          "a CSK is one key for both roles: keep either");
  }
  if (zsk == nullptr) return;
  Fields key(fields.report(), *zsk, what + ": zsk");
  read_key(key, policy, policy.zsk, policy.standby_zsks);
  key.span_or("roll-in", policy.zsk_roll_in, "auto", {});
  key.finish();
}

Result<Bytes> parse_salt(const std::string& text) {
  if (text.empty() || text == "-") return Bytes();
  auto salt = from_hex(text);
  if (salt && salt->size() <= 255) return *std::move(salt);
  return fail(Errc::kBadInput, fmt::format("'{}' is not 0 to 255 octets in hex", text),
              "leave it out: RFC 9276 section 3.1 asks for none");
}

void read_denial(Fields& fields, const std::string& what, Policy& policy) {
  const auto* node = fields.get("denial");
  if (node == nullptr) return;
  auto& denial = policy.denial;
  Fields keys(fields.report(), *node, what + ": denial");
  keys.choice<model::DenialKind>(
      "type", denial.kind,
      {{"nsec3", model::DenialKind::kNsec3}, {"nsec", model::DenialKind::kNsec}});
  // More is treated as insecure by validators (RFC 9276 section 3.2).
  keys.number("iterations", denial.iterations, {0, model::kMaxIterations});
  keys.parsed("salt", denial.salt, parse_salt);
  keys.flag("opt-out", denial.opt_out);
  keys.finish();
  const bool has_parameters = denial.opt_out || denial.iterations != 0 || !denial.salt.empty();
  if (denial.kind == model::DenialKind::kNsec && has_parameters) {
    fields.report().error("CONFIG-CONFLICT", *node,
                          what + ": iterations, salt and opt-out are NSEC3's",
                          "leave them out, or write type: nsec3");
  }
}

void read_signatures(Fields& fields, const std::string& what, Policy& policy) {
  const auto* node = fields.get("signatures");
  if (node == nullptr) return;
  auto& signatures = policy.signatures;
  Fields keys(fields.report(), *node, what + ": signatures");
  keys.span("validity", signatures.validity, kValidityRange);
  keys.span_or("refresh", signatures.refresh, "auto", kValidityRange);
  keys.span_or("spread", signatures.spread, "auto", {});
  keys.span("batch", signatures.batch);
  keys.span("inception-offset", signatures.inception_offset, {.most = std::chrono::days(365)});
  keys.span_or("dnskey-validity", signatures.dnskey_validity, "auto", kValidityRange);
  keys.span_or("dnskey-refresh", signatures.dnskey_refresh, "auto", kValidityRange);
  keys.finish();
}

void read_ds_digests(Fields& fields, const std::string& what, Policy& policy) {
  const auto* node = fields.get("ds-digests");
  if (node == nullptr) return;
  const auto words = list_of_words(fields.report(), *node, what + ": ds-digests");
  if (!words) return;
  std::vector<std::uint8_t> digests;
  for (const auto& word : *words) {
    if (word == "sha256") {
      digests.push_back(model::kDsSha256);
    } else if (word == "sha384") {
      digests.push_back(model::kDsSha384);
    } else {
      // SHA-1 must not be made (RFC 8624 section 3.3).
      fields.report().error("CONFIG-VALUE", *node,
                            fmt::format("{}: '{}' is neither sha256 nor sha384", what, word));
    }
  }
  const bool is_twice = digests.size() > 1 && digests.front() == digests.back();
  if (digests.empty() || digests.size() > 2 || is_twice) {
    fields.report().error("CONFIG-VALUE", *node,
                          what + ": 'ds-digests' must name one digest or both, each once");
    return;
  }
  policy.ds_digests = digests;
}

void read_delays(Fields& fields, Policy& policy) {
  fields.span("dnskey-ttl", policy.dnskey_ttl, kTtlRange);
  fields.span_or("max-zone-ttl", policy.max_zone_ttl, "none", kTtlRange);
  fields.span("propagation-delay", policy.propagation_delay);
  fields.span("parent-propagation-delay", policy.parent_propagation_delay);
  fields.span("parent-ds-ttl", policy.parent_ds_ttl, kTtlRange);
  fields.span("key-retention", policy.key_retention);
}

}  // namespace

void read_policy(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft) {
  const std::string what = fmt::format("policy '{}'", key.text);
  if (!is_first(report, key, what, draft)) return;
  Policy policy;
  policy.name = key.text;
  Fields fields(report, value, what);
  read_algorithm(fields, policy);
  read_keys(fields, what, policy);
  read_denial(fields, what, policy);
  read_signatures(fields, what, policy);
  read_delays(fields, policy);
  read_ds_digests(fields, what, policy);
  fields.flag("manual", policy.is_manual);
  fields.choice<model::CdsPolicy>("cds", policy.cds,
                                  {{"rollover", model::CdsPolicy::kRollover},
                                   {"always", model::CdsPolicy::kAlways},
                                   {"never", model::CdsPolicy::kNever}});
  fields.choice<model::SerialPolicy>("serial", policy.serial,
                                     {{"unixtime", model::SerialPolicy::kUnixtime},
                                      {"increment", model::SerialPolicy::kIncrement},
                                      {"date", model::SerialPolicy::kDate},
                                      {"keep", model::SerialPolicy::kKeep}});
  fields.flag("zonemd", policy.has_zonemd);
  fields.finish();
  draft.config.policies.insert_or_assign(policy.name, policy);
  draft.config.policy_places.insert_or_assign(policy.name, report.place(key));
}

}  // namespace danewerk::config
