#include "engine/zone_pass.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "denial/nsec3.h"
#include "engine/file_mark.h"
#include "engine/held_versions.h"
#include "engine/resign.h"
#include "engine/signature_schedule.h"
#include "engine/version_store.h"
#include "engine/zone_facts.h"
#include "engine/zone_keys.h"
#include "managed/records.h"
#include "model/policy.h"
#include "seal/zonemd.h"
#include "source/zone_file.h"
#include "verify/across.h"
#include "verify/verify.h"

namespace danewerk::engine {

using dns::RrType;
using model::KeyRecord;
using model::Visibility;

namespace {

/// decide() asks for keys, and is asked again when they are there; more rounds would be a circle.
constexpr int kDecideRounds = 8;
/// What a long gap held back is looked at again after it.
constexpr seconds kAskAgain = std::chrono::hours(1);

bool is_same(const std::vector<model::FileMark>& marks, sys_seconds read_at) {
  return std::ranges::all_of(marks, [&](const model::FileMark& mark) {
    return compare(mark, read_at) == Sameness::kSame;
  });
}

bool is_published(const model::Facts& facts) {
  return facts.publications.empty() || facts.publications.back().published.has_value();
}

class ZonePass {
 public:
  ZonePass(const PassTask& task, const config::ZoneConfig& config, StoredZone stored)
      : task_(task),
        config_(config),
        policy_(task.config->policy_of(config)),
        stored_(std::move(stored)) {}

  PreparedZone run() {
    if (auto done = prepare(); !done) {
      add_error("PASS-FAILED", done.error());
      prepared_.version.reset();
      prepared_.zone.reset();
      prepared_.events.clear();
      // What was decided and not carried out is decided again by the next pass.
      prepared_.state = std::move(before_state_);
      prepared_.state.last_outcome = done.error().message();
    }
    prepared_.state.last_pass = task_.now;
    return std::move(prepared_);
  }

 private:
  model::ZoneState& state() { return prepared_.state; }
  [[nodiscard]] const model::ZoneState& state() const { return prepared_.state; }

  void add_error(std::string_view id, const Error& error) {
    prepared_.findings.add({.id = id,
                            .level = Level::kError,
                            .message = error.message(),
                            .owner = config_.name,
                            .hint = error.hint()});
  }

  void event(std::string what, std::string_view rule) {
    prepared_.events.push_back({.at = task_.now,
                                .zone = config_.name,
                                .who = "engine",
                                .what = std::move(what),
                                .rule = std::string(rule)});
  }

  Result<void> prepare() {
    state().name = config_.name;
    if (stored_.state) state() = *stored_.state;
    before_state_ = state();
    DW_TRY(const auto apex, dns::name_from_text(config_.name));
    apex_ = apex;
    const store::KeyFolder folder{task_.config->keys, store::FolderKind::kOurs, task_.keys};
    DW_TRY(auto keys, ZoneKeys::load(folder, apex_.view()));
    keys_ = std::make_unique<ZoneKeys>(std::move(keys));
    DW_TRY(before_, load_version(stored_, task_.config->state, state()));
    known_ = std::move(stored_.older);
    if (stored_.base) known_.push_back(*std::move(stored_.base));
    std::ranges::move(stored_.deltas, std::back_inserter(known_));
    for (auto& record : known_) record.delta.clear();
    read_source();
    if (!source_ && state().version == 0) return {};
    if (state().version == 0) {
      DW_TRY_VOID(check_first());
    }
    DW_TRY_VOID(decide());
    DW_TRY_VOID(make());
    finish();
    return {};
  }

