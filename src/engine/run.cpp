#include "engine/run.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/kernel_clock.h"
#include "base/parallel.h"
#include "base/process.h"
#include "engine/binding_round.h"
#include "engine/held_versions.h"
#include "engine/left_over.h"
#include "engine/look_round.h"
#include "engine/managed_ds.h"
#include "engine/pass_clock.h"
#include "engine/publication.h"
#include "engine/standing_findings.h"
#include "engine/waits_json.h"
#include "engine/zone_source.h"
#include "engine/zone_wake.h"

namespace danewerk::engine {

namespace {

/// Zones whose commits share one transaction.
constexpr std::size_t kGroup = 256;
/// A zone file from this size on is a group of its own: all cores work on it, and no other large
/// zone is in memory meanwhile.
constexpr std::uintmax_t kLargeFile = std::uintmax_t{4} << 20;
/// Small zones wait for the disk half of the time: so many threads keep a core busy.
constexpr unsigned kThreadsPerCore = 4;

using ZoneList = std::vector<const config::ZoneConfig*>;

void tell_of(ZoneReport& report, PreparedZone& prepared, sys_seconds now) {
  auto& state = prepared.state;
  std::vector<model::StandingFinding> of_source;
  // What a zone file was found to have stands until it is read again.
  if (!prepared.source_was_read) {
    std::ranges::copy_if(state.findings, std::back_inserter(of_source),
                         [](const auto& finding) { return is_about_source(finding.id); });
  }
  tell(report.findings, state.findings, {.news = report.news, .now = now});
  state.findings.insert(state.findings.begin(), of_source.begin(), of_source.end());
  const auto again = next_telling(state.findings);
  if (again && (!state.wake || *again < *state.wake)) state.wake = again;
}

bool is_large(const config::ZoneConfig& zone) {
  std::error_code error;
  const auto size = std::filesystem::file_size(zone.file, error);
  return !error && size >= kLargeFile;
}

class Run {
 public:
  Run(const RunTask& task, store::State state)
      : task_(task),
        state_(std::move(state)),
        pass_(pass_of(task)),
        managed_ds_(*task.config, state_),
        looks_(pass_, state_, managed_ds_, task.resolvers),
        bindings_(pass_, state_) {}

  Result<RunReport> run() {
    DW_TRY(pass_.last_pass, state_.last_pass());
    DW_TRY_VOID(judge_clock(
        {.now = task_.now, .last_pass = pass_.last_pass, .is_trusted = pass_.is_clock_trusted},
        {}));
    if (task_.restored == RunTask::Restored::kNobodyToAsk && !is_dry()) {
      DW_TRY_VOID(state_.clear_restored());
    }
    DW_TRY(pass_.restored, state_.restored_at());
    DW_TRY_VOID(find_summaries());
    const bool has_bindings = !task_.config->certificates.empty();
    if (has_bindings && !is_dry()) remove_left_overs_of_certificates(*task_.config);
    DW_TRY(report_.bindings, bindings_.run());
    guarded_ = bindings_.guarded();
    const auto parents = managed_ds_.parents();
    DW_TRY(const auto due, find_due({parents.begin(), parents.end()}));
    DW_TRY_VOID(run_zones(due));
    // Parents of ours come last: what their children decided is in the state by now.
    for (const auto& name : parents) DW_TRY_VOID(run_parent(name));
    if (is_dry()) return std::move(report_);
    if (report_.left == 0) {
      DW_TRY_VOID(task_.zones.empty() ? state_.set_last_pass(task_.now) : mark_idle());
    }
    DW_TRY_VOID(end_restored());
    run_after_run();
    return std::move(report_);
  }

 private:
  static PassTask pass_of(const RunTask& task) {
    return {.config = task.config,
            .now = task.now,
            .jobs = task.jobs,
            .first_keys = task.first_keys,
            .is_clock_synchronised =
                task.is_clock_synchronised ? *task.is_clock_synchronised : is_clock_synchronised(),
            .is_clock_trusted = task.clock == RunTask::Clock::kTrusted,
            .is_dry = task.mode == RunTask::Mode::kDryRun,
            .is_whole = task.zones.empty(),
            .resolvers = task.resolvers,
            .network = task.network};
  }

