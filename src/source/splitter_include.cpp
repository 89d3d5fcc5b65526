#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include "dns/rdata_fast.h"
#include "source/level.h"

namespace danewerk::source {

/// $INCLUDE FILE [ORIGIN] (RFC 1035 section 5.1).
void Splitter::include(const Entry& entry) {
  if (entry.fields.size() < 2 || entry.fields.size() > 3) {
    report({"ZONE-BAD-DIRECTIVE", entry.place_of_field(entry.fields.size() < 2 ? 0 : 3),
            "$INCLUDE takes a file and perhaps an origin"});
    return;
  }
  if (levels_.size() >= limits_.include_depth) {
    report({"ZONE-INCLUDE-DEPTH", entry.place_of_field(1),
            fmt::format("files are included {} deep", limits_.include_depth)});
    return;
  }
  if (files_ > limits_.includes) {
    report({"ZONE-INCLUDE-LIMIT", entry.place_of_field(1),
            fmt::format("more than {} files are included", limits_.includes)});
    return;
  }
  std::optional<dns::Name> origin = levels_.back()->scope.origin;
  if (entry.fields.size() == 3) {
    const auto base = origin ? std::optional(origin->view()) : std::nullopt;
    dns::NameBuffer name;
    const auto fault = dns::parse_name(entry.fields[2].text, base ? &*base : nullptr, name);
    if (fault != dns::NameFault::kNone) {
      report({id_of(fault), entry.place_of_field(2),
              fmt::format("'{}' is no origin: {}", entry.fields[2].text, to_text(fault))});
      return;
    }
    origin = dns::Name(name.view());
  }
  Bytes octets;
  if (!dns::append_unescaped(octets, entry.fields[1].text)) {
    report({"ZONE-BAD-ESCAPE", entry.place_of_field(1), "the file name has a bad escape"});
    return;
  }
  open_included(entry, levels_.back()->folder / Path(as_text(octets)), std::move(origin));
}

/// Only regular files: a pipe or a device in a zone file would be a trap.
void Splitter::open_included(const Entry& entry, const Path& path,
                             std::optional<dns::Name> origin) {
  const auto unreadable = [&](std::string message) {
    report({"ZONE-UNREADABLE", entry.place_of_field(1), std::move(message),
            "a relative name starts from the folder of the file that includes"});
  };
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    unreadable(system_error("open", path, errno).message());
    return;
  }
  if (!S_ISREG(info.st_mode)) {
    unreadable(fmt::format("'{}' is no regular file", path.string()));
    return;
  }
  const std::pair<dev_t, ino_t> identity{info.st_dev, info.st_ino};
  for (const auto& level : levels_) {
    if (level->identity != identity) continue;
    report({"ZONE-INCLUDE-LOOP", entry.place_of_field(1),
            fmt::format("'{}' is being read already: it includes itself", path.string())});
    return;
  }
  auto file = open_for_reading(path);
  if (!file) {
    unreadable(file.error().message());
    return;
  }
  if (std::ranges::find(included_, path.string()) == included_.end()) {
    included_.push_back(path.string());
  }
  push(Input(*std::move(file)), path.string(), std::move(origin));
  levels_.back()->folder = path.parent_path();
  levels_.back()->identity = identity;
}

}  // namespace danewerk::source
