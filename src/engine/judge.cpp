#include "engine/judge.h"

#include <utility>

#include "source/zone_file.h"

namespace danewerk::engine {

verify::Report judge_file(JudgeTask task) {
  auto read = source::read_zone_file(
      task.file,
      {.origin = task.origin, .dnssec = source::Dnssec::kKeepAll, .jobs = task.options.jobs});
  verify::Report report;
  if (read.zone) {
    const auto zone = *std::exchange(read.zone, std::nullopt);
    report = task.known ? verify::verify_change({*std::move(task.known), zone}, task.options)
                        : verify::verify_zone(zone, task.options);
  }
  Findings all = std::move(read.findings);
  all.merge(std::move(report.findings));
  report.findings = std::move(all);
  if (report.findings.has_errors()) report.verified.reset();
  return report;
}

}  // namespace danewerk::engine