  [[nodiscard]] bool is_dry() const { return pass_.is_dry; }

  /// A folder that cannot be read is each zone's failure, with its own message.
  void read_keys() {
    if (!pass_.keys) pass_.keys = store::KeyIndex::read(task_.config->keys).value_or(nullptr);
  }

  Result<void> find_summaries() {
    DW_TRY(summaries_, state_.zones());
    for (const auto& summary : summaries_) known_.emplace(summary.name, &summary);
    return list_orphans(summaries_);
  }

  [[nodiscard]] bool is_asked_for(const std::string& name) const {
    return task_.zones.empty() || task_.zones.contains(name);
  }

  /// What bindings came to want in this pass concerns their zones, whichever were named.
  [[nodiscard]] bool is_touched(const config::ZoneConfig& zone,
                                const std::vector<managed::ChildDs>& children) const {
    const auto& wishes = bindings_.wishes(zone.name);
    const auto found = known_.find(zone.name);
    if (wishes.empty() || found == known_.end()) return false;
    return found->second->policy_digest != configuration_digest(pass_, zone, children, wishes);
  }

  /// Counts those that are not.
  [[nodiscard]] bool is_worth_a_look(const config::ZoneConfig& zone,
                                     const std::vector<managed::ChildDs>& children) {
    const auto found = known_.find(zone.name);
    const auto* summary = found == known_.end() ? nullptr : found->second;
    if (is_due(pass_, zone, summary,
               configuration_digest(pass_, zone, children, bindings_.wishes(zone.name))))
      return true;
    ++report_.idle;
    if (!task_.zones.empty()) idle_.push_back(zone.name);
    return false;
  }

  Result<ZoneList> find_due(const std::set<std::string_view>& parents) {
    ZoneList due;
    for (const auto& [name, zone] : task_.config->zones) {
      if (parents.contains(name) || !(is_asked_for(name) || is_touched(zone, {}))) continue;
      if (is_worth_a_look(zone, {})) due.push_back(&zone);
    }
    return due;
  }

  Result<void> run_parent(const std::string& name) {
    const auto& zone = task_.config->zones.at(name);
    if (!is_asked_for(name) && bindings_.wishes(name).empty()) return {};
    read_keys();
    DW_TRY(children_[name], managed_ds_.wanted(name, pass_.keys));
    if (!is_asked_for(name) && !is_touched(zone, children_[name])) return {};
    if (!is_worth_a_look(zone, children_[name])) return {};
    return run_zones({&zone});
  }

  Result<void> run_zones(const ZoneList& due) {
    if (due.empty()) return {};
    if (task_.stop.stop_requested()) {
      report_.left += due.size();
      return {};
    }
    read_keys();
    if (!is_dry()) remove_left_overs(*task_.config, due);
    looks_.ask(due);
    for (const auto& group : groups_of(due)) {
      if (task_.stop.stop_requested()) {
        report_.left += group.size();
      } else {
        DW_TRY_VOID(run_group(group));
      }
    }
    return {};
  }

  /// Once every zone passed, what was restored is what is served.
  Result<void> end_restored() {
    const bool is_whole = task_.zones.empty() && !report_.has_failures();
    return pass_.restored && is_whole ? state_.clear_restored() : Result<void>();
  }

  /// The heartbeat of zones that were named: a pass over a few says nothing about the others.
  Result<void> mark_idle() {
    if (idle_.empty()) return {};
    DW_TRY(auto transaction, state_.begin());
    for (const auto& name : idle_) {
      DW_TRY(auto zone, state_.load(name));
      if (!zone) continue;
      zone->last_pass = task_.now;
      DW_TRY_VOID(transaction.save(*zone));
    }
    return transaction.commit();
  }

  static std::vector<ZoneList> groups_of(const ZoneList& due) {
    std::vector<ZoneList> groups;
    ZoneList small;
    for (const auto* zone : due) {
      if (is_large(*zone)) {
        groups.push_back({zone});
        continue;
      }
      small.push_back(zone);
      if (small.size() == kGroup) groups.push_back(std::exchange(small, {}));
    }
    if (!small.empty()) groups.push_back(std::move(small));
    return groups;
  }

