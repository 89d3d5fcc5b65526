/// \file
/// Bindings and the owners of their TLSA records: a document each, for nothing is ever asked of
/// them but the whole. Written when they differ from what stands there (promise P6).

#include "store/document.h"
#include "store/state_parts.h"

namespace danewerk::store {

template <>
struct Words<model::BindingKeyUse> {
  static auto from(std::string_view word) { return model::binding_key_use_from_text(word); }
};
template <>
struct Words<model::EmergencyKind> {
  static auto from(std::string_view word) { return model::emergency_kind_from_text(word); }
};
template <>
struct Words<model::EmergencyChoice> {
  static auto from(std::string_view word) { return model::emergency_choice_from_text(word); }
};
template <>
struct Words<model::IssuerStanding> {
  static auto from(std::string_view word) { return model::issuer_standing_from_text(word); }
};
template <>
struct Words<model::Visibility> {
  static auto from(std::string_view word) { return model::visibility_from_text(word); }
};

}  // namespace danewerk::store

// Found by the type of the value: in its namespace.
namespace danewerk::model {

template <class Value, class Of>
concept Is = std::same_as<std::remove_const_t<Value>, Of>;

void fields(auto& archive, Is<FileMark> auto& mark) {
  archive("path", mark.path);
  archive("size", mark.size);
  archive("modified", mark.modified);
  archive("inode", mark.inode);
  archive("digest", mark.digest);
}

void fields(auto& archive, Is<StandingFinding> auto& finding) {
  archive("id", finding.id);
  archive("level", finding.level);
  archive("text", finding.text);
  archive("since", finding.since);
  archive("told", finding.told);
}

void fields(auto& archive, Is<Chain> auto& chain) {
  archive("id", chain.id);
  archive("key", chain.key);
  archive("issuers", chain.issuers);
  archive("satisfies", chain.satisfies);
  archive("wanted", chain.wanted);
  archive("key-record", chain.key_record);
  archive("not-before", chain.not_before);
  archive("not-after", chain.not_after);
  archive("anchor-not-after", chain.anchor_not_after);
  archive("issuer", chain.issuer);
  archive("arrived", chain.arrived);
}

void fields(auto& archive, Is<BindingKey> auto& key) {
  archive("id", key.id);
  archive("use", key.use);
  archive("records", key.records);
  archive("since", key.since);
  archive("is-stolen", key.is_stolen);
  archive("certified-until", key.certified_until);
}

void fields(auto& archive, Is<Endpoint::Sight> auto& sight) {
  archive("key", sight.key);
  archive("satisfies", sight.satisfies);
  archive("wanted", sight.wanted);
  archive("hits", sight.hits);
  archive("at", sight.at);
}

void fields(auto& archive, Is<Endpoint> auto& endpoint) {
  archive("name", endpoint.name);
  archive("owner", endpoint.owner);
  archive("is-probed", endpoint.is_probed);
  archive("is-silent", endpoint.is_silent);
  archive("is-without-tls", endpoint.is_without_tls);
  archive("why", endpoint.why);
  archive("sight", endpoint.sight);
}

void fields(auto& archive, Is<Emergency> auto& emergency) {
  archive("kind", emergency.kind);
  archive("choice", emergency.choice);
  archive("since", emergency.since);
  archive("former", emergency.former);
}

void fields(auto& archive, Is<BannedRecord> auto& banned) {
  archive("rdata", banned.rdata);
  archive("until", banned.until);
}

void fields(auto& archive, Is<Incident> auto& incident) {
  archive("at", incident.at);
  archive("rule", incident.rule);
  archive("what", incident.what);
  archive("until", incident.until);
  archive("is-open", incident.is_open);
}

void fields(auto& archive, Is<PendingDeployment> auto& pending) {
  archive("chain", pending.chain);
  archive("rule", pending.rule);
  archive("reason", pending.reason);
  archive("is-exchange", pending.is_exchange);
  archive("is-known-by-key", pending.is_known_by_key);
  archive("is-outage", pending.is_outage);
}

void fields(auto& archive, Is<Binding> auto& binding) {
  archive("name", binding.name);
  archive("keys", binding.keys);
  archive("served", binding.served);
  archive("staged", binding.staged);
  archive("previous", binding.previous);
  archive("deployed", binding.deployed);
  archive("confirmed", binding.confirmed);
  archive("pending", binding.pending);
  archive("is-from-backup", binding.is_from_backup);
  archive("is-untold", binding.is_untold);
  archive("is-exchange", binding.is_exchange);
  archive("is-roll-wanted", binding.is_roll_wanted);
  archive("is-stopping", binding.is_stopping);
  archive("emergency", binding.emergency);
  archive("banned", binding.banned);
  archive("stolen-until", binding.stolen_until);
  archive("confirmed-issuers", binding.confirmed_issuers);
  archive("adopted", binding.adopted);
  archive("dropped", binding.dropped);
  archive("turned-back", binding.turned_back);
  archive("incidents", binding.incidents);
}

void fields(auto& archive, Is<BindingState> auto& state) {
  archive("binding", state.binding);
  archive("endpoints", state.endpoints);
  archive("owners", state.owners);
  archive("files", state.files);
  archive("pems", state.pems);
  archive("appended-roots", state.appended_roots);
  archive("told-again", state.told_again);
  archive("wake", state.wake);
  archive("last-pass", state.last_pass);
  archive("last-outcome", state.last_outcome);
  archive("label", state.label);
  archive("findings", state.findings);
  archive("waits", state.waits_json);
}

void fields(auto& archive, Is<TlsaVersion> auto& version) {
  archive("records", version.records);
  archive("is-unknown", version.is_unknown);
  archive("ttl", version.ttl);
  archive("first", version.first);
  archive("until", version.until);
  archive("made", version.made);
  archive("everywhere", version.everywhere);
  archive("last-served", version.last_served);
  archive("signed-until", version.signed_until);
}

void fields(auto& archive, Is<RecordState> auto& state) {
  archive("visibility", state.visibility);
  archive("since", state.since);
  archive("version", state.version);
}

void fields(auto& archive, Is<TlsaRecord> auto& record) {
  archive("rdata", record.rdata);
  archive("state", record.state);
}

void fields(auto& archive, Is<Publication> auto& publication) {
  archive("version", publication.version);
  archive("serial", publication.serial);
  archive("published", publication.published);
}

void fields(auto& archive, Is<Secondary::Sight> auto& sight) {
  archive("version", sight.version);
  archive("at", sight.at);
}

void fields(auto& archive, Is<Secondary> auto& secondary) {
  archive("address", secondary.address);
  archive("seen", secondary.seen);
  archive("released", secondary.released);
  archive("silent-since", secondary.silent_since);
}

void fields(auto& archive, Is<ServerElsewhere> auto& server) {
  archive("name", server.name);
  archive("sight", server.sight);
  archive("serial", server.serial);
  archive("version", server.version);
  archive("has-answered", server.has_answered);
  archive("is-signed", server.is_signed);
  archive("why", server.why);
  archive("unlisted", server.unlisted);
}

void fields(auto& archive, Is<Elsewhere> auto& elsewhere) {
  archive("zone", elsewhere.zone);
  archive("ours", elsewhere.ours);
  archive("version", elsewhere.version);
  archive("publications", elsewhere.publications);
  archive("servers", elsewhere.servers);
  archive("negative-ttl", elsewhere.negative_ttl);
  archive("soa-refresh", elsewhere.soa_refresh);
  archive("soa-retry", elsewhere.soa_retry);
  archive("soa-expire", elsewhere.soa_expire);
  archive("sent-ttl", elsewhere.sent_ttl);
  archive("looked", elsewhere.looked);
  archive("trouble", elsewhere.trouble);
}

void fields(auto& archive, Is<Milestone> auto& milestone) {
  archive("version", milestone.version);
  archive("everywhere", milestone.everywhere);
}

void fields(auto& archive, Is<ComingAlias> auto& alias) {
  archive("target", alias.target);
  archive("there", alias.there);
  archive("negative-ttl", alias.negative_ttl);
  archive("ttl", alias.ttl);
  archive("authors", alias.authors);
  archive("is-placed", alias.is_placed);
}

void fields(auto& archive, Is<FormerPlace> auto& place) {
  archive("name", place.name);
  archive("left", place.left);
  archive("ttl", place.ttl);
  archive("authors", place.authors);
}

void fields(auto& archive, Is<Pointers> auto& pointers) {
  archive("ttl", pointers.ttl);
  archive("left", pointers.left);
}

void fields(auto& archive, Is<ShownAt> auto& shown) {
  archive("address", shown.address);
  archive("seen", shown.seen);
  archive("trouble", shown.trouble);
}

void fields(auto& archive, Is<TlsaOwner> auto& owner) {
  archive("name", owner.name);
  archive("versions", owner.versions);
  archive("records", owner.records);
  archive("target", owner.target);
  archive("alias-ttl", owner.alias_ttl);
  archive("obstacle", owner.obstacle);
  archive("foreign", owner.foreign);
  archive("coming", owner.coming);
  archive("former-places", owner.former);
  archive("pointers", owner.pointers);
  archive("shown", owner.shown);
  archive("elsewhere", owner.elsewhere);
}

}  // namespace danewerk::model