  /// New content, when the file changed and can be read. A file with errors changes nothing.
  void read_source() {
    if (state().is_frozen && state().version != 0) return;
    const auto read_at = before_state_.last_pass.value_or(sys_seconds{});
    if (state().version != 0 && !state().source.empty() && is_same(state().source, read_at)) return;
    std::error_code error;
    if (!config_.output.empty() &&
        std::filesystem::equivalent(config_.file, config_.output, error)) {
      add_error(
          "SOURCE-IS-OUTPUT",
          Error(Errc::kRefused, fmt::format("'{}' is both file and output", config_.file.string()),
                "write the signed zone to another file"));
      return;
    }
    auto mark = mark_file(config_.file);
    auto read = source::read_zone_file(
        config_.file, {.origin = apex_, .dnssec = source::Dnssec::kDrop, .jobs = task_.jobs});
    check_unsigned(read);
    const bool bad = read.findings.has_errors() || prepared_.findings.has_errors();
    prepared_.findings.merge(std::move(read.findings));
    if (bad || !read.zone || !mark) return;
    source_ = std::move(read.zone);
    state().source = {*std::move(mark)};
    for (const auto& path : read.included) {
      if (auto included = mark_file(path)) state().source.push_back(*std::move(included));
    }
    state().source_serial = seal::serial_of(*source_);
  }

  /// A source that somebody signs already is not signed over in silence.
  void check_unsigned(const source::ReadZone& read) {
    if (!read.dropped.contains(RrType::kRrsig) && !read.dropped.contains(RrType::kDnskey)) return;
    add_error("SOURCE-IS-SIGNED",
              Error(Errc::kRefused, fmt::format("'{}' is signed already", config_.file.string()),
                    "name the unsigned zone file; to take over its keys, see danewerk key import"));
  }

  /// Promise P4: the first keys are made only if nobody else signs the zone.
  Result<void> check_first() {
    if (task_.first_keys == PassTask::FirstKeys::kNewZone) return {};
    if (!config_.output.empty()) {
      DW_TRY_VOID(check_present_output());
    }
    if (!std::holds_alternative<config::ParentsNone>(config_.parents) && keys_->all().empty()) {
      return fail(
          Errc::kRefused,
          fmt::format("{} has no keys, and its parents were not asked for a DS", config_.name),
          fmt::format("danewerk run --new-zone {} makes its first keys; danewerk key import "
                      "takes over those of another signer; `parents: none` says that there "
                      "is nobody to ask",
                      config_.name));
    }
    return {};
  }

  Result<void> check_present_output() {
    DW_TRY(const bool there, file_exists(config_.output));
    if (!there) return {};
    const auto present = source::read_zone_file(
        config_.output, {.origin = apex_, .dnssec = source::Dnssec::kKeepAll, .jobs = task_.jobs});
    if (!present.zone) {
      return fail(Errc::kRefused,
                  fmt::format("'{}' is there and cannot be read", config_.output.string()),
                  "move it away if it is not needed");
    }
    note_serial(seal::serial_of(*present.zone));
    const auto dnskeys = present.zone->apex_node().find(RrType::kDnskey);
    if (!dnskeys) return {};
    for (const auto rdata : dnskeys->rdata) {
      DW_TRY(const auto dnskey, model::dnskey_from_rdata(rdata));
      const bool ours = std::ranges::any_of(keys_->all(), [&](const model::Key& key) {
        return key.dnskey.public_key == dnskey.public_key;
      });
      if (ours) continue;
      return fail(Errc::kRefused,
                  fmt::format("'{}' was signed with key {}, which is not in '{}'",
                              config_.output.string(), dnskey.tag(), task_.config->keys.string()),
                  "take it over with danewerk key import, or move the file away to begin anew with "
                  "other keys");
    }
    return {};
  }

  void note_serial(std::uint32_t serial) {
    auto& largest = state().largest_serial;
    if (!largest || seal::serial_greater(serial, *largest)) largest = serial;
  }

  /// Design, section 7: after a long gap nothing is withdrawn before the next pass.
  void judge_gap() {
    auto& held = state().facts.held;
    held.clear();
    if (!task_.last_pass || state().version == 0) return;
    const auto gap = task_.now - *task_.last_pass;
    const auto refresh = refresh_of(policy_, state().facts);
    if (gap <= refresh) return;
    held = fmt::format("the pass before was {} ago: the clock may be wrong, or secondaries cut off",
                       to_text(gap));
  }

