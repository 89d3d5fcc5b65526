#include "model/tlsa_owner.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/result.h"

namespace danewerk::model {

namespace {
/// Digits of the data that a person compares.
constexpr std::size_t kShownOctets = 8;
}  // namespace

std::string to_text(const TlsaCombination& combination) {
  return fmt::format("{} {} {}", combination.usage, combination.selector, combination.matching);
}

TlsaCombination combination_of(const Bytes& rdata) {
  DW_CHECK(rdata.size() >= 3, "a TLSA record has three numbers");
  return {.usage = rdata[0], .selector = rdata[1], .matching = rdata[2]};
}

std::set<TlsaCombination> combinations_of(const RdataSet& records) {
  std::set<TlsaCombination> out;
  for (const auto& rdata : records) out.insert(combination_of(rdata));
  return out;
}

std::string label(const Bytes& rdata) {
  const auto data = ByteView(rdata).subspan(3);
  const auto shown = data.first(std::min(kShownOctets, data.size()));
  return fmt::format("{} {}{}", to_text(combination_of(rdata)), to_hex(shown),
                     shown.size() < data.size() ? "..." : "");
}

RdataSet without(const RdataSet& a, const RdataSet& b) {
  RdataSet out;
  std::ranges::set_difference(a, b, std::inserter(out, out.end()));
  return out;
}

RdataSet common(const RdataSet& a, const RdataSet& b) {
  RdataSet out;
  std::ranges::set_intersection(a, b, std::inserter(out, out.end()));
  return out;
}

RdataSet together(RdataSet a, const RdataSet& b) {
  a.insert(b.begin(), b.end());
  return a;
}

const RdataSet& TlsaOwner::present() const {
  static const RdataSet none;
  return versions.empty() ? none : versions.back().records;
}

RdataSet TlsaOwner::others() const {
  return elsewhere ? without(present(), elsewhere->ours) : RdataSet();
}

Visibility TlsaOwner::visibility(const Bytes& rdata) const {
  const auto found = std::ranges::find(records, rdata, &TlsaRecord::rdata);
  return found == records.end() ? Visibility::kHidden : found->state.visibility;
}

TlsaVersion unknown_version(seconds ttl, VersionNumber until) {
  return {.is_unknown = true, .ttl = ttl, .until = until};
}

TlsaOwner empty_owner(std::string name, seconds negative_ttl) {
  TlsaOwner owner;
  owner.name = std::move(name);
  owner.versions.push_back({.ttl = negative_ttl});
  return owner;
}

}  // namespace danewerk::model
