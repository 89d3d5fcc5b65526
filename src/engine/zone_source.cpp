#include "engine/zone_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "engine/file_mark.h"
#include "source/zone_file.h"

namespace danewerk::engine {

using dns::RrType;

namespace {

Finding refusal(const config::ZoneConfig& zone, std::string_view id, std::string message,
                std::string hint) {
  return {.id = id,
          .level = Level::kError,
          .message = std::move(message),
          .owner = zone.name,
          .hint = std::move(hint)};
}

}  // namespace

SourceRead read_source(const config::ZoneConfig& zone, const dns::Name& apex, unsigned jobs) {
  SourceRead result;
  std::error_code error;
  if (!zone.output.empty() && std::filesystem::equivalent(zone.file, zone.output, error)) {
    result.findings.add(refusal(zone, "SOURCE-IS-OUTPUT",
                                fmt::format("'{}' is both file and output", zone.file.string()),
                                "write the signed zone to another file"));
    return result;
  }
  // Marked before it is read: what is written meanwhile is a change for the next pass.
  auto mark = mark_file(zone.file);
  auto read = source::read_zone_file(
      zone.file, {.origin = apex, .dnssec = source::Dnssec::kDrop, .jobs = jobs});
  if (read.dropped.contains(RrType::kRrsig) || read.dropped.contains(RrType::kDnskey)) {
    result.findings.add(refusal(zone, "SOURCE-IS-SIGNED",
                                fmt::format("'{}' is signed already", zone.file.string()),
                                "name the unsigned zone file; to take over its keys, see danewerk "
                                "key import"));
  }
  result.findings.merge(std::move(read.findings));
  if (result.findings.has_errors() || !read.zone || !mark) return result;
  result.zone = std::move(read.zone);
  result.marks = {*std::move(mark)};
  for (const auto& path : read.included) {
    if (auto included = mark_file(path)) result.marks.push_back(*std::move(included));
  }
  return result;
}

bool are_same(const config::ZoneConfig& zone, const std::vector<model::FileMark>& marks,
              sys_seconds read_at) {
  if (!marks.empty() && marks.front().path != zone.file) return false;
  return std::ranges::all_of(marks, [&](const model::FileMark& mark) {
    return compare(mark, read_at) == Sameness::kSame;
  });
}

bool is_about_source(std::string_view finding) {
  return finding.starts_with("ZONE-") || finding.starts_with("SOURCE-");
}

}  // namespace danewerk::engine
