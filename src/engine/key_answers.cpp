#include <algorithm>

#include <fmt/format.h>

#include "crypto/algorithm.h"
#include "dns/rdata_text.h"
#include "engine/requests.h"

namespace danewerk::engine {

namespace {

using model::KeyRecord;
using model::Visibility;

std::string algorithm_name(std::uint8_t number) {
  const auto algorithm = crypto::algorithm_from_number(number);
  return algorithm ? std::string(crypto::to_text(*algorithm)) : fmt::format("{}", number);
}

Json ring_key_json(const model::RingKey& key, const ZoneKeys& files) {
  Json json{{"key", label(key)},
            {"role", to_text(key.role)},
            {"tag", key.tag},
            {"algorithm", algorithm_name(key.algorithm)},
            {"bits", key.bits},
            {"id", key.id},
            {"use", key.is_compromised                 ? "compromised"
                    : key.goal == model::Goal::kHidden ? "on its way out"
                    : key.is_standby                   ? "in reserve"
                                                       : "in service"}};
  json["created"] = to_text(key.created);
  if (key.active) json["active"] = to_text(*key.active);
  if (!key.predecessor.empty()) json["predecessor"] = key.predecessor;
  for (const auto record : model::kKeyRecords) {
    if (!key.owns(record)) continue;
    json["records"][std::string(to_text(record))] = to_text(key.visibility(record));
  }
  const auto* file = files.find(key.id);
  json["file"] = file == nullptr ? Json() : Json(file->file);
  if (file != nullptr && !file->private_key) json["public_only"] = true;
  return json;
}

Json spare_key_json(const model::Key& key) {
  return {{"key", fmt::format("{} {}", role_text(key.role), key.dnskey.tag())},
          {"role", to_text(key.role)},
          {"tag", key.dnskey.tag()},
          {"algorithm", algorithm_name(key.dnskey.algorithm)},
          {"bits", key.private_key ? key.private_key->bits() : 0},
          {"id", key.id()},
          {"use", "not used yet"},
          {"file", key.file}};
}

Result<Json> keys_of(const Request& request, const std::string& zone, const model::KeyRing& ring) {
  DW_TRY(const auto files, request.load_keys(zone));
  auto keys = Json::array();
  for (const auto& key : ring.keys) keys.push_back(ring_key_json(key, files));
  for (const auto& key : files.all()) {
    if (ring.find(key.id()) == nullptr) keys.push_back(spare_key_json(key));
  }
  return Json{{"zone", zone}, {"keys", std::move(keys)}};
}

/// What the parent is to do about the DS of a key.
std::string_view wanted_of(Visibility ds, bool is_standby) {
  switch (ds) {
    case Visibility::kRumoured:
      return "upload";
    case Visibility::kOmnipresent:
      return "keep";
    case Visibility::kUnretentive:
      return "remove";
    case Visibility::kHidden:
      break;
  }
  return is_standby ? "in reserve" : "not yet";
}

/// "example.org. IN DS 12345 8 2 ...".
std::string record_text(const std::string& owner, dns::RrType type, ByteView rdata) {
  return fmt::format("{} IN {} {}", owner, dns::to_text(type), dns::rdata_to_text(type, rdata));
}

Json ds_json(const std::string& zone, dns::NameView apex, const model::Key& key) {
  Json json{{"key", fmt::format("{} {}", role_text(key.role), key.dnskey.tag())},
            {"tag", key.dnskey.tag()},
            {"algorithm", key.dnskey.algorithm},
            {"id", key.id()}};
  const auto dnskey = key.dnskey.rdata();
  for (const auto type : {model::kDsSha256, model::kDsSha384}) {
    const auto rdata = model::ds_rdata(apex, key.dnskey, type);
    json["ds"].push_back({{"digest_type", type},
                          {"digest", to_hex(ByteView(rdata).subspan(4))},
                          {"text", record_text(zone, dns::RrType::kDs, rdata)}});
    json["cds"].push_back(record_text(zone, dns::RrType::kCds, rdata));
  }
  json["dnskey"] = record_text(zone, dns::RrType::kDnskey, dnskey);
  json["cdnskey"] = record_text(zone, dns::RrType::kCdnskey, dnskey);
  return json;
}

}  // namespace

Result<Json> key_list(const Request& request) {
  DW_TRY(const auto typed, request.optional_text("zone"));
  if (typed) {
    DW_TRY(const auto zone, request.zone());
    DW_TRY(const auto state, request.open_state());
    DW_TRY(const auto loaded, state.load(zone));
    if (!loaded) DW_TRY_VOID(request.configured_zone());
    DW_TRY(auto one, keys_of(request, zone, loaded ? loaded->ring : model::KeyRing{}));
    return Json{{"zones", Json::array({std::move(one)})}};
  }
  DW_TRY(const auto state, request.open_state());
  auto zones = Json::array();
  for (const auto& [name, config] : request.config().zones) {
    DW_TRY(const auto loaded, state.load(name));
    DW_TRY(auto one, keys_of(request, name, loaded ? loaded->ring : model::KeyRing{}));
    zones.push_back(std::move(one));
  }
  return Json{{"zones", std::move(zones)}};
}

Result<Json> key_ds(const Request& request) {
  DW_TRY(const auto zone, request.zone());
  DW_TRY(const auto typed, request.optional_text("key"));
  DW_TRY(const auto state, request.load_zone());
  DW_TRY(const auto apex, dns::name_from_text(zone));
  DW_TRY(const auto files, request.load_keys(zone));
  std::string only;
  if (typed) {
    DW_TRY(const auto* key, find_key(state.ring, *typed));
    only = key->id;
  }
  auto keys = Json::array();
  for (const auto& key : state.ring.keys) {
    if (!key.owns(KeyRecord::kDs) || (!only.empty() && key.id != only)) continue;
    const auto* file = files.find(key.id);
    if (file == nullptr) continue;
    auto json = ds_json(zone, apex.view(), *file);
    json["parent"] = wanted_of(key.visibility(KeyRecord::kDs), key.is_standby);
    keys.push_back(std::move(json));
  }
  return Json{{"zone", zone}, {"keys", std::move(keys)}};
}

}  // namespace danewerk::engine
