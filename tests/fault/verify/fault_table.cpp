#include "fault_table.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "dns/name.h"

namespace danewerk::fault {

using dns::RrType;

const TestKey& ksk() {
  static const TestKey key = fault::load_key("Kexample.+013+18547");
  return key;
}
const TestKey& zsk() {
  static const TestKey key = fault::load_key("Kexample.+013+50304");
  return key;
}
const TestKey& other_key() {
  static const TestKey key = fault::load_key("Kexample.+013+01215");
  return key;
}

void set_u16(Bytes& rdata, std::size_t at, unsigned value) {
  rdata.at(at) = static_cast<std::uint8_t>(value >> 8);
  rdata.at(at + 1) = static_cast<std::uint8_t>(value);
}

void edit_nsec3(EditZone& zone, std::string_view name, const Edit& edit) {
  Record& record = zone.one(zone.hashed(name), RrType::kNsec3);
  const std::string owner = record.owner;
  edit(record);
  zone.sign(owner, RrType::kNsec3, zsk());
}

void edit_all_nsec3(EditZone& zone, const Edit& edit) {
  std::set<std::string> owners;
  for (Record& record : zone.records) {
    if (record.type != RrType::kNsec3) continue;
    edit(record);
    owners.insert(record.owner);
  }
  for (const auto& owner : owners) zone.sign(owner, RrType::kNsec3, zsk());
}

void edit_nsec(EditZone& zone, std::string_view name, const Edit& edit) {
  edit(zone.one(name, RrType::kNsec));
  zone.sign(name, RrType::kNsec, zsk());
}

void set_next_hash(Record& record, const std::string& owner) {
  const auto hash = from_base32hex(owner.substr(0, owner.find('.')));
  REQUIRE(hash.has_value());
  const std::size_t at = 6U + record.rdata.at(4);
  std::copy(hash->begin(), hash->end(), record.rdata.begin() + static_cast<std::ptrdiff_t>(at));
}

void unlink_nsec3(EditZone& zone, std::string_view name) {
  const std::string gone = zone.hashed(name);
  const std::string before = zone.before(gone);
  const std::string after = zone.after(gone);
  zone.remove_name(gone);
  set_next_hash(zone.one(before, RrType::kNsec3), after);
  zone.sign(before, RrType::kNsec3, zsk());
}

void link_nsec3(EditZone& zone, std::string_view name) {
  const std::string hash = zone.hashed(name);
  Record record = zone.one(zone.before(hash), RrType::kNsec3);
  set_next_hash(zone.one(record.owner, RrType::kNsec3), hash);
  zone.sign(record.owner, RrType::kNsec3, zsk());
  record.owner = hash;
  zone.records.push_back(record);
  zone.sign(hash, RrType::kNsec3, zsk());
}

void set_next_name(Record& record, std::string_view next) {
  const auto name = dns::name_from_text(next);
  const std::size_t old = dns::wire_name_length(record.rdata);
  record.rdata.erase(record.rdata.begin(), record.rdata.begin() + static_cast<std::ptrdiff_t>(old));
  record.rdata.insert(record.rdata.begin(), name->view().wire().begin(), name->view().wire().end());
}

std::string nsec_next(const Record& record) {
  return dns::to_text(
      dns::NameView(ByteView(record.rdata).first(dns::wire_name_length(record.rdata))));
}

void drop_zonemd(EditZone& zone) {
  if (!zone.has("example.", RrType::kZonemd)) return;
  zone.remove("example.", RrType::kZonemd);
  zone.remove_rrsigs("example.", RrType::kZonemd);
  if (zone.has("example.", RrType::kNsec)) {
    edit_nsec(zone, "example.", [](Record& r) { fault::flip_type(r, RrType::kZonemd); });
  } else {
    edit_nsec3(zone, "example.", [](Record& r) { fault::flip_type(r, RrType::kZonemd); });
  }
}

}  // namespace danewerk::fault
