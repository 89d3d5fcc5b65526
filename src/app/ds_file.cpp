#include "app/ds_file.h"

#include <sstream>
#include <string>

#include <fmt/format.h>

#include "dns/rdata_text.h"
#include "dns/type.h"

namespace danewerk::app {

namespace {

constexpr std::uint64_t kMaxOctets = 1U << 20;

/// "OWNER [TTL] [IN] DS RDATA"; nothing for an empty line, a comment, or another owner.
Result<std::optional<Bytes>> read_line(std::string line, const std::optional<dns::Name>& origin) {
  line = line.substr(0, line.find(';'));
  std::istringstream words(line);
  std::string owner;
  if (!(words >> owner)) return std::optional<Bytes>();
  std::string word;
  bool is_ds = false;
  while (!is_ds && words >> word) is_ds = to_upper(word) == "DS";
  std::string rest;
  std::getline(words, rest);
  if (!is_ds) return fail(Errc::kBadInput, "not a DS record");
  if (origin) {
    DW_TRY(const auto name, dns::name_from_text(owner));
    if (!dns::equal(name, *origin)) return std::optional<Bytes>();
  }
  DW_TRY(auto rdata, dns::rdata_from_text(dns::RrType::kDs, rest));
  return std::optional<Bytes>(std::move(rdata));
}

}  // namespace

Result<std::vector<Bytes>> read_ds_file(const Path& path, const std::optional<dns::Name>& origin) {
  DW_TRY(const auto text, read_file(path, kMaxOctets));
  std::istringstream lines(text);
  std::vector<Bytes> found;
  std::string line;
  for (unsigned number = 1; std::getline(lines, line); ++number) {
    auto ds = read_line(line, origin);
    if (!ds) {
      return tl::unexpected(std::move(ds).error().in(fmt::format("{}:{}", path.string(), number)));
    }
    if (*ds) found.push_back(**std::move(ds));
  }
  if (found.empty()) {
    return fail(Errc::kBadInput, fmt::format("no DS record of the zone in '{}'", path.string()));
  }
  return found;
}

}  // namespace danewerk::app
