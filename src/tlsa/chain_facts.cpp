#include "tlsa/chain_facts.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "crypto/signature.h"

namespace danewerk::tlsa {

namespace {

/// The records of these combinations for a chain.
Result<std::vector<Association>> associations_for(const Chain& chain,
                                                  const std::vector<Combination>& records) {
  std::vector<Association> out;
  for (const auto& record : records) {
    const Block* subject = record.names_issuer() ? chain.issuer() : &chain.leaf();
    if (subject == nullptr) {
      return fail(Errc::kBadInput,
                  fmt::format("'{}' needs the issuer's certificate, which is not in the chain",
                              to_text(record)),
                  "give fullchain.pem");
    }
    DW_TRY(auto data, association_data(*subject, record.selector, record.matching));
    out.push_back({record, std::move(data)});
  }
  return out;
}

/// The earliest end of the certificates above the server's, up to this one.
sys_seconds end_of_way(const Chain& chain, std::size_t anchor) {
  auto end = chain.certificates[anchor].ends();
  // By another way up than the line, only the first step is known to be the same.
  const std::size_t known = anchor < chain.line ? anchor : std::min<std::size_t>(2, chain.line);
  for (std::size_t at = 1; at < known; ++at) {
    end = std::min(end, chain.certificates[at].ends());
  }
  return end;
}

/// Until when each combination with usage 2 finds an anchor: the last of its records counts, and
/// the first of the combinations, for each has to be enough by itself.
std::optional<sys_seconds> anchor_end(const Chain& chain, const model::RdataSet& satisfied) {
  std::map<model::TlsaCombination, sys_seconds> ends;
  for (const auto& rdata : satisfied) {
    const auto association = association_from_rdata(rdata);
    if (!association || association->combination.usage != Usage::kDaneTa) continue;
    const auto anchor = find_named(chain, *association);
    if (!anchor) continue;
    const auto end = end_of_way(chain, *anchor);
    auto& latest = ends.try_emplace(model::combination_of(rdata), end).first->second;
    latest = std::max(latest, end);
  }
  if (ends.empty()) return std::nullopt;
  return std::min_element(ends.begin(), ends.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

model::IssuerStanding standing(const Chain& chain, const ChainQuestion& question) {
  if (question.catalogue == nullptr) return model::IssuerStanding::kUnknown;
  const auto now = question.views.empty() ? chain.leaf().begins() : question.views.front().at;
  switch (standing_of(*question.catalogue, chain, now)) {
    case IssuerStanding::kInUse:
    case IssuerStanding::kRetired:
      return model::IssuerStanding::kListed;
    case IssuerStanding::kNewOfKnown:
      return model::IssuerStanding::kVerified;
    case IssuerStanding::kRevoked:
    case IssuerStanding::kStaging:
    case IssuerStanding::kUnknown:
      break;
  }
  return model::IssuerStanding::kUnknown;
}

std::string id_of(const Chain& chain) {
  crypto::DigestStream digest(crypto::DigestType::kSha256);
  for (const auto octets : chain.octets()) digest.update(octets);
  return to_hex(digest.finish().view());
}

}  // namespace

model::RdataSet satisfied(const Chain& chain, const model::RdataSet& records,
                          std::span<const ClientView> views) {
  model::RdataSet out;
  for (const auto& rdata : records) {
    const auto association = association_from_rdata(rdata);
    if (!association) continue;
    const bool is_satisfied =
        !views.empty() && std::all_of(views.begin(), views.end(), [&](const ClientView& view) {
          return match(chain, *association, view).depth.has_value();
        });
    if (is_satisfied) out.insert(rdata);
  }
  return out;
}

Result<model::Chain> chain_facts(const Chain& chain, const ChainQuestion& question) {
  model::Chain out;
  out.id = id_of(chain);
  out.key = to_hex(key_digest(chain.leaf()));
  for (std::size_t at = 1; at < chain.line; ++at) {
    out.issuers.push_back(to_hex(key_digest(chain.certificates[at])));
  }
  DW_TRY(const auto wanted, associations_for(chain, question.wanted));
  for (const auto& association : wanted) out.wanted.insert(association.rdata());
  auto records = question.records;
  records.insert(out.wanted.begin(), out.wanted.end());
  out.satisfies = satisfied(chain, records, question.views);
  DW_TRY(const auto own, associations_for(chain, {Combination{}}));
  out.key_record = own.front().rdata();
  out.not_before = chain.leaf().begins();
  out.not_after = chain.leaf().ends();
  out.anchor_not_after = anchor_end(chain, out.satisfies);
  out.issuer = standing(chain, question);
  return out;
}

}  // namespace danewerk::tlsa
