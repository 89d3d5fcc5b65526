#include "config/lint.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace danewerk::config {

namespace {

using danewerk::to_text;

constexpr seconds kDay = std::chrono::days(1);

/// Where findings about one zone, or one policy, go.
struct Target {
  Findings& findings;
  std::string owner;
  Place place;

  void add(std::string_view id, Level level, std::string message, std::string hint) const {
    findings.add({id, level, std::move(message), owner, place, std::move(hint)});
  }
};

seconds up_to_days(seconds span) {
  return std::chrono::ceil<std::chrono::days>(span);
}

/// Validity and refresh of one kind of RRset.
struct Life {
  std::string_view what;
  seconds validity;
  seconds refresh;
  seconds spread;
  seconds ttl;
};

/// A signature that is not renewed while caches may take it is one that expires there.
void lint_life(const model::Policy& policy, const Life& life, const Target& target) {
  const auto least = life.ttl + policy.propagation_delay + kDay;
  if (life.refresh <= least) {
    target.add("POLICY-REFRESH-SHORT", Level::kError,
               fmt::format("{} are renewed {} before they expire: not more than the largest TTL "
                           "({}), propagation-delay ({}) and a day",
                           life.what, to_text(life.refresh), to_text(life.ttl),
                           to_text(policy.propagation_delay)),
               fmt::format("set refresh to more than {}, and validity to {} or more",
                           to_text(least), to_text(up_to_days(least * 3 / 2 + kDay))));
  }
  if (life.validity - life.spread <= life.refresh) {
    target.add(
        "POLICY-VALIDITY-SHORT", Level::kError,
        fmt::format("{}: validity ({}) less spread ({}) is not more than refresh ({}), so "
                    "that every pass would renew them",
                    life.what, to_text(life.validity), to_text(life.spread), to_text(life.refresh)),
        fmt::format("set validity to {} or more",
                    to_text(up_to_days(life.refresh * 3 / 2 + life.spread + kDay))));
  }
}

void lint_signatures(const model::Policy& policy, const ZoneFacts& facts, const Target& target) {
  const auto& signatures = policy.signatures;
  const auto refresh = model::effective_refresh(policy, facts.soa_expire, facts.largest_ttl);
  lint_life(policy,
            {"signatures", signatures.validity, refresh, model::effective_spread(policy, refresh),
             facts.largest_ttl},
            target);
  if (!signatures.dnskey_validity && !signatures.dnskey_refresh) return;
  lint_life(policy,
            {"signatures of DNSKEY", signatures.dnskey_validity.value_or(signatures.validity),
             signatures.dnskey_refresh.value_or(refresh), seconds(0), policy.dnskey_ttl},
            target);
}

/// A secondary that is cut off serves what it has until EXPIRE (RFC 1035 section 3.3.13), and
/// caches keep that for a TTL more.
void lint_expire(const model::Policy& policy, const ZoneFacts& facts, const Target& target) {
  const auto refresh = model::effective_refresh(policy, facts.soa_expire, facts.largest_ttl);
  const auto delay = facts.largest_ttl + policy.propagation_delay;
  const auto most = std::max(seconds(0), refresh - delay);
  if (facts.soa_expire <= most) return;
  const auto needed = facts.soa_expire + delay;
  const auto validity = to_text(up_to_days(needed * 3 / 2));
  target.add("POLICY-EXPIRE-LONG", Level::kWarning,
             fmt::format("SOA EXPIRE is {}: a secondary that is cut off for more than {} may serve "
                         "expired signatures",
                         to_text(facts.soa_expire), to_text(most)),
             policy.signatures.refresh
                 ? fmt::format("set EXPIRE to {}, or refresh to {} and validity to {}",
                               to_text(most), to_text(needed), validity)
                 : fmt::format("set EXPIRE to {}, or validity to {}", to_text(most), validity));
}

void lint_lifetime(std::string_view key, std::optional<seconds> lifetime, seconds roll,
                   const Target& target) {
  if (!lifetime || *lifetime > roll) return;
  target.add(
      "POLICY-LIFETIME-SHORT", Level::kWarning,
      fmt::format("a {} lives {}, and to roll it takes {}", key, to_text(*lifetime), to_text(roll)),
      fmt::format("set its lifetime to more than {}", to_text(roll)));
}

void lint_lifetimes(const model::Policy& policy, const ZoneFacts& facts, const Target& target) {
  const auto zsk = zsk_roll_span(policy, facts.largest_ttl);
  const auto ksk = ksk_roll_span(policy);
  if (policy.has_csk) {
    lint_lifetime("CSK", policy.ksk.lifetime, std::max(zsk, ksk), target);
    return;
  }
  lint_lifetime("KSK", policy.ksk.lifetime, ksk, target);
  lint_lifetime("ZSK", policy.zsk.lifetime, zsk, target);
}

void lint_ttl(const model::Policy& policy, const ZoneFacts& facts, const Target& target) {
  if (!policy.max_zone_ttl || facts.largest_ttl <= *policy.max_zone_ttl) return;
  target.add("POLICY-TTL-ABOVE-LIMIT", Level::kWarning,
             fmt::format("the largest TTL is {}, and max-zone-ttl of policy '{}' is {}",
                         to_text(facts.largest_ttl), policy.name, to_text(*policy.max_zone_ttl)),
             "rolls wait for the TTL that is published; lower it in the zone");
}

void lint_dnskey(const model::Policy& policy, const ZoneFacts& facts, const Target& target) {
  constexpr std::size_t kMaxUdp = 4096;
  constexpr std::size_t kUnfragmented = 1232;  // what the DNS flag day of 2020 agreed on
  const auto answers = project_dnskey_answers(policy, facts.owner_octets);
  const auto largest =
      std::max_element(answers.begin(), answers.end(),
                       [](const auto& a, const auto& b) { return a.octets < b.octets; });
  if (largest == answers.end() || largest->octets <= kUnfragmented) return;
  const auto message =
      fmt::format("the answer for DNSKEY has {} octets {}", largest->octets, largest->phase);
  if (largest->octets > kMaxUdp) {
    target.add(
        "POLICY-DNSKEY-LARGE", Level::kWarning,
        message + fmt::format(", more than {}: all resolvers have to come back over TCP", kMaxUdp),
        "smaller or fewer keys, or algorithm: ecdsap256sha256");
  } else {
    target.add(
        "POLICY-DNSKEY-FRAGMENTS", Level::kInfo,
        message + fmt::format(", more than {}: some resolvers come back over TCP", kUnfragmented),
        "servers must answer over TCP; roll: double-ds needs less room");
  }
}

}  // namespace

