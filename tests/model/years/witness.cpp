#include "years/witness.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/judge.h"
#include "seal/serial.h"

namespace danewerk::years {

using dns::RrType;

namespace {

constexpr seconds kParentLag = std::chrono::hours(1);
constexpr seconds kDsTtl = std::chrono::days(1);
constexpr std::size_t kExpireAt = 8;  ///< before the end of SOA RDATA

/// RFC 4034 appendix B.
world::Key key_of(ByteView dnskey) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < dnskey.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{dnskey[i]} << 8 : dnskey[i];
  }
  sum += sum >> 16;
  return {.number = sum & 0xFFFF, .algorithm = dnskey[3]};
}

world::KeySet signers_of(const dns::RrsetView& rrset) {
  constexpr std::size_t kTagAt = 16;
  world::KeySet signers;
  for (const auto rdata : rrset.rrsigs) {
    signers.add({.number = load_u16(&rdata[kTagAt]), .algorithm = rdata[2]});
  }
  return signers;
}

/// Calls fn(name, RRset) for all that is signed.
template <class Fn>
void for_each_signed(const dns::Zone& zone, const Fn& fn) {
  for (const auto* tree : {&zone.names(), &zone.denial()}) {
    const bool is_denial = tree == &zone.denial();
    dns::Tree::Cursor cursor(*tree);
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto value = cursor.entry().value;
      const auto node = is_denial ? dns::read_chain_entry(value).node : dns::NodeView(value);
      for (const auto& rrset : node) {
        if (!rrset.rrsigs.empty()) fn(cursor.entry().key, rrset);
      }
    }
  }
}

}  // namespace

Witness::Witness(std::string zone, seconds lag)
    : name_(std::move(zone)),
      lag_(lag),
      world_({.zone = {.unseen_lag = lag},
              .parent = {.unseen_lag = kParentLag, .has_expire = false}}) {}

world::ZoneVersion Witness::version_of(const dns::Zone& zone) {
  world::ZoneVersion version{.number = counts_.versions};
  seconds largest{0};
  for_each_signed(zone, [&](std::string_view key, const dns::RrsetView& rrset) {
    const seconds ttl(rrset.ttl);
    largest = std::max(largest, ttl);
    if (rrset.type == RrType::kDnskey && key.empty()) {
      version.dnskey = {.signers = signers_of(rrset), .ttl = ttl};
      for (const auto rdata : rrset.rdata) version.dnskey.keys.add(key_of(rdata));
      return;
    }
    version.data.push_back({.name = fmt::format("{} {}", key, static_cast<unsigned>(rrset.type)),
                            .ttl = ttl,
                            .signers = signers_of(rrset)});
  });
  const auto soa = zone.apex_node().find(RrType::kSoa)->rdata.front();
  version.expire = seconds(load_u32(&soa[soa.size() - kExpireAt]));
  longest_ = version.expire + largest;
  return version;
}

void Witness::read(const std::filesystem::path& file, sys_seconds now) {
  const auto report =
      engine::judge_file({.file = file, .origin = std::nullopt, .options = {.at = now}});
  for (const auto& finding : report.findings.list()) {
    if (finding.level == Level::kError) fault(now, to_text(finding));
  }
  if (!report.verified) return;
  const auto& zone = report.verified->zone();
  const auto serial = seal::serial_of(zone);
  if (counts_.versions != 0 && !seal::serial_greater(serial, serial_)) {
    fault(now, fmt::format("serial {} after {}", serial, serial_));
  }
  serial_ = serial;
  ++counts_.versions;
  counts_.signatures += report.counts.signatures;
  earliest_ = report.earliest_expiration.value_or(now);
  const auto version = version_of(zone);
  look_for_old_keys(version.dnskey.keys, now);
  world_.publish(version, now);
}

void Witness::look_for_old_keys(const world::KeySet& keys, sys_seconds now) {
  for (const auto key : present_) {
    if (!keys.contains(key)) gone_.add(key);
  }
  for (const auto key : keys) {
    if (gone_.contains(key) && !present_.contains(key)) {
      fault(now, fmt::format("key {} came back", key.number));
    }
  }
  present_ = keys;
}

void Witness::change_ds(const world::KeySet& keys, sys_seconds now) {
  world_.publish_ds({.keys = keys, .ttl = kDsTtl}, now);
}

void Witness::look(sys_seconds now) {
  if (counts_.versions == 0) return;
  // A secondary that lost its primary just now serves this version until EXPIRE.
  if (earliest_ < now + longest_) {
    fault(now, fmt::format("signatures expire at {}, and may be served for {} from now on",
                           to_text(earliest_), to_text(longest_)));
    earliest_ = now + longest_;  // told once
  }
  world_.advance(now);
}

void Witness::fault(sys_seconds now, const std::string& what) {
  faults_.push_back(fmt::format("{} at {}: {}", name_, to_text(now), what));
}

std::vector<std::string> Witness::violations() const {
  auto all = faults_;
  for (const auto& one : world_.violations()) {
    all.push_back(fmt::format("{} at {}: {}: {}", name_, to_text(one.at), one.rule, one.text));
  }
  return all;
}

}  // namespace danewerk::years