  /// Zones that were taken out of the configuration.
  Result<void> list_orphans(const std::vector<store::ZoneSummary>& summaries) {
    for (const auto& summary : summaries) {
      if (task_.config->zones.contains(summary.name)) continue;
      DW_TRY(const auto zone, state_.load(summary.name));
      const auto until = zone ? zone->earliest_expiration : std::nullopt;
      report_.orphans.push_back(
          fmt::format("{} is not in the configuration any more; {}", summary.name,
                      until ? fmt::format("its signatures expire from {} on", to_text(*until))
                            : std::string("it was never signed")));
    }
    return {};
  }

  Result<void> run_group(const ZoneList& zones) {
    std::vector<ZoneInput> inputs(zones.size());
    std::vector<std::optional<Error>> unread(zones.size());
    for (std::size_t i = 0; i < zones.size(); ++i) unread[i] = read_input(*zones[i], inputs[i]);
    // Many small zones are signed side by side, a few by all cores each.
    PassTask pass = pass_;
    const bool is_side_by_side = zones.size() >= task_.jobs;
    if (is_side_by_side) pass.jobs = 1;
    const unsigned threads = is_side_by_side ? task_.jobs * kThreadsPerCore : 1;
    std::vector<PreparedZone> prepared(zones.size());
    for_each_part(threads, zones.size(), [&](std::size_t i) {
      if (!unread[i]) prepared[i] = prepare_zone(pass, *zones[i], std::move(inputs[i]));
    });
    if (!is_dry()) {
      DW_TRY_VOID(commit(prepared, Part::kVersion));
      for_each_part(publishers(zones, threads), zones.size(),
                    [&](std::size_t i) { publish_zone(pass, *zones[i], prepared[i]); });
    }
    const auto first = report_.zones.size();
    for (std::size_t i = 0; i < zones.size(); ++i) {
      const auto& error = unread[i];
      report_.zones.push_back(error ? report_unread(zones[i]->name, *error)
                                    : report_of(*zones[i], prepared[i]));
    }
    return is_dry() ? Result<void>() : end_group(prepared, first);
  }

  /// A name server that is told of eight zones at once may refuse some of them.
  [[nodiscard]] unsigned publishers(const ZoneList& zones, unsigned threads) const {
    const bool has_commands = std::ranges::any_of(
        zones, [](const auto* zone) { return !zone->after_publish.words.empty(); });
    return has_commands ? std::min(threads, task_.jobs) : threads;
  }

  /// \returns why nothing is known of it.
  std::optional<Error> read_input(const config::ZoneConfig& zone, ZoneInput& input) {
    auto read = read_stored(state_, zone.name);
    if (!read) return std::move(read).error();
    input.stored = *std::move(read);
    if (const auto found = children_.find(zone.name); found != children_.end()) {
      input.children = found->second;
    }
    looks_.enter(zone.name, input);
    input.services = bindings_.wishes(zone.name);
    if (const auto found = guarded_.find(zone.name); found != guarded_.end()) {
      input.guarded = found->second;
    }
    return std::nullopt;
  }

  /// What came of publishing. \param first  place of the group's first report.
  Result<void> end_group(std::vector<PreparedZone>& prepared, std::size_t first) {
    DW_TRY_VOID(commit(prepared, Part::kOutcome));
    for (std::size_t i = 0; i < prepared.size(); ++i) {
      if (prepared[i].version) drop_old_snapshots(task_.config->state, prepared[i].state);
      auto& report = report_.zones.at(first + i);
      // The report was made before this commit: what failed since is not in it.
      if (report.failed || !prepared[i].findings.has_errors()) continue;
      report.failed = true;
      report.news.push_back(to_text(prepared[i].findings.list().back()));
    }
    return {};
  }

  static ZoneReport report_unread(const std::string& name, const Error& error) {
    ZoneReport report{.name = name, .failed = true};
    report.findings.add({.id = "PASS-FAILED",
                         .level = Level::kError,
                         .message = error.message(),
                         .owner = name,
                         .hint = error.hint()});
    report.news.push_back(to_text(report.findings.list().front()));
    return report;
  }

  /// Versions first; what came of publishing them afterwards.
  enum class Part : std::uint8_t { kVersion, kOutcome };