  Result<void> decide() {
    judge_gap();
    rollover::Situation situation{.ring = state().ring,
                                  .facts = state().facts,
                                  .policy = policy_,
                                  .now = task_.now,
                                  .next_version = state().version + 1,
                                  .step_released = state().is_step_released};
    for (int round = 0; round < kDecideRounds; ++round) {
      decision_ = rollover::decide(situation);
      for (const auto& step : decision_.steps) note(step);
      std::ranges::copy(decision_.steps, std::back_inserter(steps_));
      situation.ring = decision_.ring;
      if (decision_.wanted.empty()) break;
      for (const auto& wanted : decision_.wanted) {
        DW_TRY(auto made, keys_->take_or_make(wanted, situation.ring, task_.now));
        rollover::add_made_key(situation.ring, wanted, std::move(made));
        event(fmt::format("{} joins: {}", label(situation.ring.keys.back()), wanted.reason),
              wanted.rule);
      }
    }
    if (!steps_.empty()) state().is_step_released = false;
    // What the parents showed before a DS was asked to come or go says nothing about it.
    for (const auto& step : steps_) {
      const bool asks = step.record == KeyRecord::kDs &&
                        (step.to == Visibility::kRumoured || step.to == Visibility::kUnretentive);
      if (asks) state().facts.ds.erase(step.key);
    }
    state().ring = std::move(situation.ring);
    for (const auto& id : decision_.purge) {
      std::erase_if(state().ring.keys, [&](const model::RingKey& key) { return key.id == id; });
      event(fmt::format("key {} is forgotten; its file stays until it is removed by hand", id), {});
    }
    return {};
  }

  void note(const rollover::Step& step) {
    const auto* key = decision_.ring.find(step.key);
    event(fmt::format("{} of {}: {} -> {}: {}", to_text(step.record),
                      key != nullptr ? label(*key) : step.key, to_text(step.from), to_text(step.to),
                      step.reason),
          step.rule);
  }

  Result<dns::Zone> content() {
    auto base = source_ ? *std::move(source_) : managed::without_records(before_);
    managed::Records records{.dnskey_ttl = static_cast<dns::Ttl>(policy_.dnskey_ttl.count())};
    for (const auto& key : signing_.published) records.dnskeys.push_back(key);
    add_cds(records);
    if (policy_.denial.kind == model::DenialKind::kNsec3) {
      records.nsec3param = denial::nsec3param_rdata(policy_.denial);
    }
    if (policy_.has_zonemd) records.zonemd = seal::zonemd_placeholder(seal::serial_of(base));
    DW_TRY(auto managed, managed::add_records(base, records));
    return std::move(managed.zone);
  }

  void add_cds(managed::Records& records) const {
    if (decision_.cds.is_delete) {
      // RFC 8078 section 4: algorithm 0 asks for the removal of all DS.
      records.cds.push_back({0, 0, 0, 0, 0});
      records.cdnskey.push_back({0, 0, 3, 0, 0});
      return;
    }
    for (const auto& id : decision_.cds.keys) {
      const auto* key = keys_->find(id);
      if (key == nullptr) continue;
      for (const auto digest : policy_.ds_digests) {
        records.cds.push_back(model::ds_rdata(apex_.view(), key->dnskey, digest));
      }
      records.cdnskey.push_back(key->dnskey.rdata());
    }
  }

  Result<void> make() {
    DW_TRY(signing_, keys_->choose(state().ring));
    if (signing_.published.empty() && signing_.signing.empty()) {
      return fail(Errc::kRefused,
                  fmt::format("{} has no keys, and unsigned zones are not published", config_.name),
                  "remove it from the configuration once its DS is gone from all caches");
    }
    const bool had_source = source_.has_value();
    DW_TRY(auto content, this->content());
    ResignTask task{.before = before_,
                    .content = content,
                    .keys = &signing_,
                    .denial = policy_.denial,
                    .policy = schedule({before_, content}, policy_, state().facts, task_.now),
                    .jobs = task_.jobs};
    task.serial.policy = policy_.serial;
    task.serial.above = state().largest_serial.value_or(seal::serial_of(content) - 1);
    task.serial.at_least = state().serial_floor;
    DW_TRY(auto version, make_version(task));
    prepared_.signatures_made = version.signatures_made;
    if (!version.changed) return {};
    DW_TRY_VOID(judge(version));
    DW_TRY(const auto census, judge_across(version));
    return commit_to(version, census, had_source);
  }

