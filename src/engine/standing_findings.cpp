#include "engine/standing_findings.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace danewerk::engine {

namespace {

constexpr seconds kTellAgain = std::chrono::days(1);

}  // namespace

void tell(const Findings& found, std::vector<model::StandingFinding>& standing,
          const Telling& telling) {
  std::vector<model::StandingFinding> now_standing;
  for (const auto& finding : found.list()) {
    if (finding.level == Level::kInfo) continue;
    model::StandingFinding fresh{.id = std::string(finding.id),
                                 .level = std::string(to_text(finding.level)),
                                 .text = to_text(finding),
                                 .since = telling.now,
                                 .told = telling.now};
    const auto known = std::ranges::find_if(standing, [&](const auto& other) {
      return other.id == fresh.id && other.text == fresh.text;
    });
    const bool is_known = known != standing.end();
    if (is_known) fresh.since = known->since;
    if (is_known && known->told + kTellAgain > telling.now) {
      fresh.told = known->told;
    } else {
      telling.news.push_back(fresh.text);
    }
    now_standing.push_back(std::move(fresh));
  }
  standing = std::move(now_standing);
}

std::optional<sys_seconds> next_telling(const std::vector<model::StandingFinding>& standing) {
  std::optional<sys_seconds> next;
  for (const auto& finding : standing) {
    const auto again = finding.told + kTellAgain;
    if (!next || again < *next) next = again;
  }
  return next;
}

}  // namespace danewerk::engine
