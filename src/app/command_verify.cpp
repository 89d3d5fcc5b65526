#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/ds_file.h"
#include "app/output.h"
#include "app/progress.h"
#include "engine/judge.h"

namespace danewerk::app {

namespace {

void print_text(const VerifyCommand& command, const verify::Report& report) {
  const auto& counts = report.counts;
  std::vector<Row> rows{
      {"zone", command.file.string()},
      {"at", to_text(command.at)},
      {"checked", fmt::format("{} names, {} RRsets, {} signatures, {} denial records", counts.names,
                              counts.rrsets, counts.signatures, counts.denial_records)}};
  if (report.earliest_expiration) {
    const auto left = *report.earliest_expiration - command.at;
    const auto when = to_text(*report.earliest_expiration);
    rows.push_back(left < seconds(0)
                       ? Row{"expired", fmt::format("{}, {} ago", when, to_text(-left))}
                       : Row{"expires", fmt::format("{}, in {}", when, to_text(left))});
  }
  rows.push_back({"found", summary(report.findings)});
  rows.push_back({"verdict", report.verified ? "good" : "NOT good"});
  print_rows(rows);
}

void print_json(const VerifyCommand& command, const verify::Report& report) {
  nlohmann::ordered_json json{{"file", command.file.string()},
                              {"at", to_text(command.at)},
                              {"good", report.verified.has_value()},
                              {"names", report.counts.names},
                              {"rrsets", report.counts.rrsets},
                              {"signatures", report.counts.signatures},
                              {"denial_records", report.counts.denial_records},
                              {"errors", report.findings.count(Level::kError)},
                              {"warnings", report.findings.count(Level::kWarning)}};
  if (report.earliest_expiration) {
    json["earliest_expiration"] = to_text(*report.earliest_expiration);
    json["remaining_seconds"] = (*report.earliest_expiration - command.at).count();
  }
  json["findings"] = nlohmann::ordered_json::parse(findings_json(report.findings));
  print_line(json.dump(2));
}

}  // namespace

ExitCode run(const VerifyCommand& command, const Voice& voice) {
  std::vector<Bytes> ds;
  if (command.ds) {
    auto read = read_ds_file(*command.ds, command.origin);
    if (!read) {
      print_error(read.error(), voice);
      return exit_code(read.error());
    }
    ds = *std::move(read);
  }
  const auto report =
      engine::judge_file({.file = command.file,
                          .origin = command.origin,
                          .options = {.at = command.at, .ds = ds, .jobs = command.jobs}});
  if (voice.form == Voice::Form::kJson) {
    print_json(command, report);
  } else {
    print_findings(report.findings, voice);
    if (voice.detail != Voice::Detail::kQuiet) print_text(command, report);
  }
  return exit_code(report.findings, voice);
}

}  // namespace danewerk::app