  /// Public halves of keys that sign before their DNSKEY comes, or after it has gone.
  [[nodiscard]] std::vector<Bytes> unpublished_signers() const {
    std::vector<Bytes> rdatas;
    for (const auto& key : state().ring.keys) {
      const auto* file = keys_->find(key.id);
      const bool signs = model::is_out(key.visibility(KeyRecord::kZrrsig)) ||
                         model::is_out(key.visibility(KeyRecord::kKrrsig));
      if (signs && !model::is_out(key.visibility(KeyRecord::kDnskey)) && file != nullptr) {
        rdatas.push_back(file->dnskey.rdata());
      }
    }
    return rdatas;
  }

  /// Promise P3: only what was verified is published.
  Result<void> judge(const Version& version) {
    const verify::VerifyOptions options{
        .at = task_.now, .ds = {}, .jobs = task_.jobs, .recorded = unpublished_signers()};
    auto report = state().version == 0 ? verify::verify_zone(version.zone, options)
                                       : verify::verify_change({before_, version.zone}, options);
    const bool good = report.is_good() && report.verified;
    prepared_.findings.merge(std::move(report.findings));
    if (!good) {
      return fail(
          Errc::kRefused,
          fmt::format("the new version of {} was found faulty and is not published", config_.name),
          "the findings above say where; this is a fault of danewerk, please report it");
    }
    prepared_.zone = *std::move(report.verified);
    state().earliest_expiration = expiration_of(version.zone);
    return {};
  }

  /// The same across versions: with all that caches and secondaries may still hold.
  Result<verify::Census> judge_across(const Version& version) {
    DW_TRY(auto census, next_census(version));
    DW_TRY(const auto held, held_versions(known_, state().facts, policy_, task_.now));
    const verify::HeldVersion next{.name = "the new version", .census = census};
    auto findings = verify::check_across(next, held, held_ds(state().ring, *keys_));
    const bool good = !findings.has_errors();
    prepared_.findings.merge(std::move(findings));
    if (!good) {
      return fail(Errc::kRefused,
                  fmt::format("the new version of {} would not validate with what caches may hold",
                              config_.name),
                  "what is published stays; this is a fault of danewerk, please report it");
    }
    return census;
  }

  [[nodiscard]] Result<verify::Census> next_census(const Version& version) const {
    for (const auto& record : known_) {
      if (record.version != state().version) continue;
      DW_TRY(auto before, verify::unpack_census(record.census));
      return verify::count_signers(std::move(before), {before_, version.zone});
    }
    return verify::count_signers(version.zone);
  }

  [[nodiscard]] std::optional<sys_seconds> expiration_of(const dns::Zone& zone) const {
    std::optional<sys_seconds> first;
    for (const auto earliest : {zone.names().earliest(), zone.denial().earliest()}) {
      if (earliest == 0) continue;
      const auto at = from_rrsig_time(earliest, task_.now);
      if (!first || at < *first) first = at;
    }
    return first;
  }

  Result<void> commit_to(const Version& version, const verify::Census& census, bool had_source) {
    const dns::Change change{before_, version.zone};
    DW_TRY(auto record, record_version(change, task_.config->state, state()));
    enter_version(state().facts, change, state().version);
    const auto serial = seal::serial_of(version.zone);
    state().serial = serial;
    note_serial(serial);
    state().serial_floor.reset();
    // All signatures that the moves ask for are in this version: nothing is rolled in by and by.
    for (auto& key : state().ring.keys) {
      const auto visibility = key.visibility(KeyRecord::kZrrsig);
      const bool moves =
          visibility == Visibility::kRumoured || visibility == Visibility::kUnretentive;
      if (moves && key.resigned == 0) key.resigned = state().version;
    }
    state().facts.signatures = std::max(state().facts.signatures, version.signatures_made);
    record.census = verify::pack(census);
    record.serial = serial;
    record.source_serial = state().source_serial;
    record.made = task_.now;
    record.why = before_.apex_node().empty() ? "first version"
                 : had_source                ? "the zone file changed"
                 : steps_.empty()            ? "signatures were due"
                                             : "a key moved";
    prepared_.what =
        fmt::format("serial {}: {}, {} signatures", serial, record.why, version.signatures_made);
    event(fmt::format("version {} with serial {}: {}", record.version, serial, record.why), {});
    prepared_.version = std::move(record);
    before_ = version.zone;
    DW_TRY(const bool folded, fold(version.zone, task_.config->state, state()));
    static_cast<void>(folded);
    return {};
  }

