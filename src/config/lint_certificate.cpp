#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "config/lint.h"

namespace danewerk::config {

namespace {

using danewerk::to_text;

constexpr seconds kLongTtl = std::chrono::hours(1);
/// Clocks that nobody looks after differ by so much.
constexpr seconds kShortMargin = std::chrono::minutes(1);

std::string to_text(const TlsaForm& form) {
  return fmt::format("{} {} {}", form.usage, form.selector, form.matching);
}

bool has(const Certificate& certificate, const TlsaForm& form) {
  return std::ranges::find(certificate.records, form) != certificate.records.end();
}

/// The first that only one of them has; nullptr when they have the same.
const TlsaForm* difference(const Certificate& one, const Certificate& other) {
  for (const auto& form : one.records) {
    if (!has(other, form)) return &form;
  }
  for (const auto& form : other.records) {
    if (!has(one, form)) return &form;
  }
  return nullptr;
}

/// What was asked for, and what it costs.
void lint_care(const Certificate& certificate, Findings& findings) {
  const auto warn = [&](std::string message, std::string hint) {
    findings.add({"CONFIG-LESS-CARE", Level::kWarning, std::move(message), certificate.name,
                  certificate.place, std::move(hint)});
  };
  if (certificate.ttl_factor < 2) {
    warn(
        "ttl-factor: 1 takes it that no resolver keeps records longer than their TTL; those that "
        "do refuse the next certificate",
        "2, as RFC 7671 section 8.1 advises");
  }
  if (certificate.ttl == seconds(0)) {
    warn(
        "ttl: 0 has every client ask the servers anew, and some resolvers keep records all the "
        "same",
        "1h");
  }
  if (certificate.margin < kShortMargin) {
    warn(fmt::format("margin: {} is no time for clocks that differ", to_text(certificate.margin)),
         "5m");
  }
  if (certificate.is_gate_relaxed) {
    warn("gate: relaxed serves what clients refuse that look at one kind of record alone",
         "strict, unless they are known not to be there");
  }
  if (certificate.is_new_key_served_at_once) {
    warn(fmt::format("new-key: at-once serves each new key before its record is known: until {} "
                     "after every server of the zone has it, clients refuse it that hold older "
                     "records and go by usage 3",
                     to_text(certificate.ttl_factor * certificate.ttl + certificate.margin)),
         "announced");
  }
}

/// Usage 2 believes whom the authority believes.
void lint_issuers(const Certificate& certificate, Findings& findings) {
  const auto warn = [&](std::string_view id, std::string message, std::string hint) {
    findings.add({id, Level::kWarning, std::move(message), certificate.name, certificate.place,
                  std::move(hint)});
  };
  const TlsaForm* of_issuer = nullptr;
  bool has_own = false;
  for (const auto& form : certificate.records) {
    has_own = has_own || form.usage == 3;
    if (form.usage != 2) continue;
    if (of_issuer == nullptr) of_issuer = &form;
    if (form.selector != 0) continue;
    warn(
        "CONFIG-ISSUER-SELECTOR",
        fmt::format("records: '{}' names one certificate of the authority: another one of the same "
                    "key, cross-signed or issued anew, does not match it",
                    to_text(form)),
        fmt::format("'{}' names the key", to_text(TlsaForm{2, 1, form.matching})));
  }
  if (of_issuer == nullptr || has_own) return;
  // RFC 7671 section 5.2: dates, names and the chain count then.
  warn("CONFIG-ISSUER-ONLY",
       fmt::format("records: '{}' without usage 3: clients look at dates, names and chain, believe "
                   "every certificate of that authority for the host, and a stolen key is good "
                   "until its certificate ends, whatever DNS says",
                   to_text(*of_issuer)),
       "'3 1 1' besides; or CAA records that let nobody else order (RFC 8659, RFC 8657)");
}

Finding in_vain(const Certificate& certificate, std::string message, std::string hint) {
  return {.id = "CONFIG-UNUSED",
          .level = Level::kWarning,
          .message = std::move(message),
          .owner = certificate.name,
          .place = certificate.place,
          .hint = std::move(hint)};
}

/// Whether one of our zones has the name.
bool is_signed_here(const Config& config, std::string_view name) {
  for (;;) {
    if (config.zones.contains(std::string(name.empty() ? "." : name))) return true;
    if (name.empty()) return false;
    const auto dot = name.find('.');
    name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
  }
}

}  // namespace

Findings lint_certificate(const Certificate& certificate) {
  Findings findings;
  const auto warn = [&](std::string_view id, std::string message, std::string hint) {
    findings.add({id, Level::kWarning, std::move(message), certificate.name, certificate.place,
                  std::move(hint)});
  };
  for (const auto& form : certificate.records) {
    if (form.usage == 3 && form.selector == 0) {
      warn("TLSA-D01",
           fmt::format("records: '{}' breaks with each renewal of the certificate", to_text(form)),
           "'3 1 1' stays as long as the key does");
    }
    if (form.matching == 2 && !has(certificate, {form.usage, form.selector, 1})) {
      warn("TLSA-D06",
           fmt::format("records: '{}' alone, while clients must know SHA-256 only (RFC 6698 "
                       "section 6)",
                       to_text(form)),
           fmt::format("publish '{}' as well", to_text(TlsaForm{form.usage, form.selector, 1})));
    }
  }
  if (certificate.ttl > kLongTtl && certificate.key_policy != CertificateKeyPolicy::kNext) {
    warn("TLSA-D14",
         fmt::format("a TTL of {} without a standby key: an unplanned change takes that long",
                     to_text(certificate.ttl)),
         "an hour, or `key-policy: next`");
  }
  if (certificate.is_next_key_manual && certificate.key_policy != CertificateKeyPolicy::kNext) {
    findings.add(in_vain(certificate,
                         fmt::format("next-key: manual has no meaning with key-policy: {}",
                                     to_text(certificate.key_policy)),
                         "key-policy: next, or leave it out"));
  }
  lint_issuers(certificate, findings);
  lint_care(certificate, findings);
  return findings;
}

Findings lint_updates(const Config& config) {
  Findings findings;
  const auto is_here = [&](const Service& service) {
    return is_signed_here(config, owner_name(service));
  };
  for (const auto& [name, certificate] : config.certificates) {
    if (!certificate.update || !std::ranges::all_of(certificate.services, is_here)) continue;
    findings.add(in_vain(certificate,
                         "'update' has no effect: the zones of all its services are signed here, "
                         "and danewerk puts the records in",
                         "leave it out; or take the zone out of `zones`, if others sign it"));
  }
  return findings;
}

namespace {

// A record type is published only when every chain at the owner matches a record of it (RFC 7671
// section 8). What one asks for and the other does not comes about only where both have the same
// key or issuer: which no configuration tells, so this is a warning.
Finding records_differ(const Certificate& one, const Certificate& other, const Service& service,
                       const TlsaForm& form) {
  return {.id = "CONFIG-RECORDS-DIFFER",
          .level = Level::kWarning,
          .message = fmt::format("certificates '{}' and '{}' are both at {}, and '{}' is among "
                                 "the 'records' of one: it waits for ever (ROLL-TLSA-NEIGHBOUR) "
                                 "unless the other one's chain matches it, too",
                                 one.name, other.name, to_text(service), to_text(form)),
          .owner = other.name,
          .place = other.place,
          .hint = "give both the same 'records'"};
}

/// Each with each that comes after it.
std::vector<std::pair<const Certificate*, const Certificate*>> pairs_of(
    const std::vector<const Certificate*>& all) {
  std::vector<std::pair<const Certificate*, const Certificate*>> pairs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = i + 1; j < all.size(); ++j) pairs.emplace_back(all[i], all[j]);
  }
  return pairs;
}

}  // namespace

Findings lint_neighbours(const Config& config) {
  Findings findings;
  std::map<std::string, std::vector<const Certificate*>> owners;
  std::map<std::string, const Service*> services;
  for (const auto& [name, certificate] : config.certificates) {
    for (const auto& service : certificate.services) {
      auto& there = owners[owner_name(service)];
      if (there.empty() || there.back() != &certificate) there.push_back(&certificate);
      services[owner_name(service)] = &service;
    }
  }
  std::set<std::pair<std::string, std::string>> told;
  for (const auto& [owner, there] : owners) {
    for (const auto& [one, other] : pairs_of(there)) {
      const auto* form = difference(*one, *other);
      if (form == nullptr || !told.emplace(one->name, other->name).second) continue;
      findings.add(records_differ(*one, *other, *services.at(owner), *form));
    }
  }
  return findings;
}

}  // namespace danewerk::config
