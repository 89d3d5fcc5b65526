#include "engine/zone_pass.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "denial/nsec3.h"
#include "engine/file_mark.h"
#include "engine/held_versions.h"
#include "engine/key_moves.h"
#include "engine/managed_ds.h"
#include "engine/pass_clock.h"
#include "engine/past.h"
#include "engine/resign.h"
#include "engine/roll_in.h"
#include "engine/service_sights.h"
#include "engine/signature_schedule.h"
#include "engine/version_store.h"
#include "engine/zone_facts.h"
#include "engine/zone_keys.h"
#include "engine/zone_look.h"
#include "engine/zone_services.h"
#include "engine/zone_source.h"
#include "engine/zone_wake.h"
#include "managed/records.h"
#include "model/policy.h"
#include "seal/zonemd.h"
#include "verify/across.h"
#include "verify/verify.h"

namespace danewerk::engine {

using model::KeyRecord;
using model::Visibility;

namespace {

bool is_published(const model::Facts& facts) {
  return facts.publications.empty() || facts.publications.back().published.has_value();
}

class ZonePass {
 public:
  ZonePass(const PassTask& task, const config::ZoneConfig& config, ZoneInput input)
      : task_(task),
        config_(config),
        policy_(task.config->policy_of(config)),
        stored_(std::move(input.stored)),
        look_(input.look),
        children_(std::move(input.children)),
        services_(std::move(input.services)),
        guarded_(std::move(input.guarded)) {
    prepared_.findings = std::move(input.findings);
    state().name = config_.name;
    if (stored_.state) state() = *stored_.state;
    prepared_.before = state();
  }

  PreparedZone run() {
    if (auto done = prepare(); !done) {
      prepared_.give_up(done.error());
    } else {
      prepared_.state.last_pass = task_.now;
    }
    return std::move(prepared_);
  }

 private:
  model::ZoneState& state() { return prepared_.state; }
  [[nodiscard]] const model::ZoneState& state() const { return prepared_.state; }

  void event(std::string what, std::string_view rule) {
    prepared_.events.push_back({.at = task_.now,
                                .zone = config_.name,
                                .who = "engine",
                                .what = std::move(what),
                                .rule = std::string(rule)});
  }

  Result<void> prepare() {
    clock_ = {.now = task_.now,
              .last_pass = std::max(task_.last_pass, state().last_pass),
              .is_synchronised = task_.is_clock_synchronised,
              .is_trusted = task_.is_clock_trusted};
    DW_TRY_VOID(judge_clock(clock_, policy_.signatures.validity));
    DW_TRY(apex_, dns::name_from_text(config_.name));
    const store::KeyFolder folder{task_.config->keys, store::FolderKind::kOurs, task_.keys};
    DW_TRY(auto keys, ZoneKeys::load(folder, apex_.view()));
    keys_ = std::make_unique<ZoneKeys>(std::move(keys));
    prepared_.findings.merge(Findings(keys_->findings()));
    enter_look();
    if (task_.restored)
      DW_TRY_VOID(judge_restored({config_, look_, keys_->all(), *task_.restored}));
    DW_TRY(before_, load_version(stored_, task_.config->state, state()));
    known_ = std::move(stored_.older);
    if (stored_.base) known_.push_back(*std::move(stored_.base));
    std::ranges::move(stored_.deltas, std::back_inserter(known_));
    for (auto& record : known_) record.delta.clear();
    take_source();
    if (!source_ && state().version == 0) return {};
    if (state().version == 0) DW_TRY_VOID(judge_first());
    DW_TRY_VOID(decide());
    if (moves_.is_unfinished) {
      prepared_.what = prepared_.events.back().what;
      return {};
    }
    DW_TRY_VOID(make());
    finish();
    return {};
  }

  /// What secondaries and parents said, and who of them counts.
  void enter_look() {
    auto& facts = state().facts;
    if (look_ != nullptr) {
      observe::enter(*look_, state(), task_.now, prepared_.findings);
      enter_sights({*look_, facts, {state().version + 1, task_.now}, task_.restored.has_value()},
                   services_, prepared_.findings);
    } else {
      observe::list_secondaries(facts, observed_secondaries(config_));
    }
  }

