#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/key_text.h"
#include "app/output.h"
#include "app/progress.h"

namespace danewerk::app {

namespace {

std::string signatures_text(const engine::SignOutcome& outcome) {
  if (outcome.signatures_kept == 0) return fmt::format("{} made", outcome.signatures_made);
  return fmt::format("{} made, {} looked at and kept", outcome.signatures_made,
                     outcome.signatures_kept);
}

std::string verified_text(const engine::SignOutcome& outcome) {
  if (!outcome.verified) return "no: --no-verify is for measurements";
  auto text = fmt::format("{} signatures and {} denial records", outcome.verified->signatures,
                          outcome.verified->denial_records);
  if (outcome.earliest_expiration) {
    text += fmt::format(", the first expires {}", to_text(*outcome.earliest_expiration));
  }
  return text;
}

void print_text(const SignCommand& command, const engine::SignOutcome& outcome) {
  const auto& task = command.task;
  std::vector<Row> rows;
  if (outcome.written) {
    rows.push_back({"signed zone", task.output.string()});
  } else if (outcome.is_good()) {
    rows.push_back(
        {"unchanged", fmt::format("{}: nothing changed, nothing is due", task.output.string())});
  }
  rows.push_back({"serial", std::to_string(outcome.serial)});
  for (const auto& key : outcome.keys) {
    rows.push_back({&key == &outcome.keys.front() ? "keys" : "", key_text(key)});
  }
  if (outcome.written) {
    rows.push_back(
        {"records", fmt::format("{} read, {} written", outcome.source_records, outcome.records)});
    rows.push_back({"signatures", signatures_text(outcome)});
    rows.push_back({"verified", verified_text(outcome)});
  }
  for (const auto& ds : outcome.ds) {
    rows.push_back({&ds == &outcome.ds.front() ? "DS to upload" : "", ds_text(task.origin, ds)});
  }
  print_rows(rows);
}

void print_json(const SignCommand& command, const engine::SignOutcome& outcome) {
  nlohmann::ordered_json json{{"zone", dns::to_text(command.task.origin)},
                              {"output", command.task.output.string()},
                              {"written", outcome.written},
                              {"serial", outcome.serial},
                              {"records", outcome.records},
                              {"signatures_made", outcome.signatures_made},
                              {"signatures_kept", outcome.signatures_kept},
                              {"rrsets_visited", outcome.visited_rrsets},
                              {"verified", outcome.verified.has_value()}};
  if (outcome.earliest_expiration) {
    json["earliest_expiration"] = to_text(*outcome.earliest_expiration);
  }
  json["keys"] = nlohmann::ordered_json::array();
  for (const auto& key : outcome.keys) json["keys"].push_back(key_json(key));
  json["ds"] = nlohmann::ordered_json::array();
  for (const auto& ds : outcome.ds) json["ds"].push_back(ds_text(command.task.origin, ds));
  json["findings"] = nlohmann::ordered_json::parse(findings_json(outcome.findings));
  print_line(json.dump(2));
}

}  // namespace

ExitCode run(const SignCommand& command, const Voice& voice) {
  auto task = command.task;
  Result<engine::SignOutcome> outcome;
  {
    ProgressBar bar;
    if (voice.detail != Voice::Detail::kQuiet) task.progress = progress_on(bar);
    outcome = engine::sign_file(task);
  }
  if (!outcome) {
    print_error(outcome.error(), voice);
    return exit_code(outcome.error());
  }
  if (voice.form == Voice::Form::kJson) {
    print_json(command, *outcome);
    return exit_code(outcome->findings, voice);
  }
  print_findings(outcome->findings, voice);
  if (!outcome->is_good()) {
    fmt::print(stderr, "danewerk: {}: {}, nothing was written\n", task.input.string(),
               summary(outcome->findings));
  } else if (voice.detail != Voice::Detail::kQuiet) {
    print_text(command, *outcome);
  }
  return exit_code(outcome->findings, voice);
}

}  // namespace danewerk::app
