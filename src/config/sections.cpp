#include "config/sections.h"

#include <fmt/format.h>

#include "dns/name.h"

namespace danewerk::config {

namespace {

void add_error(Findings& findings, std::string_view id, const Place& place, std::string message,
               std::string hint = {}) {
  findings.add({.id = id,
                .level = Level::kError,
                .message = std::move(message),
                .place = place,
                .hint = std::move(hint)});
}

template <class Map>
std::string nearest_of(const Map& map, const std::string& name) {
  const auto near = nearest_key(map, name);
  return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

void check_reference(const Config& config, const Reference& reference, Findings& findings) {
  switch (reference.kind) {
    case Reference::Kind::kPolicy:
      if (config.policies.contains(reference.name)) return;
      return add_error(findings, "CONFIG-NAME-UNKNOWN", reference.place,
                       fmt::format("there is no policy '{}'", reference.name),
                       nearest_of(config.policies, reference.name));
    case Reference::Kind::kTsig:
      if (config.tsig.contains(reference.name)) return;
      return add_error(findings, "CONFIG-NAME-UNKNOWN", reference.place,
                       fmt::format("there is no TSIG key '{}'", reference.name),
                       nearest_of(config.tsig, reference.name));
    case Reference::Kind::kZone:
      if (config.zones.contains(reference.name)) return;
      return add_error(findings, "CONFIG-NAME-UNKNOWN", reference.place,
                       fmt::format("there is no zone '{}'", reference.name),
                       "{zone: NAME} is for a parent that is configured here, too");
  }
}

/// The DS goes into a zone above.
void check_parent(const ZoneConfig& zone, Findings& findings) {
  const auto* parent = std::get_if<ParentZone>(&zone.parents);
  if (parent == nullptr) return;
  const auto name = dns::name_from_text(zone.name);
  const auto above = dns::name_from_text(parent->name);
  if (!name || !above) return;
  if (!dns::equal(*name, *above) && dns::is_at_or_below(*name, *above)) return;
  add_error(findings, "CONFIG-CONFLICT", zone.place,
            fmt::format("zone '{}': '{}' is not above it", zone.name, parent->name));
}

/// Records at one name go one way.
void check_updates(const Draft& draft, Findings& findings) {
  std::map<std::string, const Certificate*> owners;
  for (const auto& [name, certificate] : draft.config.certificates) {
    for (const auto& service : certificate.services) {
      const auto [entry, is_new] = owners.emplace(owner_name(service), &certificate);
      const auto& other = *entry->second;
      if (is_new || other.update == certificate.update) continue;
      add_error(findings, "CONFIG-CONFLICT", draft.known.at(certificate_text(name)),
                fmt::format("certificates '{}' and '{}' have {} both, and another 'update' each",
                            other.name, name, to_text(service)));
    }
  }
}

/// Whether INNER is FOLDER or lies in it.
bool is_within(const Path& inner, const Path& folder) {
  auto part = inner.begin();
  for (const auto& name : folder) {
    if (name.empty()) continue;  // a final slash
    if (part == inner.end() || *part != name) return false;
    ++part;
  }
  return true;
}

/// What danewerk serves would be what it is to serve, and no renewal would ever be seen.
void check_handed_files(const Draft& draft, Findings& findings) {
  for (const auto& [name, certificate] : draft.config.certificates) {
    if (!certificate.serve || certificate.serve->directory.empty()) continue;
    const auto& folder = certificate.serve->directory;
    const bool is_served = is_within(certificate.certificate, folder);
    if (!is_served && !(certificate.key && is_within(*certificate.key, folder))) continue;
    add_error(findings, "CONFIG-CONFLICT", certificate.place,
              fmt::format("certificate '{}': '{}' lies in '{}', which danewerk fills itself", name,
                          is_served ? "certificate" : "key", folder.string()),
              "name the files that the ACME client writes");
  }
}

/// One certificate's key does not replace another's, nor vanish with the next generation.
void check_served_folders(const Draft& draft, Findings& findings) {
  std::vector<const Certificate*> served;
  for (const auto& [name, certificate] : draft.config.certificates) {
    if (!certificate.serve || certificate.serve->directory.empty()) continue;
    const auto& folder = certificate.serve->directory;
    for (const auto* other : served) {
      const auto& there = other->serve->directory;
      if (!is_within(folder, there) && !is_within(there, folder)) continue;
      add_error(findings, "CONFIG-CONFLICT", certificate.place,
                fmt::format("certificates '{}' and '{}' are served from '{}' and '{}', where one "
                            "would overwrite the other",
                            other->name, name, there.string(), folder.string()),
                "give each a folder of its own, beside the other");
    }
    served.push_back(&certificate);
  }
}

/// No two zones write one file, and none writes over a zone file.
void check_outputs(const Draft& draft, Findings& findings) {
  const auto& zones = draft.config.zones;
  std::map<Path, std::string> sources;
  for (const auto& [name, zone] : zones) sources.emplace(zone.file, name);
  std::map<Path, std::string> outputs;
  for (const auto& [name, zone] : zones) {
    if (zone.output.empty()) continue;
    const auto& place = draft.output_places.at(name);
    if (const auto source = sources.find(zone.output); source != sources.end()) {
      add_error(findings, "CONFIG-CONFLICT", place,
                fmt::format("zone '{}': 'output' is the zone file of '{}'", name, source->second),
                "the unsigned zone would be lost: write the signed one elsewhere");
    }
    const auto [other, is_new] = outputs.emplace(zone.output, name);
    if (!is_new) {
      add_error(findings, "CONFIG-CONFLICT", place,
                fmt::format("zone '{}': 'output' is that of '{}', too", name, other->second),
                "in a template, %s stands for the zone's name");
    }
  }
}

}  // namespace

std::string certificate_text(std::string_view name) {
  return fmt::format("certificate '{}'", name);
}

bool is_first(const Report& report, const TreeNode& node, const std::string& what, Draft& draft) {
  const auto [known, is_new] = draft.known.emplace(what, report.place(node));
  if (is_new) return true;
  report.error("CONFIG-TWICE", node,
               fmt::format("{} stands in two places; the other: {}", what, to_text(known->second)),
               "keep one of them");
  return false;
}

Result<std::string> canonical_name(std::string_view text) {
  DW_TRY(const auto name, dns::name_from_text(text));
  return dns::to_canonical_text(name.view());
}

void read_tsig_reference(Fields& fields, std::string& target, Draft& draft) {
  std::string name;
  fields.parsed("tsig", name, canonical_name);
  if (name.empty()) return;
  target = name;
  draft.references.push_back(
      {Reference::Kind::kTsig, name, fields.report().place(*fields.get("tsig"))});
}

void read_tsig(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft) {
  auto name = canonical_name(key.text);
  if (!name) {
    report.error("CONFIG-VALUE", key, name.error());
    return;
  }
  const std::string what = fmt::format("TSIG key '{}'", *name);
  if (!is_first(report, key, what, draft)) return;
  TsigKey tsig{*name, "hmac-sha256", {}};
  Fields fields(report, value, what);
  // Those that must be there, less SHA-1 (RFC 8945 section 6).
  fields.choice<std::string>("algorithm", tsig.algorithm,
                             {{"hmac-sha256", "hmac-sha256"},
                              {"hmac-sha384", "hmac-sha384"},
                              {"hmac-sha512", "hmac-sha512"}});
  if (fields.require("secret-file") != nullptr) fields.path("secret-file", tsig.secret_file);
  fields.finish();
  draft.config.tsig.insert_or_assign(tsig.name, tsig);
}

void check_draft(const Draft& draft, Findings& findings) {
  for (const auto& reference : draft.references) check_reference(draft.config, reference, findings);
  for (const auto& [name, zone] : draft.config.zones) check_parent(zone, findings);
  check_outputs(draft, findings);
  check_updates(draft, findings);
  check_served_folders(draft, findings);
  check_handed_files(draft, findings);
}

}  // namespace danewerk::config
