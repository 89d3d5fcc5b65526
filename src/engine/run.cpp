#include "engine/run.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/parallel.h"
#include "base/process.h"
#include "engine/held_versions.h"
#include "engine/publication.h"
#include "engine/waits_json.h"

namespace danewerk::engine {

namespace {

/// Zones whose commits share one transaction.
constexpr std::size_t kGroup = 256;
/// Design, section 7: further behind, nothing is signed or moved.
constexpr seconds kClockTolerance = std::chrono::minutes(5);
constexpr seconds kTellAgain = std::chrono::days(1);

using ZoneList = std::vector<const config::ZoneConfig*>;

/// Findings against those of the last pass: which are new, or due to be told again.
void tell(ZoneReport& report, model::ZoneState& state, sys_seconds now) {
  std::vector<model::StandingFinding> standing;
  for (const auto& finding : report.findings.list()) {
    if (finding.level == Level::kInfo) continue;
    model::StandingFinding fresh{.id = std::string(finding.id),
                                 .level = std::string(to_text(finding.level)),
                                 .text = to_text(finding),
                                 .since = now,
                                 .told = now};
    const auto known = std::ranges::find_if(state.findings, [&](const auto& other) {
      return other.id == fresh.id && other.text == fresh.text;
    });
    const bool is_news = known == state.findings.end() || known->told + kTellAgain <= now;
    if (known != state.findings.end()) fresh.since = known->since;
    if (is_news) {
      report.news.push_back(fresh.text);
    } else {
      fresh.told = known->told;
    }
    standing.push_back(std::move(fresh));
  }
  state.findings = std::move(standing);
}

class Run {
 public:
  Run(const RunTask& task, store::State state) : task_(task), state_(std::move(state)) {
    pass_.config = task.config;
    pass_.now = task.now;
    pass_.jobs = task.jobs;
    pass_.first_keys = task.first_keys;
  }

  Result<RunReport> run() {
    DW_TRY(pass_.last_pass, state_.last_pass());
    DW_TRY_VOID(judge_clock());
    DW_TRY(const auto due, find_due());
    // A folder that cannot be read is each zone's failure, with its own message.
    if (!due.empty()) pass_.keys = store::KeyIndex::read(task_.config->keys).value_or(nullptr);
    for (std::size_t first = 0; first < due.size(); first += kGroup) {
      const auto last = std::min(due.size(), first + kGroup);
      DW_TRY_VOID(run_group({due.begin() + static_cast<std::ptrdiff_t>(first),
                             due.begin() + static_cast<std::ptrdiff_t>(last)}));
    }
    if (task_.zones.empty()) {
      DW_TRY_VOID(state_.set_last_pass(task_.now));
    }
    run_after_run();
    return std::move(report_);
  }

 private:
  Result<void> judge_clock() const {
    if (!pass_.last_pass || task_.clock == RunTask::Clock::kTrusted) return {};
    if (task_.now + kClockTolerance >= *pass_.last_pass) return {};
    return fail(Errc::kRefused,
                fmt::format("the clock says {}, and the last pass was at {}", to_text(task_.now),
                            to_text(*pass_.last_pass)),
                "nothing was signed or moved, what is published stays; set the clock, or pass "
                "--clock-ok if the former time was the wrong one");
  }