seconds zsk_roll_span(const model::Policy& policy, seconds largest_ttl) {
  // Ipub, then Iret, then the old DNSKEY goes (RFC 7583 section 3.2.1).
  const auto publish = policy.dnskey_ttl + policy.propagation_delay;
  const auto sign = policy.zsk_roll_in.value_or(seconds(0));
  return publish + sign + largest_ttl + policy.propagation_delay + publish;
}

seconds ksk_roll_span(const model::Policy& policy) {
  // Ipub of the child and of the parent, in either order, then the old one goes (RFC 7583
  // sections 3.3.1 and 3.3.3).
  const auto child = policy.dnskey_ttl + policy.propagation_delay;
  const auto parent = policy.parent_ds_ttl + policy.parent_propagation_delay;
  return policy.ksk_roll == model::KskRoll::kDoubleDs ? parent + child + parent
                                                      : child + parent + child;
}

Findings lint_policy(const model::Policy& policy, const Place& place) {
  Findings findings;
  if (policy.is_unsigned) return findings;
  const Target target{findings, fmt::format("policy '{}'", policy.name), place};
  if (policy.denial.iterations > 0) {
    target.add("POLICY-NSEC3-ITERATIONS", Level::kWarning,
               fmt::format("{} additional NSEC3 iterations: they cost resolvers and hide nothing",
                           policy.denial.iterations),
               "leave them out (RFC 9276 section 3.1)");
  }
  if (policy.serial == model::SerialPolicy::kKeep) {
    target.add("POLICY-SERIAL-KEEP", Level::kWarning,
               "with serial: keep, renewed signatures have the serial of the old ones: secondaries "
               "do not fetch them",
               "serial: unixtime, or a zone file whose serial somebody raises in time");
  }
  return findings;
}

Findings lint_zone(const ZoneConfig& zone) {
  Findings findings;
  const Target target{findings, zone.name, zone.place};
  for (const auto& secondary : zone.secondaries) {
    if (!secondary.tsig.empty()) continue;
    target.add("POLICY-NO-TSIG", Level::kWarning,
               fmt::format("secondary {} has no TSIG key: whoever has its address gets the zone",
                           to_text(secondary.endpoint)),
               "make a key, name it in `tsig:` and here");
  }
  return findings;
}

Findings lint_content(const ZoneConfig& zone, const model::Policy& policy, const ZoneFacts& facts) {
  Findings findings;
  if (policy.is_unsigned) return findings;
  const Target target{findings, zone.name, zone.place};
  lint_signatures(policy, facts, target);
  lint_expire(policy, facts, target);
  lint_lifetimes(policy, facts, target);
  lint_ttl(policy, facts, target);
  lint_dnskey(policy, facts, target);
  return findings;
}

Findings lint_config(const Config& config) {
  Findings findings;
  std::set<std::string_view> used;
  for (const auto& [name, zone] : config.zones) {
    findings.merge(lint_zone(zone));
    used.insert(zone.policy);
  }
  for (const auto& [name, certificate] : config.certificates) {
    findings.merge(lint_certificate(certificate));
  }
  findings.merge(lint_updates(config));
  findings.merge(lint_neighbours(config));
  for (const auto& [name, policy] : config.policies) {
    const auto place = config.policy_places.find(name);
    if (place != config.policy_places.end()) findings.merge(lint_policy(policy, place->second));
    if (place == config.policy_places.end() || used.contains(name) || name == "default") continue;
    findings.add({.id = "POLICY-UNUSED",
                  .level = Level::kInfo,
                  .message = fmt::format("no zone has policy '{}'", name),
                  .place = place->second});
  }
  return findings;
}

}  // namespace danewerk::config
