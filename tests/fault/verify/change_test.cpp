/// \file
/// The check of a change finds what the check of the whole zone finds, and looks at no more than
/// the change touches.

#include <random>
#include <set>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "dns/rdata_text.h"
#include "fault_table.h"
#include "sign_whole.h"
#include "verify/verify.h"

namespace danewerk {

namespace {

using dns::RrType;
using fault::Denial;
using fault::EditZone;
using fault::Record;

const verify::VerifyOptions kOptions{.at = *parse_instant("20261121000000"), .ds = {}, .jobs = 1};
constexpr std::string_view kDs =
    "DS 1 13 2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Chooses by a seed that RapidCheck prints.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  std::string name() {
    static const std::vector<std::string> kLabels{"a", "b", "c", "*", "zz"};
    std::string owner = "example.";
    for (std::size_t i = 1 + below(3); i > 0; --i)
      owner = kLabels[below(kLabels.size())] + "." + owner;
    return owner;
  }
  std::string record() {
    static const std::vector<std::string> kData{
        "A 192.0.2.1",    "A 192.0.2.2",        "TXT \"x\"",     "NS ns.example.",
        "NS ns.example.", "DNAME example.net.", std::string(kDs)};
    return name() + " 600 IN " + kData[below(kData.size())];
  }

 private:
  std::mt19937 engine_;
};

EditZone random_content(Dice& dice) {
  auto zone = EditZone::parse(
      "example. 3600 IN SOA ns.example. h.example. 1 7200 3600 1209600 300\n"
      "example. 3600 IN NS ns.example.\nns.example. 600 IN A 192.0.2.53\n",
      "example.");
  for (std::size_t i = dice.below(20); i > 0; --i) zone.add(dice.record());
  return zone;
}

/// Other content: records added and taken away, never those of the apex.
void change_content(EditZone& zone, Dice& dice) {
  for (std::size_t i = 1 + dice.below(4); i > 0; --i) {
    if (dice.below(2) == 0 || zone.records.size() < 6) {
      zone.add(dice.record());
      continue;
    }
    zone.records.erase(zone.records.begin() +
                       static_cast<std::ptrdiff_t>(3 + dice.below(zone.records.size() - 3)));
  }
}

void drop_signatures(EditZone& zone) {
  std::erase_if(zone.records, [](const Record& r) {
    return dns::is_signer_made(r.type) || r.type == RrType::kDnskey;
  });
}

/// Damages a signed zone somewhere.
void damage(EditZone& zone, Dice& dice) {
  const auto at = static_cast<std::ptrdiff_t>(dice.below(zone.records.size()));
  Record& record = zone.records[static_cast<std::size_t>(at)];
  switch (dice.below(6)) {
    case 0:
      zone.records.erase(zone.records.begin() + at);
      break;
    case 1:
      if (record.rdata.size() > 18) record.rdata[dice.below(record.rdata.size())] ^= 1U;
      break;
    case 2:
      record.ttl += 1;
      break;
    case 3:
      zone.add(dice.record());
      break;
    case 4: {
      const std::string owner = record.owner;
      zone.remove_name(owner);
      break;
    }
    default:
      if (record.type != RrType::kNsec && record.type != RrType::kNsec3) break;
      fault::flip_type(record, dice.below(2) == 0 ? RrType::kA : RrType::kNs);
      zone.sign(std::string(record.owner), record.type, fault::zsk());
      break;
  }
}

using Found = std::set<std::pair<std::string, std::string>>;

Found found(const verify::Report& report) {
  Found out;
  for (const auto& finding : report.findings.list()) {
    out.emplace(std::string(finding.id), finding.owner);
  }
  return out;
}

std::string told(const verify::Report& report) {
  std::string text;
  for (const auto& finding : report.findings.list()) text += to_text(finding) + "\n";
  return text;
}

Denial denial_of(Dice& dice) {
  return static_cast<Denial>(dice.below(3));
}

}  // namespace

