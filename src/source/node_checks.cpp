#include "source/node_checks.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::source {

using dns::RrType;

namespace {

/// More than fits into one message could never be answered or transferred.
constexpr std::size_t kMaxRrsetOctets = 65'535;

/// May stand beside a CNAME (RFC 4035 section 2.5).
bool goes_with_cname(RrType type) {
  return type == RrType::kCname || type == RrType::kRrsig || type == RrType::kNsec;
}

}  // namespace

void NodeChecks::begin(std::string_view key) {
  key_ = key;
  seen_.clear();
}

const NodeChecks::Seen* NodeChecks::find(RrType type) const {
  const auto found = std::ranges::find(seen_, type, &Seen::type);
  return found == seen_.end() ? nullptr : &*found;
}

std::string NodeChecks::owner() const {
  return to_text(dns::name_from_sort_key(key_, apex_).view());
}

Finding NodeChecks::finding(std::string_view id, const Seen& at, std::string message) const {
  return {.id = id,
          .level = Level::kError,
          .message = std::move(message),
          .owner = owner(),
          .place = {*at.file_name, at.line, 1},
          .hint = {}};
}

Place NodeChecks::first_place() const {
  if (seen_.empty()) return {};
  return {*seen_.front().file_name, seen_.front().line, 1};
}

void NodeChecks::see(const PlacedRecord& placed, Findings& findings) {
  const auto& record = *placed.record;
  const Seen here{record.type, placed.ttl, placed.file_name, record.line, 1, record.rdata.size(),
                  false,       false};
  auto found = std::ranges::find(seen_, record.type, &Seen::type);
  if (found == seen_.end()) {
    seen_.push_back(here);
    return;
  }
  if (found->ttl != placed.ttl && !found->has_ttl_finding && record.type != RrType::kRrsig) {
    found->has_ttl_finding = true;
    auto differs = finding("ZONE-TTL-DIFFERS", here,
                           fmt::format("{} has TTL {} here and {} on line {}; the least is taken",
                                       to_text(record.type), placed.ttl, found->ttl, found->line));
    differs.level = Level::kWarning;
    findings.add(std::move(differs));
  }
  if (placed.is_duplicate) {
    // A transfer ends with the SOA that it began with (RFC 5936 section 2.2).
    if (record.type == RrType::kSoa) return;
    auto duplicate = finding("ZONE-DUPLICATE", here,
                             fmt::format("this {} stands there already", to_text(record.type)));
    duplicate.level = Level::kInfo;
    findings.add(std::move(duplicate));
    return;
  }
  ++found->count;
  found->octets += record.rdata.size();
  if (found->octets > kMaxRrsetOctets && !found->has_size_finding &&
      record.type != RrType::kRrsig) {
    found->has_size_finding = true;
    findings.add(finding(
        "ZONE-RRSET-TOO-LARGE", here,
        fmt::format("the {} records here do not fit into one message", to_text(record.type))));
  }
  if (record.type == RrType::kSoa) {
    findings.add(finding("ZONE-TWO-SOAS", here,
                         fmt::format("this SOA differs from that on line {}", found->line)));
  } else if (record.type == RrType::kCname || record.type == RrType::kDname) {
    findings.add(finding(
        record.type == RrType::kCname ? "ZONE-TWO-CNAMES" : "ZONE-TWO-DNAMES", here,
        fmt::format("a second {}, beside that on line {}", to_text(record.type), found->line)));
  }
}

void NodeChecks::finish(Findings& findings) const {
  check_cname(findings);
  check_cuts(findings);
}

/// RFC 1034 section 3.6.2, RFC 2181 section 10.1.
void NodeChecks::check_cname(Findings& findings) const {
  const Seen* cname = find(RrType::kCname);
  if (cname == nullptr) return;
  for (const auto& other : seen_) {
    if (goes_with_cname(other.type)) continue;
    findings.add(finding(
        "ZONE-CNAME-AND-OTHER", *cname,
        fmt::format("a CNAME stands beside {} on line {}", to_text(other.type), other.line)));
    return;
  }
}

void NodeChecks::check_cuts(Findings& findings) const {
  const Seen* ds = find(RrType::kDs);
  const Seen* ns = find(RrType::kNs);
  const Seen* dname = find(RrType::kDname);
  if (key_.empty()) {
    if (ds != nullptr) {
      auto bad = finding("ZONE-DS-AT-APEX", *ds, "a zone's own DS stands in its parent");
      bad.hint = "remove it here and give it to the parent (RFC 4035 section 2.4)";
      findings.add(std::move(bad));
    }
    return;
  }
  if (ds != nullptr && ns == nullptr) {
    auto bad = finding("ZONE-DS-WITHOUT-NS", *ds, "a DS where no NS delegates the name");
    bad.hint = "remove the DS, or add the NS records (RFC 4035 section 2.4)";
    findings.add(std::move(bad));
  }
  if (dname != nullptr && ns != nullptr) {
    findings.add(finding(
        "ZONE-DNAME-AND-NS", *dname,
        fmt::format("a DNAME stands beside NS on line {} (RFC 6672 section 2.3)", ns->line)));
  }
}

}  // namespace danewerk::source
