#include "base/finding.h"

#include <algorithm>
#include <utility>

namespace danewerk {

std::string_view to_text(Level level) {
  switch (level) {
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      break;
  }
  return "error";
}

std::string to_text(const Place& place) {
  std::string text = place.file;
  if (place.line != 0) text += ":" + std::to_string(place.line);
  if (place.column != 0) text += ":" + std::to_string(place.column);
  return text;
}

std::string to_text(const Finding& finding) {
  std::string text = to_text(finding.place);
  if (!text.empty()) text += ": ";
  text += to_text(finding.level);
  text += ": [";
  text += finding.id;
  text += "] ";
  if (!finding.owner.empty()) text += finding.owner + ": ";
  text += finding.message;
  if (!finding.hint.empty()) text += "\nhint: " + finding.hint;
  return text;
}

void Findings::add(Finding finding) {
  auto& seen = counts_[std::string(finding.id)];
  ++seen;
  ++by_level_.at(static_cast<std::size_t>(finding.level));
  if (seen <= kKeptPerId) kept_.push_back(std::move(finding));
}

void Findings::merge(Findings other) {
  std::map<std::string, std::uint64_t, std::less<>> room;
  for (auto& finding : other.kept_) {
    const auto before = count(finding.id);
    auto& used = room[std::string(finding.id)];
    if (before + used < kKeptPerId) kept_.push_back(std::move(finding));
    ++used;
  }
  for (const auto& [id, n] : other.counts_) counts_[id] += n;
  for (std::size_t i = 0; i < by_level_.size(); ++i) by_level_.at(i) += other.by_level_.at(i);
}

std::uint64_t Findings::count(std::string_view id) const {
  const auto found = counts_.find(id);
  return found == counts_.end() ? 0 : found->second;
}

std::uint64_t Findings::count(Level level) const {
  return by_level_.at(static_cast<std::size_t>(level));
}

}  // namespace danewerk