  Result<ZoneList> find_due() {
    DW_TRY(const auto summaries, state_.zones());
    std::map<std::string_view, const store::ZoneSummary*> known;
    for (const auto& summary : summaries) known.emplace(summary.name, &summary);
    ZoneList due;
    for (const auto& [name, zone] : task_.config->zones) {
      if (!task_.zones.empty() && !task_.zones.contains(name)) continue;
      const auto found = known.find(name);
      if (is_due(pass_, zone, found == known.end() ? nullptr : found->second)) {
        due.push_back(&zone);
      } else {
        ++report_.idle;
      }
    }
    DW_TRY_VOID(list_orphans(summaries));
    return due;
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
    std::vector<StoredZone> stored(zones.size());
    std::vector<std::optional<Error>> unread(zones.size());
    for (std::size_t i = 0; i < zones.size(); ++i) {
      auto read = read_stored(state_, zones[i]->name);
      if (read) {
        stored[i] = *std::move(read);
      } else {
        unread[i] = std::move(read).error();
      }
    }
    // Many small zones are signed side by side, a few by all cores each.
    const bool side_by_side = zones.size() >= task_.jobs;
    PassTask pass = pass_;
    pass.jobs = side_by_side ? 1 : task_.jobs;
    std::vector<PreparedZone> prepared(zones.size());
    for_each_part(side_by_side ? task_.jobs : 1, zones.size(), [&](std::size_t i) {
      if (!unread[i]) prepared[i] = prepare_zone(pass, *zones[i], std::move(stored[i]));
    });
    for (std::size_t i = 0; i < zones.size(); ++i) {
      if (const auto& error = unread[i]) report_unread(zones[i]->name, *error);
    }
    DW_TRY_VOID(commit(zones, prepared, Part::kVersion));
    for_each_part(side_by_side ? task_.jobs : 1, zones.size(),
                  [&](std::size_t i) { publish_zone(pass, *zones[i], prepared[i]); });
    std::vector<ZoneReport> reports;
    for (std::size_t i = 0; i < zones.size(); ++i) {
      if (!unread[i]) reports.push_back(report_of(*zones[i], prepared[i]));
    }
    DW_TRY_VOID(commit(zones, prepared, Part::kOutcome));
    for (std::size_t i = 0; i < zones.size(); ++i) {
      if (prepared[i].version) drop_old_snapshots(task_.config->state, prepared[i].state);
    }
    std::ranges::move(reports, std::back_inserter(report_.zones));
    return {};
  }

  void report_unread(const std::string& name, const Error& error) {
    ZoneReport report{.name = name, .failed = true};
    report.findings.add({.id = "PASS-FAILED",
                         .level = Level::kError,
                         .message = error.message(),
                         .owner = name,
                         .hint = error.hint()});
    report.news.push_back(to_text(report.findings.list().front()));
    report_.zones.push_back(std::move(report));
  }

  /// Versions first; what came of publishing them afterwards.
  enum class Part : std::uint8_t { kVersion, kOutcome };

  Result<void> commit(const ZoneList& zones, std::vector<PreparedZone>& prepared, Part part) {
    DW_TRY(auto transaction, state_.begin());
    for (std::size_t i = 0; i < zones.size(); ++i) {
      auto& zone = prepared[i];
      if (zone.state.name.empty()) continue;
      DW_TRY_VOID(transaction.save(zone.state));
      if (part == Part::kVersion && zone.version) {
        DW_TRY_VOID(transaction.add_version(zone.state.name, *zone.version));
        DW_TRY_VOID(transaction.drop_versions_before(zone.state.name, first_needed(zone.state)));
      }
      for (const auto& event : zone.events) DW_TRY_VOID(transaction.add_event(event));
      zone.events.clear();
    }
    return transaction.commit();
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
    tell(report, state, task_.now);
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
  RunReport report_;
};

}  // namespace

bool RunReport::has_failures() const {
  return !trouble.empty() ||
         std::ranges::any_of(zones, [](const ZoneReport& zone) { return zone.failed; });
}

Result<RunReport> run_pass(const RunTask& task) {
  for (const auto& name : task.zones) {
    if (task.config->zones.contains(name)) continue;
    return fail(Errc::kBadInput,
                fmt::format("'{}' is no zone of {}", name, task.config->file.string()),
                "danewerk status lists the zones");
  }
  // Folder and database are made by whoever comes first; the lock lies in the folder.
  DW_TRY(auto state, store::State::open(task.config->state, store::State::Access::kWrite));
  if (task.lock == RunTask::Lock::kHeld) return Run(task, std::move(state)).run();
  DW_TRY(const auto lock,
         store::StateLock::take(task.config->state, "danewerk run", task.wait, task.now));
  if (!lock) {
    RunReport report;
    DW_TRY(report.held_by, store::StateLock::holder(task.config->state));
    if (!report.held_by) report.held_by = store::LockHolder{};
    return report;
  }
  return Run(task, std::move(state)).run();
}

}  // namespace danewerk::engine