namespace danewerk::store {

namespace {

template <class T>
T parse(std::string_view what, const std::string& name, const std::string& text) {
  try {
    T value;
    from_document(Json::parse(text), value);
    return value;
  } catch (const Json::exception& wrong) {
    throw BadRow(fmt::format("{} {}: {}", what, name, wrong.what()));
  } catch (const BadRow& wrong) {
    throw BadRow(fmt::format("{} {}: {}", what, name, wrong.what()));
  }
}

}  // namespace

std::vector<std::string> read_binding_names(Statements& statements) {
  std::vector<std::string> names;
  Query rows(statements, {"binding", "*"}, "SELECT name FROM binding ORDER BY name");
  while (rows.next()) rows.read(names.emplace_back());
  return names;
}

std::optional<model::BindingState> read_binding(Statements& statements, std::string_view name) {
  Query row(statements, {"binding", name}, "SELECT document FROM binding WHERE name = ?", name);
  if (!row.next()) return std::nullopt;
  std::string text;
  row.read(text);
  return parse<model::BindingState>("binding", std::string(name), text);
}

void write_binding(Statements& statements, const model::BindingState& state) {
  const auto text = to_document(state).dump();
  Query(statements,
        "INSERT INTO binding (name, document) VALUES (?,?) ON CONFLICT (name) DO UPDATE "
        "SET document = excluded.document WHERE document <> excluded.document",
        state.binding.name, text)
      .run();
}

void erase_binding(Statements& statements, std::string_view name) {
  Query(statements, "DELETE FROM binding WHERE name = ?", name).run();
}

std::vector<ZonedTlsaOwner> read_all_tlsa_owners(Statements& statements) {
  std::vector<ZonedTlsaOwner> owners;
  Query rows(statements, {"tlsa_owner", "*"},
             "SELECT zone, name, document FROM tlsa_owner ORDER BY zone, name");
  while (rows.next()) {
    std::string zone;
    std::string name;
    std::string text;
    rows.read(zone, name, text);
    owners.push_back(
        {.zone = std::move(zone), .owner = parse<model::TlsaOwner>("TLSA owner", name, text)});
  }
  return owners;
}

std::vector<model::TlsaOwner> read_tlsa_owners(Statements& statements, std::string_view zone) {
  std::vector<model::TlsaOwner> owners;
  Query rows(statements, {"tlsa_owner", zone},
             "SELECT name, document FROM tlsa_owner WHERE zone = ? ORDER BY name", zone);
  while (rows.next()) {
    std::string name;
    std::string text;
    rows.read(name, text);
    owners.push_back(parse<model::TlsaOwner>("TLSA owner", name, text));
  }
  return owners;
}

void write_tlsa_owner(Statements& statements, std::string_view zone,
                      const model::TlsaOwner& owner) {
  const auto text = to_document(owner).dump();
  Query(statements,
        "INSERT INTO tlsa_owner (zone, name, document) VALUES (?,?,?) "
        "ON CONFLICT (zone, name) DO UPDATE SET document = excluded.document "
        "WHERE document <> excluded.document",
        zone, owner.name, text)
      .run();
}

void erase_tlsa_owner(Statements& statements, std::string_view zone, std::string_view name) {
  Query(statements, "DELETE FROM tlsa_owner WHERE zone = ? AND name = ?", zone, name).run();
}

}  // namespace danewerk::store
