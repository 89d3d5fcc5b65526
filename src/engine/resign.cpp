#include "engine/resign.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "denial/update.h"
#include "managed/carry_over.h"
#include "seal/zonemd.h"
#include "sign/sign_change.h"

namespace danewerk::engine {

using dns::RrType;

namespace {

using KeySet = std::set<std::pair<std::uint8_t, std::uint16_t>>;

KeySet signers_of(const dns::Zone& zone, RrType type) {
  KeySet keys;
  const auto rrset = zone.apex_node().find(type);
  if (!rrset) return keys;
  for (const auto rrsig : rrset->rrsigs) keys.emplace(rrsig[2], load_u16(&rrsig[16]));
  return keys;
}

/// Other keys sign TYPE than those that signed it in the version before.
bool keys_moved(const dns::Zone& before, const sign::SigningKeys& keys, RrType type) {
  KeySet wanted;
  for (const auto& key : keys.signing) {
    const bool signs = type == RrType::kDnskey ? key.signs_dnskey : key.signs_zone;
    if (signs) wanted.emplace(key.algorithm, key.tag);
  }
  return signers_of(before, type) != wanted;
}

bool differs(const dns::Zone& a, const dns::Zone& b) {
  bool found = false;
  dns::for_each_difference({a, b}, [&](const dns::RrsetDifference&) { found = true; });
  return found;
}

bool has_soa(const dns::Zone& zone) {
  return zone.apex_node().has(RrType::kSoa);
}

/// Greater than all that was ever seen of the zone (RFC 1982).
std::uint32_t managed_serial(const ResignTask& task, std::uint32_t above) {
  const auto own = seal::serial_of(task.content);
  const bool own_is_greater = seal::serial_greater(own, above);
  std::uint32_t next = own;
  if (task.serial.policy != seal::SerialPolicy::kKeep) {
    next = seal::next_serial(task.serial.policy, own_is_greater ? own : above, task.policy.now);
  } else if (!own_is_greater) {
    next = above + 1;
  }
  const auto wanted = task.serial.at_least;
  return wanted && seal::serial_greater(*wanted, next) ? *wanted : next;
}

Result<std::uint32_t> choose_serial(const ResignTask& task, bool content_changed) {
  if (task.serial.above) return managed_serial(task, *task.serial.above);
  const auto own = seal::serial_of(task.content);
  if (task.serial.keep_last) return own;
  const auto last = seal::serial_of(task.before);
  const bool greater = seal::serial_greater(own, last);
  if (task.serial.policy != seal::SerialPolicy::kKeep) {
    return seal::next_serial(task.serial.policy, greater ? own : last, task.policy.now);
  }
  if (greater) return own;
  if (!content_changed) return last;
  return fail(Errc::kRefused,
              fmt::format("the content changed, but its serial {} is not greater than {} of the "
                          "signed version",
                          own, last),
              "raise the serial in the zone file, or pass --serial increment");
}

/// Serial, SOA signature, and the digest over all of it.
Result<void> seal_version(const ResignTask& task, std::uint32_t serial, Version& version) {
  const auto sign = [&](const dns::Zone& zone) -> Result<void> {
    DW_TRY(auto made, sign::sign_apex(zone, *task.keys, task.policy));
    version.zone = std::move(made.zone);
    version.signatures_made += made.made;
    version.visited_rrsets += made.visited_rrsets;
    return {};
  };
  DW_TRY_VOID(sign(seal::with_serial(version.zone, serial)));
  if (!version.zone.apex_node().has(RrType::kZonemd)) return {};
  return sign(seal::with_zonemd(version.zone));
}

Result<Version> make_unsigned(const ResignTask& task) {
  const bool is_first = !has_soa(task.before);
  const auto content =
      is_first ? task.content : seal::with_serial(task.content, seal::serial_of(task.before));
  Version version{.zone = content};
  version.changed = is_first || task.serial.must_move || differs(task.before, content);
  if (!version.changed) return version;
  DW_TRY(const auto serial, choose_serial(task, true));
  version.zone = seal::with_serial(content, serial);
  return version;
}

}  // namespace

Result<Version> make_version(const ResignTask& task) {
  if (task.is_unsigned) return make_unsigned(task);
  const bool is_first = !has_soa(task.before);
  auto before = task.before;
  if (const auto used = denial::parameters_of(before)) {
    DW_TRY(before, denial::adopt(before, {.parameters = *used, .jobs = task.jobs}));
  }
  // The serial is decided when it is known whether anything else changed.
  const auto content =
      is_first ? task.content : seal::with_serial(task.content, seal::serial_of(before));
  const auto carried = managed::carry_over(before, content);
  DW_TRY(const auto denied, denial::update(carried.change, {task.denial, task.jobs}));
  const bool all = is_first || keys_moved(before, *task.keys, RrType::kSoa) ||
                   !task.keys->retiring.empty() ||
                   task.policy.kept == sign::SignaturePolicy::Kept::kChecked;
  DW_TRY(auto made, sign::sign_change({before, denied}, *task.keys,
                                      {.policy = task.policy, .all = all, .jobs = task.jobs}));
  // A KSK may come or go while the DNSKEY RRset stays the same.
  if (!all && keys_moved(made.zone, *task.keys, RrType::kDnskey)) {
    DW_TRY(auto apex, sign::sign_apex(made.zone, *task.keys, task.policy));
    made.zone = std::move(apex.zone);
    made.made += apex.made;
  }
  Version version{.zone = made.zone,
                  .visited_rrsets = made.visited_rrsets,
                  .signatures_made = made.made,
                  .signatures_kept = made.kept};
  DW_TRY(const auto serial, choose_serial(task, carried.content_changed));
  const bool serial_moves = !task.serial.above && task.serial.policy == seal::SerialPolicy::kKeep &&
                            serial != seal::serial_of(made.zone);
  version.changed = is_first || task.serial.must_move || serial_moves || carried.content_changed ||
                    differs(before, made.zone);
  if (!version.changed) return version;
  DW_TRY_VOID(seal_version(task, serial, version));
  return version;
}

}  // namespace danewerk::engine
