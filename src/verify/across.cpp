#include "verify/across.h"

#include <algorithm>

#include <fmt/format.h>

#include "verify/ids.h"
#include "verify/keys.h"

namespace danewerk::verify {

namespace {

bool intersect(const SignerSet& a, const SignerSet& b) {
  return std::ranges::any_of(a, [&](SignerId id) { return std::ranges::binary_search(b, id); });
}

/// RRsets of DATA that none of the keys in KEYS signs.
void check_data(const HeldVersion& data, const HeldVersion& keys, Findings& findings) {
  const auto published = keys.census.published();
  std::uint64_t lost = 0;
  for (const auto& [signers, count] : data.census.rrsets) {
    if (!intersect(signers, published)) lost += count;
  }
  if (lost == 0) return;
  findings.add({.id = id::kAcrossSignature,
                .level = Level::kError,
                .message = fmt::format(
                    "{} RRsets of {} have no signature by a key in the DNSKEY RRset of {}: a "
                    "resolver that holds both sees bogus",
                    lost, data.name, keys.name)});
}

/// Whether a DS of one of KEYS leads to the DNSKEY RRset: the key is in it and signs it.
bool leads(const std::vector<Bytes>& keys, const Census& census) {
  return std::ranges::any_of(keys, [&](const Bytes& rdata) {
    if (rdata.size() <= 4 || std::ranges::find(census.dnskeys, rdata) == census.dnskeys.end()) {
      return false;
    }
    const SignerId id = (std::uint32_t{rdata[3]} << 16) | key_tag(rdata);
    return std::ranges::binary_search(census.dnskey_signers, id);
  });
}

void check_ds_sets(const HeldVersion& version, const HeldDs& ds, Findings& findings) {
  if (leads(ds.steady, version.census)) return;
  const auto complain = [&](std::string_view which) {
    findings.add({.id = id::kAcrossDs,
                  .level = Level::kError,
                  .message = fmt::format("no key of the {} DS RRset signs the DNSKEY RRset of {}",
                                         which, version.name)});
  };
  const bool none = ds.coming.empty() && ds.going.empty();
  if (none && !ds.steady.empty()) complain("present");
  if (!ds.coming.empty() && !leads(ds.coming, version.census)) complain("coming");
  if (!ds.going.empty() && !leads(ds.going, version.census)) complain("going");
}

}  // namespace

Findings check_across(const HeldVersion& next, std::span<const HeldVersion> held,
                      const HeldDs& ds) {
  Findings findings;
  check_ds_sets(next, ds, findings);
  for (const auto& other : held) {
    // A version without keys is insecure only without a DS; the DS check has said so.
    if (other.census.dnskeys.empty() || next.census.dnskeys.empty()) continue;
    if (other.has_keys) check_data(next, other, findings);
    if (other.has_data) check_data(other, next, findings);
  }
  return findings;
}

}  // namespace danewerk::verify
