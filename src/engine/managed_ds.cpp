#include "engine/managed_ds.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crypto/signature.h"
#include "engine/version_store.h"
#include "engine/zone_keys.h"
#include "observe/secondaries.h"
#include "source/zone_file.h"

namespace danewerk::engine {

using dns::RrType;
using model::KeyRecord;

namespace {

/// Digest types that we make: SHA-256 and SHA-384.
constexpr std::uint8_t kDigestTypes[] = {2, 4};

const config::ParentZone* parent_of(const config::ZoneConfig& zone) {
  return std::get_if<config::ParentZone>(&zone.parents);
}

bool is_wanted(const model::RingKey& key) {
  return key.owns(KeyRecord::kDs) && model::is_out(key.visibility(KeyRecord::kDs));
}

void add_key(const model::RingKey& key, const model::Dnskey& dnskey, const model::Policy& policy,
             managed::ChildDs& child) {
  for (const auto type : kDigestTypes) {
    child.ours.push_back(model::ds_rdata(child.child.view(), dnskey, type));
  }
  if (!is_wanted(key)) return;
  for (const auto type : policy.ds_digests) {
    child.wanted.push_back(model::ds_rdata(child.child.view(), dnskey, type));
  }
}

/// Why the newest version does not count yet. Empty: every server has it.
std::string not_everywhere(const model::ZoneState& state) {
  const auto& publications = state.facts.publications;
  const bool is_published = !publications.empty() && publications.back().published;
  const auto has_it = [&](const model::Secondary& secondary) {
    return std::max(observe::newest_seen(secondary), secondary.released) >= state.version;
  };
  if (is_published && std::ranges::all_of(state.facts.secondaries, has_it)) return {};
  return fmt::format("does not serve serial {} everywhere yet", state.serial);
}

}  // namespace

std::vector<std::string> ManagedDs::parents() const {
  std::set<std::string> names;
  for (const auto& [name, zone] : config_.zones) {
    if (const auto* parent = parent_of(zone)) names.insert(parent->name);
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  std::ranges::sort(sorted, std::ranges::greater{}, [](const std::string& name) {
    return std::pair(std::ranges::count(name, '.'), name);
  });
  return sorted;
}

Result<std::vector<managed::ChildDs>> ManagedDs::wanted(
    const std::string& parent, const std::shared_ptr<store::KeyIndex>& keys) const {
  std::vector<managed::ChildDs> children;
  for (const auto& [name, zone] : config_.zones) {
    const auto* above = parent_of(zone);
    if (above == nullptr || above->name != parent) continue;
    DW_TRY(const auto state, state_.load(name));
    if (!state || state->version == 0) continue;
    const auto& policy = config_.policy_of(zone);
    managed::ChildDs child;
    DW_TRY(child.child, dns::name_from_text(name));
    child.ttl = static_cast<dns::Ttl>(policy.parent_ds_ttl.count());
    DW_TRY(const auto files,
           ZoneKeys::load({config_.keys, store::FolderKind::kOurs, keys}, child.child));
    for (const auto& key : state->ring.keys) {
      const auto* file = files.find(key.id);
      if (key.owns(KeyRecord::kDs) && file != nullptr) add_key(key, file->dnskey, policy, child);
    }
    children.push_back(std::move(child));
  }
  return children;
}

Result<ManagedDs::Parent> ManagedDs::load(const config::ZoneConfig& parent) const {
  DW_TRY(const auto apex, dns::name_from_text(parent.name));
  Parent loaded{.zone = dns::Zone(apex.view())};
  DW_TRY(const auto stored, read_stored(state_, parent.name));
  if (stored.state && stored.state->version != 0) {
    DW_TRY(loaded.zone, load_version(stored, config_.state, *stored.state));
    loaded.silent_because = not_everywhere(*stored.state);
    return loaded;
  }
  // Never signed by us: what its author wrote is what somebody else may have published.
  auto read = source::read_zone_file(parent.file, {.origin = apex});
  if (read.zone) {
    loaded.zone = *std::move(read.zone);
  } else {
    loaded.silent_because =
        fmt::format("has no version yet, and '{}' cannot be read", parent.file.string());
  }
  return loaded;
}

Result<observe::ParentsAnswer> ManagedDs::shown(const config::ZoneConfig& child) {
  const auto& name = parent_of(child)->name;
  auto found = loaded_.find(name);
  if (found == loaded_.end()) {
    DW_TRY(auto loaded, load(config_.zones.at(name)));
    found = loaded_.emplace(name, std::move(loaded)).first;
  }
  const auto& parent = found->second;
  observe::DsAnswer answer{.server = {.name = name, .endpoint = {}}};
  if (!parent.silent_because.empty()) {
    answer.why = parent.silent_because;
  } else {
    DW_TRY(const auto apex, dns::name_from_text(child.name));
    const auto node = parent.zone.node(dns::sort_key(apex.view(), parent.zone.apex()));
    const auto ds = node.find(RrType::kDs);
    answer.kind = ds ? observe::DsAnswer::Kind::kShows : observe::DsAnswer::Kind::kNone;
    if (ds) {
      answer.ttl = seconds(ds->ttl);
      for (const auto rdata : ds->rdata) answer.ds.emplace_back(rdata.begin(), rdata.end());
    }
  }
  return observe::ParentsAnswer{.was_asked = true, .answers = {std::move(answer)}};
}

Finding not_delegated(const dns::Name& child, const std::string& parent) {
  return {.id = "PARENT-NOT-DELEGATED",
          .level = Level::kWarning,
          .message = fmt::format("the DS of {} has no place: {} has no NS for it",
                                 dns::to_text(child), parent),
          .owner = parent,
          .hint = "delegate the zone, or set its `parents` to none"};
}

std::string digest_of(const std::vector<managed::ChildDs>& children) {
  if (children.empty()) return {};
  crypto::DigestStream stream(crypto::DigestType::kSha256);
  for (const auto& child : children) {
    stream.update(child.child.view().wire());
    for (const auto& rdata : child.wanted) stream.update(rdata);
    Bytes ttl;
    append_u32(ttl, child.ttl);
    stream.update(ttl);
  }
  return to_hex(stream.finish().view());
}

}  // namespace danewerk::engine
