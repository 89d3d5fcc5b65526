#include "engine/publication.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/process.h"
#include "engine/file_mark.h"
#include "engine/judge.h"
#include "engine/zone_wake.h"
#include "publish/signed_file.h"
#include "publish/zone_text.h"

namespace danewerk::engine {

namespace {

/// What is verified are the bytes written (promise P3): the file is read back, and what differs
/// from the version that was found good is judged.
Result<void> write_output(const PassTask& task, const config::ZoneConfig& zone,
                          const verify::VerifiedZone& verified, PreparedZone& prepared) {
  auto& state = prepared.state;
  const bool is_there = state.output && state.output_version == state.version &&
                        compare(*state.output, task.now) == Sameness::kSame;
  if (is_there) return {};
  DW_TRY(auto file, publish::SignedFile::create(zone.output, zone.output_mode));
  DW_TRY(const auto records,
         publish::print_zone(verified.zone(), task.jobs,
                             [&](std::string_view text) { return file.write(text); }));
  static_cast<void>(records);
  auto report = judge_file({.file = file.unpublished(),
                            .origin = dns::Name(verified.zone().apex()),
                            .options = {.at = task.now,
                                        .ds = {},
                                        .jobs = task.jobs,
                                        .recorded = prepared.recorded,
                                        .expect = prepared.expect},
                            .known = verified.zone()});
  if (!report.is_good() || !report.verified) {
    const auto& all = report.findings.list();
    const auto first = std::ranges::find(all, Level::kError, &Finding::level);
    // As one finding of this pass: those of reading are else taken for faults of the zone file.
    return fail(Errc::kRefused,
                fmt::format("'{}' would not hold what was signed: {}", zone.output.string(),
                            first == all.end() ? "it was not verified" : to_text(*first)),
                "the file that is there stays, and the next pass tries again");
  }
  DW_TRY_VOID(file.publish(*report.verified));
  DW_TRY(state.output, mark_file(zone.output));
  state.output_version = state.version;
  return {};
}

Result<void> run_after_publish(const config::ZoneConfig& zone) {
  const auto& words = zone.after_publish.words;
  if (words.empty()) return {};
  DW_TRY(const auto outcome, run_command(words, zone.after_publish.timeout));
  if (outcome.is_good()) return {};
  const auto how = outcome.timed_out
                       ? fmt::format("did not end within {}", to_text(zone.after_publish.timeout))
                       : fmt::format("ended with {}", outcome.exit_code);
  const auto said = in_one_line(outcome.output);
  return fail(
      Errc::kUnavailable,
      fmt::format("'{}' {}{}{}", in_one_line(to_text(words)), how, said.empty() ? "" : ": ", said),
      "the output file is in place; the next pass runs the command again");
}

}  // namespace

void publish_zone(const PassTask& task, const config::ZoneConfig& zone, PreparedZone& prepared) {
  if (!prepared.zone) return;
  const auto failed = [&](std::string_view id, const Error& error) {
    prepared.findings.add({.id = id,
                           .level = Level::kError,
                           .message = error.message(),
                           .owner = zone.name,
                           .hint = error.hint()});
  };
  if (!zone.output.empty()) {
    if (const auto written = write_output(task, zone, *prepared.zone, prepared); !written) {
      failed("PUBLISH-OUTPUT-FAILED", written.error());
      return;
    }
  }
  auto& publications = prepared.state.facts.publications;
  if (publications.empty() || publications.back().published) return;
  if (const auto told = run_after_publish(zone); !told) {
    failed("PUBLISH-COMMAND-FAILED", told.error());
    return;
  }
  publications.back().published = task.now;
  foresee(task, zone, prepared);
  prepared.events.push_back({.at = task.now,
                             .zone = zone.name,
                             .who = "engine",
                             .what = fmt::format("version {} with serial {} is published",
                                                 prepared.state.version, prepared.state.serial),
                             .rule = {}});
}

}  // namespace danewerk::engine
