#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "dns/rdata_text.h"
#include "engine/requests.h"
#include "engine/version_store.h"
#include "engine/zone_source.h"
#include "seal/serial.h"

namespace danewerk::engine {

namespace {

using dns::RrType;

constexpr std::uint32_t kLines = 1000;

/// Records that danewerk keeps at the apex, whatever the zone file says.
bool is_managed(RrType type) {
  return type == RrType::kDnskey || type == RrType::kCds || type == RrType::kCdnskey ||
         type == RrType::kNsec3Param || type == RrType::kZonemd;
}

/// Lines up to a number; the rest is counted.
class Lines {
 public:
  explicit Lines(std::uint32_t most) : most_(most) {}
  template <class Text>
  void add(const Text& text) {
    if (++count_ <= most_) lines_.push_back(text());
  }
  [[nodiscard]] const Json& lines() const { return lines_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint32_t most_;
  std::uint64_t count_ = 0;
  Json lines_ = Json::array();
};

using Services = std::map<std::string, model::RdataSet, std::less<>>;

/// TLSA records of certificates of ours, as the newest version has them.
Result<Services> services_of(const store::State& state, const std::string& zone,
                             const dns::Name& apex) {
  Services services;
  DW_TRY(const auto owners, state.tlsa_owners(zone));
  for (const auto& owner : owners) {
    std::vector<std::string> places{owner.place()};
    if (owner.coming) places.push_back(owner.coming->target);
    for (const auto& former : owner.former) places.push_back(former.name);
    for (const auto& place : places) {
      DW_TRY(const auto name, dns::name_from_text(place));
      services[dns::sort_key(name.view(), apex.view())].merge(
          model::without(owner.present(), owner.foreign));
    }
  }
  return services;
}

bool has(const dns::RdataList& list, ByteView wanted) {
  for (const auto rdata : list) {
    if (std::ranges::equal(rdata, wanted)) return true;
  }
  return false;
}

/// What of PUBLISHED and of the zone file is not in the other.
class Comparison {
 public:
  /// \param services  TLSA records of ours, by sort key of their owner.
  Comparison(dns::NameView apex, std::uint32_t most, Services services)
      : apex_(apex), removed_(most), added_(most), services_(std::move(services)) {}

  void see(const dns::RrsetDifference& difference) {
    if (difference.before) signatures_ += difference.before->rrsigs.size();
    if (difference.in_denial || difference.type == RrType::kNsec) {
      if (difference.before) denial_ += difference.before->rdata.size();
    } else if (is_managed(difference.type)) {
      if (difference.before) add_all(managed_, difference.key, *difference.before, {});
    } else {
      compare(difference);
    }
  }

  void write(Json& reply) const {
    reply["removed"] = removed_.lines();
    reply["removed_count"] = removed_.count();
    reply["added"] = added_.lines();
    reply["added_count"] = added_.count();
    reply["managed"] = managed_.lines();
    reply["signatures"] = signatures_;
    reply["denial"] = denial_;
  }

 private:
  void compare(const dns::RrsetDifference& difference) {
    dns::RrsetView none;
    none.type = difference.type;
    const auto before = difference.before.value_or(none);
    const auto after = difference.after.value_or(none);
    // A TTL belongs to the RRset: another one makes all its records other ones.
    const bool same_ttl = before.ttl == after.ttl;
    const auto ours =
        difference.type == RrType::kTlsa ? services_.find(difference.key) : services_.end();
    if (ours != services_.end()) {
      // The TTL is that of the merged RRset.
      add_services(difference.key, before, after.rdata, ours->second);
      add_all(added_, difference.key, after, before.rdata);
      return;
    }
    add_all(removed_, difference.key, before, same_ttl ? after.rdata : dns::RdataList());
    add_all(added_, difference.key, after, same_ttl ? before.rdata : dns::RdataList());
  }

  /// Records of certificates are kept by danewerk, the others at that name are the author's.
  void add_services(std::string_view key, const dns::RrsetView& before, const dns::RdataList& after,
                    const model::RdataSet& ours) {
    for (const auto rdata : before.rdata) {
      if (has(after, rdata)) continue;
      auto& lines = ours.contains(Bytes(rdata.begin(), rdata.end())) ? managed_ : removed_;
      lines.add([&] { return line_of(key, before, rdata); });
    }
  }

  [[nodiscard]] std::string line_of(std::string_view key, const dns::RrsetView& rrset,
                                    ByteView rdata) const {
    const auto owner = dns::name_from_sort_key(key, apex_);
    return fmt::format("{} {} IN {} {}", dns::to_text(owner.view()), rrset.ttl,
                       dns::to_text(rrset.type), dns::rdata_to_text(rrset.type, rdata));
  }

  /// Those of RRSET that are not in EXCEPT.
  void add_all(Lines& lines, std::string_view key, const dns::RrsetView& rrset,
               const dns::RdataList& except) const {
    for (const auto rdata : rrset.rdata) {
      if (has(except, rdata)) continue;
      lines.add([&] { return line_of(key, rrset, rdata); });
    }
  }

  dns::NameView apex_;
  Lines removed_;
  Lines added_;
  Lines managed_{kLines};
  Services services_;
  std::uint64_t signatures_ = 0;
  std::uint64_t denial_ = 0;
};

Result<dns::Zone> content_of(const config::ZoneConfig& zone, const dns::Name& apex) {
  auto source = read_source(zone, apex, 1);
  if (source.zone) return *std::move(source.zone);
  for (const auto& finding : source.findings.list()) {
    if (finding.level != Level::kError) continue;
    return fail(Errc::kRefused, fmt::format("the zone file has errors: {}", finding.message),
                "danewerk check tells all of them");
  }
  return fail(Errc::kUnavailable, fmt::format("'{}' cannot be read", zone.file.string()));
}

}  // namespace

Result<Json> zone_diff(const Request& request) {
  DW_TRY(const auto* zone, request.configured_zone());
  DW_TRY(const auto most, request.number("limit", kLines));
  DW_TRY(const auto state, request.open_state());
  DW_TRY(const auto stored, read_stored(state, zone->name));
  if (!stored.state || stored.state->version == 0) {
    return fail(Errc::kRefused, fmt::format("{} was never signed", zone->name),
                fmt::format("danewerk run {}", zone->name));
  }
  DW_TRY(const auto published, load_version(stored, request.config().state, *stored.state));
  DW_TRY(const auto apex, dns::name_from_text(zone->name));
  DW_TRY(const auto source, content_of(*zone, apex));
  const auto serial = seal::serial_of(published);
  const auto& publications = stored.state->facts.publications;
  Json reply{{"zone", zone->name},
             {"file", zone->file.string()},
             {"source_serial", seal::serial_of(source)},
             {"serial", serial},
             {"version", stored.state->version},
             {"is_published", publications.empty() || publications.back().published.has_value()}};
  // The signer's serial is its own.
  DW_TRY(auto services, services_of(state, zone->name, apex));
  Comparison comparison(apex.view(), most, std::move(services));
  dns::for_each_difference(
      {published, seal::with_serial(source, serial)},
      [&](const dns::RrsetDifference& difference) { comparison.see(difference); });
  comparison.write(reply);
  return reply;
}

}  // namespace danewerk::engine