  Result<void> commit(std::vector<PreparedZone>& prepared, Part part) {
    DW_TRY(auto transaction, state_.begin());
    for (auto& zone : prepared) {
      if (zone.state.name.empty()) continue;
      DW_TRY_VOID(transaction.savepoint());
      const auto written = write(transaction, zone, part);
      zone.events.clear();
      if (written) continue;
      // A zone's failure does not undo its group.
      DW_TRY_VOID(transaction.rollback_to_savepoint());
      zone.give_up(written.error());
    }
    return transaction.commit();
  }

  static Result<void> write(store::State::Transaction& transaction, const PreparedZone& zone,
                            Part part) {
    const auto& name = zone.state.name;
    DW_TRY_VOID(transaction.save(zone.state));
    for (const auto& owner : zone.tlsa_owners) {
      DW_TRY_VOID(transaction.save_tlsa_owner(name, owner));
    }
    if (part == Part::kVersion && zone.version) {
      DW_TRY_VOID(transaction.add_version(name, *zone.version));
      DW_TRY_VOID(transaction.drop_versions_before(name, first_needed(zone.state)));
    }
    for (const auto& event : zone.events) DW_TRY_VOID(transaction.add_event(event));
    return {};
  }

  ZoneReport report_of(const config::ZoneConfig& zone, PreparedZone& prepared) {
    auto& state = prepared.state;
    ZoneReport report{.name = zone.name, .serial = state.serial, .what = prepared.what};
    report.findings = prepared.findings;
    report.waits = prepared.waits;
    report.failed = report.findings.has_errors();
    report.waits_for_operator = std::ranges::any_of(
        report.waits, [](const rollover::Wait& wait) { return wait.is_operators; });
    const auto& publications = state.facts.publications;
    if (prepared.zone && !publications.empty() && publications.back().published == task_.now) {
      ++report_.published;
    }
    state.waits_json = waits_json(report.waits);
    if (!report.failed) {
      state.last_outcome = report.what.empty() ? "nothing was due" : report.what;
    }
    tell_of(report, prepared, task_.now);
    return report;
  }

  void run_after_run() {
    const auto& command = task_.config->after_run;
    if (command.words.empty() || report_.published == 0) return;
    const auto outcome = run_command(command.words, command.timeout);
    if (outcome && outcome->is_good()) return;
    report_.trouble = outcome
                          ? fmt::format("after-run '{}' ended with {}: {}", to_text(command.words),
                                        outcome->exit_code, outcome->output)
                          : outcome.error().message();
  }

  const RunTask& task_;
  store::State state_;
  PassTask pass_;
  ManagedDs managed_ds_;
  LookRound looks_;
  BindingRound bindings_;
  GuardedServices guarded_;
  std::vector<store::ZoneSummary> summaries_;
  std::map<std::string_view, const store::ZoneSummary*> known_;
  std::map<std::string, std::vector<managed::ChildDs>, std::less<>> children_;  ///< by parent
  std::vector<std::string> idle_;  ///< of the zones that were named
  RunReport report_;
};

}  // namespace

bool RunReport::has_failures() const {
  return !trouble.empty() || left != 0 ||
         std::ranges::any_of(zones, [](const ZoneReport& zone) { return zone.failed; }) ||
         std::ranges::any_of(bindings, [](const BindingReport& one) { return one.failed; });
}

Result<RunReport> run_pass(const RunTask& task) {
  for (const auto& name : task.zones) {
    DW_TRY_VOID(config::find_zone(*task.config, name));
  }
  if (task.mode == RunTask::Mode::kDryRun) {
    DW_TRY(auto state, store::State::open(task.config->state, store::State::Access::kRead));
    return Run(task, std::move(state)).run();
  }
  // The lock first: opening may bring the database up to date, under whoever holds it.
  std::optional<store::StateLock> lock;
  if (task.lock == RunTask::Lock::kTake) {
    DW_TRY(lock, store::StateLock::take(task.config->state, "danewerk run", task.wait, task.now));
    if (!lock) {
      RunReport report;
      DW_TRY(report.held_by, store::StateLock::holder(task.config->state));
      if (!report.held_by) report.held_by = store::LockHolder{};
      return report;
    }
  }
  DW_TRY(auto state, store::State::open(task.config->state, store::State::Access::kWrite));
  return Run(task, std::move(state)).run();
}

}  // namespace danewerk::engine