  /// New content, when the file changed and can be read. A file with errors changes nothing.
  void take_source() {
    const bool is_known = state().version != 0 && !state().source.empty();
    if (state().is_frozen && state().version != 0) return;
    const auto read_at = prepared_.before.last_pass.value_or(sys_seconds{});
    // What of the file is not in the version yet.
    const bool is_held_back = std::ranges::any_of(
        services_, [](const OwnerWish& wish) { return wish.owner.coming.has_value(); });
    if (is_known && !is_held_back && are_same(config_, state().source, read_at)) return;
    auto read = read_source(config_, apex_, task_.jobs);
    prepared_.source_was_read = true;
    prepared_.findings.merge(std::move(read.findings));
    if (!read.zone || !lets_in(*read.zone)) return;
    source_ = std::move(read.zone);
    state().source = std::move(read.marks);
    state().source_serial = seal::serial_of(*source_);
  }

  /// Not when clients would be refused at a new address: the next pass reads the file again.
  bool lets_in(const dns::Zone& source) {
    if (state().version == 0) return true;
    auto findings =
        judge_new_addresses({.before = &before_, .after = &source, .now = task_.now}, guarded_);
    const bool is_good = !findings.has_errors();
    prepared_.findings.merge(std::move(findings));
    if (!is_good) prepared_.services_wake = task_.now + kAddressesAgain;
    return is_good;
  }

  /// A zone of which the state knows nothing (promise P4).
  Result<void> judge_first() {
    DW_TRY(auto past, judge_past({.zone = &config_,
                                  .policy = &policy_,
                                  .keys_folder = task_.config->keys,
                                  .apex = apex_,
                                  .held = &keys_->all(),
                                  .look = look_,
                                  .is_new = task_.first_keys == PassTask::FirstKeys::kNewZone,
                                  .jobs = task_.jobs}));
    if (past.serial) note_serial(*past.serial);
    keys_->offer_only(std::move(past.usable));
    return {};
  }

  void note_serial(std::uint32_t serial) {
    auto& largest = state().largest_serial;
    if (!largest || seal::serial_greater(serial, *largest)) largest = serial;
  }

  Result<void> decide() {
    auto& held = state().facts.held;
    held = state().version == 0 ? std::string()
                                : judge_gap(clock_, refresh_of(policy_, state().facts));
    DW_TRY(moves_, move_keys({.ring = state().ring,
                              .facts = state().facts,
                              .policy = policy_,
                              .now = task_.now,
                              .next_version = state().version + 1,
                              .step_released = state().is_step_released,
                              .is_frozen = state().is_frozen},
                             *keys_, task_.is_dry ? NewKeys::kForetell : NewKeys::kMake));
    for (auto& note : moves_.notes) event(std::move(note.what), note.rule);
    if (!moves_.steps.empty()) state().is_step_released = false;
    for (const auto& step : moves_.steps) {
      const bool asks = step.record == KeyRecord::kDs &&
                        (step.to == Visibility::kRumoured || step.to == Visibility::kUnretentive);
      if (asks) observe::forget_ds(state().facts, step.key);
    }
    state().ring = moves_.decision.ring;
    return {};
  }

  Result<dns::Zone> content() {
    auto base = source_        ? *std::move(source_)
                : is_unsigned_ ? managed::without_signatures(before_)
                               : managed::without_records(before_);
    managed::Records records{.dnskey_ttl = static_cast<dns::Ttl>(policy_.dnskey_ttl.count())};
    for (const auto& key : signing_.published) records.dnskeys.push_back(key);
    add_cds(records);
    records.ds = children_;
    base = add_services(std::move(base), records);
    if (!is_unsigned_ && policy_.denial.kind == model::DenialKind::kNsec3) {
      records.nsec3param = denial::nsec3param_rdata(policy_.denial);
    }
    if (!is_unsigned_ && policy_.has_zonemd)
      records.zonemd = seal::zonemd_placeholder(seal::serial_of(base));
    DW_TRY(auto managed, managed::add_records(base, records));
    for (const auto& owner : managed.misplaced) {
      prepared_.findings.add(
          {.id = "BINDING-OWNER-TAKEN",
           .level = Level::kWarning,
           .message = fmt::format("no TLSA record can stand at {}: an alias that leads out of "
                                  "the zone is there, or it is delegated",
                                  dns::to_text(owner)),
           .owner = config_.name,
           .hint = "take the alias out of the zone file, or the service out of `certificates`"});
    }
    for (const auto& child : managed.undelegated) {
      prepared_.findings.add(not_delegated(child, config_.name));
    }
    return std::move(managed.zone);
  }

