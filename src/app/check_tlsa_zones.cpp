#include "app/check_tlsa_zones.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crypto/algorithm.h"
#include "dns/answer_size.h"
#include "dns/name.h"
#include "engine/binding_owners.h"
#include "engine/secure_entry.h"
#include "engine/zone_tlsa.h"

namespace danewerk::app {

namespace {

using config::Certificate;

/// What fits where fragments are lost (DNS flag day 2020).
constexpr std::size_t kMostOctets = 1232;

/// What negative answers should not outlive (RFC 2308 section 5).
constexpr seconds kLongNegativeTtl = std::chrono::hours(1);

/// Which records stand at an owner at most. With usage 2 those of certificates with the same
/// issuer are the same.
struct OwnerRecords {
  const config::ZoneConfig* zone = nullptr;
  std::set<std::string> certificates{};
  std::vector<std::uint8_t> matchings{};                    ///< of records that name keys
  std::set<std::pair<std::string, std::string>> issuers{};  ///< record type and issuer
};

/// All that may sign the next certificate; of a chain whose authority is not known, its own issuer.
std::set<std::string> issuers_of(const std::string& name, const ReadChains& chains,
                                 const tlsa::Catalogue& catalogue, sys_seconds now) {
  std::set<std::string> all;
  const auto chain = chains.find(name);
  const auto question =
      chain == chains.end() ? std::nullopt : tlsa::coverage_question(catalogue, chain->second, now);
  if (question) {
    // No records: all are missing.
    for (const auto* issuer : tlsa::coverage(catalogue, {}, *question).missing) {
      all.insert(to_hex(issuer->entry.key_digest));
    }
  }
  if (all.empty()) {
    const auto* issuer = chain == chains.end() ? nullptr : chain->second.issuer();
    all.insert(issuer == nullptr ? name : to_hex(tlsa::key_digest(*issuer)));
  }
  return all;
}

std::size_t digest_octets(std::uint8_t matching) {
  constexpr std::size_t kSha256 = 32;
  constexpr std::size_t kSha512 = 64;
  return matching == 2 ? kSha512 : kSha256;
}

std::size_t signature_octets(const model::Policy& policy) {
  const auto bits = policy.has_csk ? policy.ksk.bits : policy.zsk.bits;
  return crypto::fixed_signature_size(policy.algorithm).value_or(bits / 8);
}

std::size_t name_octets(const std::string& text) {
  const auto name = dns::name_from_text(text);
  return name ? name->view().size() : text.size() + 1;
}

/// Octets of an answer with all of them and one signature, EDNS included.
std::size_t answer_octets(const config::Config& config, const std::string& owner,
                          const OwnerRecords& records) {
  constexpr std::size_t kNumbers = 3;  // RFC 6698 section 2.1
  dns::AnswerSize answer(name_octets(owner));
  const auto add = [&](std::uint8_t matching) {
    answer.add_record(kNumbers + digest_octets(matching));
  };
  for (const auto matching : records.matchings) add(matching);
  for (const auto& [form, issuer] : records.issuers) add(form.ends_with('2') ? 2 : 1);
  answer.add_signature(name_octets(records.zone->name),
                       signature_octets(config.policy_of(*records.zone)));
  return answer.octets();
}

void enter(const Certificate& certificate, const std::set<std::string>& issuers,
           OwnerRecords& records) {
  records.certificates.insert(certificate.name);
  for (const auto& form : certificate.records) {
    if (form.usage == 3) {
      // The present key and the next one, which every policy announces first.
      records.matchings.insert(records.matchings.end(), 2, form.matching);
      continue;
    }
    const auto type = fmt::format("{} {}", form.selector, form.matching);
    for (const auto& issuer : issuers) records.issuers.emplace(type, issuer);
  }
}

/// The first certificate with a service in the zone.
auto first_of(const config::Config& config, const config::ZoneConfig& zone) {
  return std::ranges::find_if(config.certificates, [&](const auto& one) {
    return engine::zones_of(config, one.second).contains(zone.name);
  });
}

}  // namespace

Findings check_negative_ttl(const config::Config& config, const config::ZoneConfig& zone,
                            const dns::Zone& source) {
  Findings findings;
  const auto first = first_of(config, zone);
  if (first == config.certificates.end()) return findings;
  if (!source.apex_node().has(dns::RrType::kSoa)) return findings;
  const auto negative_ttl = engine::negative_ttl(source);
  if (negative_ttl <= kLongNegativeTtl) return findings;
  findings.add({.id = "CHECK-NEGATIVE-TTL",
                .level = Level::kWarning,
                .message = fmt::format("the lesser of SOA TTL and SOA minimum is {}: so long "
                                       "resolvers may keep that there are no TLSA records of "
                                       "certificate '{}' when its first ones are published",
                                       to_text(negative_ttl), first->first),
                .owner = zone.name,
                .place = zone.place,
                .hint = "3600 as the last number of the SOA record (RFC 2308 section 5)"});
  return findings;
}

Findings check_secure_entry(const config::Config& config, const config::ZoneConfig& zone,
                            const model::ZoneState& known) {
  Findings findings;
  const auto first = first_of(config, zone);
  if (first == config.certificates.end()) return findings;
  const auto why = engine::secure_entry(config, zone, known).why;
  if (why.empty()) return findings;
  findings.add({.id = "CHECK-NO-DS",
                .level = Level::kWarning,
                .message = fmt::format("{}: clients ignore the TLSA records of certificate '{}'",
                                       why, first->first),
                .owner = zone.name,
                .place = zone.place,
                .hint = "danewerk key ds prints what the parent needs"});
  return findings;
}

Findings check_tlsa_sizes(const config::Config& config, const ReadChains& chains,
                          const tlsa::Catalogue& catalogue, sys_seconds now) {
  std::map<std::string, OwnerRecords> owners;
  for (const auto& [name, certificate] : config.certificates) {
    const auto issuers = issuers_of(name, chains, catalogue, now);
    for (const auto& service : certificate.services) {
      const auto owner = config::owner_name(service);
      auto& records = owners[owner];
      records.zone = engine::zone_of(config, owner);
      enter(certificate, issuers, records);
    }
  }
  Findings findings;
  for (const auto& [owner, records] : owners) {
    if (records.zone == nullptr || config.policy_of(*records.zone).is_unsigned) continue;
    const auto octets = answer_octets(config, owner, records);
    if (octets <= kMostOctets) continue;
    findings.add({.id = "CHECK-TLSA-LARGE",
                  .level = Level::kWarning,
                  .message = fmt::format("the answer with {} records at {} will have about {} "
                                         "octets, more than {}: networks may lose it",
                                         records.matchings.size() + records.issuers.size(), owner,
                                         octets, kMostOctets),
                  .owner = fmt::format("{}", fmt::join(records.certificates, ", ")),
                  .hint = "fewer types of 'records', or a policy with algorithm: ecdsap256sha256"});
  }
  return findings;
}

}  // namespace danewerk::app