TEST_CASE("verify: any zone that a plain signer signed passes, and any change of it passes") {
  CHECK(rc::check("whole and change are good", [](std::uint32_t seed) {
    Dice dice(seed);
    const Denial denial = denial_of(dice);
    EditZone zone = random_content(dice);
    fault::sign_whole(zone, denial);
    const dns::Zone before = zone.build();
    const auto first = verify::verify_zone(before, kOptions);
    if (!first.findings.empty()) RC_FAIL(told(first));
    drop_signatures(zone);
    change_content(zone, dice);
    fault::sign_whole(zone, denial);
    const dns::Zone after = zone.build();
    const auto whole = verify::verify_zone(after, kOptions);
    if (!whole.findings.empty()) RC_FAIL(told(whole));
    const auto change = verify::verify_change({before, after}, kOptions);
    if (!change.findings.empty()) RC_FAIL(told(change));
    RC_ASSERT(change.earliest_expiration == whole.earliest_expiration);
  }));
}

TEST_CASE("verify: the check of a change finds what the whole check finds") {
  CHECK(rc::check("same findings at the same names", [](std::uint32_t seed) {
    Dice dice(seed);
    const Denial denial = denial_of(dice);
    EditZone zone = random_content(dice);
    fault::sign_whole(zone, denial);
    const dns::Zone before = zone.build();
    drop_signatures(zone);
    change_content(zone, dice);
    fault::sign_whole(zone, denial);
    for (std::size_t i = 1 + dice.below(3); i > 0; --i) damage(zone, dice);
    const dns::Zone after = zone.build();
    const auto whole = verify::verify_zone(after, kOptions);
    const auto change = verify::verify_change({before, after}, kOptions);
    if (found(whole) != found(change)) {
      RC_FAIL("whole:\n" + told(whole) + "change:\n" + told(change));
    }
  }));
}

TEST_CASE("verify: what a change costs does not depend on the size of the zone") {
  for (const Denial denial : {Denial::kNsec, Denial::kNsec3, Denial::kOptOut}) {
    std::set<std::uint64_t> visited;
    for (const unsigned size : {100U, 1000U}) {
      auto zone = EditZone::parse(
          "example. 3600 IN SOA ns.example. h.example. 1 7200 3600 1209600 300\n"
          "example. 3600 IN NS ns.example.\nns.example. 600 IN A 192.0.2.53\n",
          "example.");
      for (unsigned i = 0; i < size; ++i) {
        zone.add("h" + std::to_string(i) + ".example. 600 IN A 192.0.2.1");
        zone.add("d" + std::to_string(i) + ".example. 600 IN NS ns.example.");
      }
      EditZone next = zone;
      fault::sign_whole(zone, denial);
      next.add("new.ent.example. 600 IN TXT \"x\"");
      fault::sign_whole(next, denial);
      const dns::Zone before = zone.build();
      // Equal RRsets by equal octets: ECDSA signs anew each time, so what stays is taken over.
      for (Record& record : next.records) {
        if (record.type != RrType::kRrsig) continue;
        const auto same =
            std::find_if(zone.records.begin(), zone.records.end(), [&](const Record& r) {
              return r.type == RrType::kRrsig && r.owner == record.owner &&
                     r.covered() == record.covered();
            });
        if (same == zone.records.end()) continue;
        const RrType type = record.covered();
        const bool is_chain = type == RrType::kNsec || type == RrType::kNsec3;
        if (!is_chain || next.one(record.owner, type).rdata == zone.one(record.owner, type).rdata) {
          record.rdata = same->rdata;
        }
      }
      const auto report = verify::verify_change({before, next.build()}, kOptions);
      CHECK(told(report).empty());
      CHECK(report.counts.rrsets_visited < 20);
      visited.insert(report.counts.rrsets_visited);
    }
    CHECK(visited.size() == 1);
  }
}

TEST_CASE("verify: a change of nothing passes without looking at anything but DNSKEY") {
  const auto zone =
      EditZone::load(std::string(DW_TESTS_DIR) + "/fault/verify/zones/bind-nsec3.zone").build();
  const auto report = verify::verify_change({zone, zone}, kOptions);
  CHECK(told(report).empty());
  CHECK(report.verified.has_value());
  CHECK(report.counts.rrsets_visited == 1);
}

TEST_CASE("verify: a signature that expired is found though nothing changed") {
  const auto zone =
      EditZone::load(std::string(DW_TESTS_DIR) + "/fault/verify/zones/bind-nsec3.zone").build();
  const verify::VerifyOptions later{.at = *parse_instant("20270202000000"), .ds = {}, .jobs = 1};
  const auto whole = verify::verify_zone(zone, later);
  const auto change = verify::verify_change({zone, zone}, later);
  CHECK(!change.verified.has_value());
  CHECK(found(change) == found(whole));
}

}  // namespace danewerk