  /// \returns what the zone holds apart from managed records.
  dns::Zone add_services(dns::Zone base, managed::Records& records) {
    auto placed = place_services(std::move(base), services_,
                                 {.before = &before_,
                                  .is_read = source_.has_value(),
                                  .number = state().version + 1,
                                  .now = task_.now,
                                  .zone = config_.name});
    records.tlsa = std::move(placed.tlsa);
    prepared_.tlsa_owners = std::move(placed.owners);
    prepared_.findings.merge(std::move(placed.findings));
    const auto wake = placed.asks_again ? task_.now : placed.wake;
    if (wake) prepared_.services_wake = std::min(prepared_.services_wake.value_or(*wake), *wake);
    return std::move(placed.base);
  }

  void add_cds(managed::Records& records) const {
    if (moves_.decision.cds.is_delete) {
      // RFC 8078 section 4: algorithm 0 asks for the removal of all DS.
      records.cds.push_back({0, 0, 0, 0, 0});
      records.cdnskey.push_back({0, 0, 3, 0, 0});
      return;
    }
    for (const auto& id : moves_.decision.cds.keys) {
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
    is_unsigned_ = signing_.published.empty() && signing_.signing.empty();
    if (is_unsigned_ && !policy_.is_unsigned && !state().ring.going_insecure) {
      return fail(Errc::kRefused, fmt::format("{} has no key that signs yet", config_.name),
                  "danewerk status says what is awaited");
    }
    const auto share = roll_in(state().ring, policy_, state().facts, task_.now);
    signing_.taken_over = share.taken_over;
    const bool had_source = source_.has_value();
    DW_TRY(auto content, this->content());
    ResignTask task{.before = before_,
                    .content = content,
                    .keys = &signing_,
                    .is_unsigned = is_unsigned_,
                    .denial = policy_.denial,
                    .policy = schedule({before_, content}, policy_, state().facts, task_.now),
                    .jobs = task_.jobs};
    task.serial.policy = policy_.serial;
    task.serial.above = state().largest_serial.value_or(seal::serial_of(content) - 1);
    task.serial.at_least = state().serial_floor;
    task.serial.must_move = is_overtaken();
    DW_TRY(auto version, make_version(task));
    prepared_.signatures_made = version.signatures_made;
    if (!version.changed) {
      if (!share.next) note_resigned();
      return {};
    }
    DW_TRY_VOID(judge(version));
    DW_TRY(const auto census, judge_across(version));
    if (task_.is_dry) {
      prepared_.what = fmt::format("would publish serial {} with {} new signatures",
                                   seal::serial_of(version.zone), version.signatures_made);
      return {};
    }
    return commit_to(version, census, had_source);
  }

  /// A secondary that was seen with a greater serial takes no version of ours before the serial is
  /// greater than that (RFC 1982).
  [[nodiscard]] bool is_overtaken() const {
    const auto& largest = state().largest_serial;
    return state().version != 0 && largest && seal::serial_greater(*largest, state().serial);
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

  verify::VerifyOptions::Expect expectation() {
    using Expect = verify::VerifyOptions::Expect;
    prepared_.expect = is_unsigned_ ? Expect::kUnsigned : Expect::kSigned;
    return prepared_.expect;
  }

  /// Promise P3: only what was verified is published.
  Result<void> judge(const Version& version) {
    prepared_.recorded = unpublished_signers();
    const verify::VerifyOptions options{.at = task_.now,
                                        .ds = {},
                                        .jobs = task_.jobs,
                                        .recorded = prepared_.recorded,
                                        .expect = expectation()};
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
    state().earliest_expiration = earliest_expiration(version.zone, task_.now);
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

  /// All signatures that the moves ask for are in the newest version.
  void note_resigned() {
    for (auto& key : state().ring.keys) {
      const auto visibility = key.visibility(KeyRecord::kZrrsig);
      const bool moves =
          visibility == Visibility::kRumoured || visibility == Visibility::kUnretentive;
      if (moves && key.resigned == 0) key.resigned = state().version;
    }
  }

  Result<void> commit_to(const Version& version, const verify::Census& census, bool had_source) {
    const dns::Change change{before_, version.zone};
    DW_TRY(auto record, record_version(change, task_.config->state, state()));
    enter_version(state().facts, change, state().version);
    const auto serial = seal::serial_of(version.zone);
    bool has_moved = false;  // a TLSA record came or went
    for (auto& owner : prepared_.tlsa_owners) {
      enter_version(owner, version.zone, state().version, task_.now);
      has_moved |= owner.versions.back().first == state().version;
    }
    state().serial = serial;
    note_serial(serial);
    state().serial_floor.reset();
    if (signing_.taken_over == sign::kAllRrsets) note_resigned();
    state().facts.signatures = std::max(state().facts.signatures, version.signatures_made);
    record.census = verify::pack(census);
    record.serial = serial;
    record.source_serial = state().source_serial;
    record.made = task_.now;
    record.why = before_.apex_node().empty() ? "first version"
                 : had_source                ? "the zone file changed"
                 : !moves_.steps.empty()     ? "a key moved"
                 : has_moved                 ? "records of a certificate changed"
                                             : "signatures were due";
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
    state().policy_digest = configuration_digest(task_, config_, children_, services_);
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
    prepared_.recorded = unpublished_signers();
    auto report = verify::verify_zone(before_, {.at = task_.now,
                                                .ds = {},
                                                .jobs = task_.jobs,
                                                .recorded = prepared_.recorded,
                                                .expect = expectation()});
    if (report.verified) prepared_.zone = *std::move(report.verified);
    prepared_.findings.merge(std::move(report.findings));
  }

  const PassTask& task_;
  const config::ZoneConfig& config_;
  const model::Policy& policy_;
  StoredZone stored_;
  PreparedZone prepared_{};
  const observe::Look* look_ = nullptr;
  std::vector<managed::ChildDs> children_;  ///< DS of zones of ours below it
  std::vector<OwnerWish> services_;
  std::vector<GuardedService> guarded_;
  PassClock clock_{};
  dns::Name apex_;
  std::unique_ptr<ZoneKeys> keys_;
  dns::Zone before_{dns::Name().view()};
  std::vector<model::VersionRecord> known_;  ///< those that are kept, without their deltas
  std::optional<dns::Zone> source_;
  KeyMoves moves_;
  sign::SigningKeys signing_;
  bool is_unsigned_ = false;  ///< the version has no signatures
};

}  // namespace

void PreparedZone::give_up(const Error& error) {
  findings.add({.id = "PASS-FAILED",
                .level = Level::kError,
                .message = error.message(),
                .owner = before.name,
                .hint = error.hint()});
  version.reset();
  zone.reset();
  events.clear();
  tlsa_owners.clear();
  what.clear();
  // What was decided and not carried out is decided again by the next pass.
  state = before;
  state.last_outcome = error.message();
}

std::string configuration_digest(const PassTask& task, const config::ZoneConfig& zone,
                                 const std::vector<managed::ChildDs>& children,
                                 const std::vector<OwnerWish>& services) {
  return config::policy_digest(task.config->policy_of(zone), zone) + digest_of(children) +
         digest_of(services);
}

PreparedZone prepare_zone(const PassTask& task, const config::ZoneConfig& zone, ZoneInput input) {
  return ZonePass(task, zone, std::move(input)).run();
}

}  // namespace danewerk::engine
