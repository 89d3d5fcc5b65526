#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/config.h"
#include "crypto/signature.h"

namespace danewerk::config {

namespace {

/// Lines "key value", so that no two configurations give one text.
class Lines {
 public:
  void add(std::string_view key, std::string_view value) {
    text_ += fmt::format("{} {}:{}\n", key, value.size(), value);
  }
  void add(std::string_view key, seconds value) { add(key, value.count()); }
  template <class T>
    requires std::is_arithmetic_v<T>
  void add(std::string_view key, T value) {
    text_ += fmt::format("{} {}\n", key, value);
  }
  void add(std::string_view key, const std::optional<seconds>& value) {
    if (value) add(key, *value);
  }
  void add(std::string_view key, const Command& command) {
    for (const auto& word : command.words) add(key, word);
    add(key, command.timeout);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_keys(Lines& lines, const model::Policy& policy) {
  lines.add("algorithm", static_cast<unsigned>(policy.algorithm));
  lines.add("unsigned", policy.is_unsigned);
  lines.add("csk", policy.has_csk);
  lines.add("ksk-bits", policy.ksk.bits);
  lines.add("ksk-lifetime", policy.ksk.lifetime);
  lines.add("ksk-roll", static_cast<unsigned>(policy.ksk_roll));
  lines.add("ksk-standby", policy.standby_ksks);
  lines.add("zsk-bits", policy.zsk.bits);
  lines.add("zsk-lifetime", policy.zsk.lifetime);
  lines.add("zsk-roll-in", policy.zsk_roll_in);
  lines.add("zsk-standby", policy.standby_zsks);
  lines.add("manual", policy.is_manual);
  lines.add("key-retention", policy.key_retention);
  lines.add("cds", static_cast<unsigned>(policy.cds));
  for (const auto digest : policy.ds_digests) lines.add("ds-digest", unsigned{digest});
}

void add_signing(Lines& lines, const model::Policy& policy) {
  lines.add("denial", static_cast<unsigned>(policy.denial.kind));
  lines.add("iterations", policy.denial.iterations);
  lines.add("salt", to_hex(policy.denial.salt));
  lines.add("opt-out", policy.denial.opt_out);
  const auto& signatures = policy.signatures;
  lines.add("validity", signatures.validity);
  lines.add("refresh", signatures.refresh);
  lines.add("spread", signatures.spread);
  lines.add("batch", signatures.batch);
  lines.add("inception-offset", signatures.inception_offset);
  lines.add("dnskey-validity", signatures.dnskey_validity);
  lines.add("dnskey-refresh", signatures.dnskey_refresh);
  lines.add("dnskey-ttl", policy.dnskey_ttl);
  lines.add("max-zone-ttl", policy.max_zone_ttl);
  lines.add("propagation-delay", policy.propagation_delay);
  lines.add("parent-propagation-delay", policy.parent_propagation_delay);
  lines.add("parent-ds-ttl", policy.parent_ds_ttl);
  lines.add("serial", static_cast<unsigned>(policy.serial));
  lines.add("zonemd", policy.has_zonemd);
}

void add_parents(Lines& lines, const Parents& parents) {
  lines.add("parents", parents.index());
  if (const auto* zone = std::get_if<ParentZone>(&parents)) lines.add("parent-zone", zone->name);
  if (const auto* list = std::get_if<ParentServers>(&parents)) {
    for (const auto& server : list->servers) lines.add("parent", to_text(server));
  }
}

void add_zone(Lines& lines, const ZoneConfig& zone) {
  lines.add("zone", zone.name);
  lines.add("policy", zone.policy);
  lines.add("file", zone.file.string());
  lines.add("output", zone.output.string());
  lines.add("output-mode", zone.output_mode);
  lines.add("after-publish", zone.after_publish);
  for (const auto& secondary : zone.secondaries) {
    lines.add("secondary", to_text(secondary.endpoint));
    lines.add("tsig", secondary.tsig);
    lines.add("notify", secondary.notify);
    lines.add("observe", secondary.observe);
  }
  for (const auto& transfer : zone.allow_transfer) {
    lines.add("transfer", to_text(transfer.network));
    lines.add("tsig", transfer.tsig);
  }
  add_parents(lines, zone.parents);
}

}  // namespace

std::string policy_digest(const model::Policy& policy, const ZoneConfig& zone) {
  Lines lines;
  add_keys(lines, policy);
  add_signing(lines, policy);
  add_zone(lines, zone);
  return to_hex(crypto::digest(crypto::DigestType::kSha256, as_bytes(lines.text())).view());
}

}  // namespace danewerk::config