  void finish() {
    auto& facts = state().facts;
    if (const auto& first = prepared_.state.earliest_expiration) {
      prepared_.signatures_due = *first - refresh_of(policy_, facts);
    }
    prune(facts, state().ring, task_.now);
    state().policy_digest = config::policy_digest(policy_, config_);
    foresee(task_, config_, prepared_);
    const auto& output = prepared_.state.output;
    const bool is_behind = state().output_version != state().version || !output ||
                           compare(*output, task_.now) == Sameness::kChanged;
    const bool behind = !config_.output.empty() && is_behind;
    if (!prepared_.zone && (behind || !is_published(facts))) republish();
    if (prepared_.what.empty() && !prepared_.events.empty())
      prepared_.what = prepared_.events.back().what;
  }

  /// A version that was committed, and did not leave the house: it is judged again, for it comes
  /// from the disk.
  void republish() {
    auto report = verify::verify_zone(
        before_,
        {.at = task_.now, .ds = {}, .jobs = task_.jobs, .recorded = unpublished_signers()});
    if (report.verified) prepared_.zone = *std::move(report.verified);
    prepared_.findings.merge(std::move(report.findings));
  }

  const PassTask& task_;
  const config::ZoneConfig& config_;
  const model::Policy& policy_;
  StoredZone stored_;
  PreparedZone prepared_{};
  model::ZoneState before_state_;
  dns::Name apex_;
  std::unique_ptr<ZoneKeys> keys_;
  dns::Zone before_{dns::Name().view()};
  std::vector<model::VersionRecord> known_;  ///< those that are kept, without their deltas
  std::optional<dns::Zone> source_;
  rollover::Decision decision_;
  std::vector<rollover::Step> steps_;  ///< of all rounds
  sign::SigningKeys signing_;
};

}  // namespace

bool is_due(const PassTask& task, const config::ZoneConfig& zone,
            const store::ZoneSummary* summary) {
  if (summary == nullptr || summary->version == 0 || summary->has_findings) return true;
  if (!summary->is_published) return true;
  if (summary->wake && *summary->wake <= task.now) return true;
  const auto& policy = task.config->policy_of(zone);
  if (summary->policy_digest != config::policy_digest(policy, zone)) return true;
  if (!zone.output.empty() && summary->output_version != summary->version) return true;
  return !summary->is_frozen &&
         !is_same(summary->source, summary->last_pass.value_or(sys_seconds{}));
}

void foresee(const PassTask& task, const config::ZoneConfig& zone, PreparedZone& prepared) {
  auto& state = prepared.state;
  auto decision = rollover::decide({.ring = state.ring,
                                    .facts = state.facts,
                                    .policy = task.config->policy_of(zone),
                                    .now = task.now,
                                    .next_version = state.version + 1,
                                    .step_released = state.is_step_released});
  prepared.waits = std::move(decision.waits);
  state.wake = prepared.signatures_due;
  const auto sooner = [&](sys_seconds at) {
    if (!state.wake || at < *state.wake) state.wake = at;
  };
  if (decision.wake) sooner(*decision.wake);
  if (!decision.steps.empty() || !decision.wanted.empty()) sooner(task.now);
  if (!state.facts.held.empty()) sooner(task.now + kAskAgain);
}

PreparedZone prepare_zone(const PassTask& task, const config::ZoneConfig& zone, StoredZone stored) {
  return ZonePass(task, zone, std::move(stored)).run();
}

}  // namespace danewerk::engine
