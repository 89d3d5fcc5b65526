#include "sign/sign_node.h"

#include <algorithm>

namespace danewerk::sign {

using dns::RrType;
using dns::Standing;

bool must_be_signed(RrType type, Standing standing) {
  switch (standing) {
    case Standing::kApex:
    case Standing::kAuthoritative:
      return type != RrType::kRrsig;
    case Standing::kDelegation:
      return type == RrType::kDs || type == RrType::kNsec;
    case Standing::kAbsent:
    case Standing::kEmptyNonTerminal:
    case Standing::kOccluded:
      break;
  }
  return false;
}

Result<NodeSigner> NodeSigner::create(const SigningKeys& keys, const dns::Zone& zone,
                                      const SignaturePolicy& policy) {
  DW_TRY(auto rrsigs, RrsigMaker::create(keys, zone.apex(), policy));
  return NodeSigner(std::move(rrsigs), zone.apex());
}

Result<NodeSigner::Signed> NodeSigner::sign_at(dns::NameView owner, std::string_view key,
                                               dns::NodeView node, Standing standing) {
  builder_.load(node);
  for (const auto& rrset : node) {
    ++visited_;
    if (rrset.rdata.empty() || !must_be_signed(rrset.type, standing)) {
      if (!rrset.rrsigs.empty()) builder_.remove_rrsigs(rrset.type);
      continue;
    }
    DW_TRY(const auto fresh, rrsigs_.make({owner, key, rrset}));
    const auto& made = rrsigs_.made();
    if (fresh == 0 && made.size() == rrset.rrsigs.size() && rrset.rrsig_ttl == rrset.ttl) continue;
    builder_.set_rrsigs(rrset.type, rrset.ttl, made);  // RFC 4034 section 3: the TTL of the RRset
  }
  return Signed{builder_.pack(), builder_.earliest_expiration()};
}

Result<NodeSigner::Signed> NodeSigner::sign(std::string_view key, dns::NodeView node,
                                            Standing standing) {
  const auto owner = dns::name_from_sort_key(key, apex_);
  return sign_at(owner.view(), key, node, standing);
}

Result<NodeSigner::Signed> NodeSigner::sign_denial(std::string_view hash, dns::NodeView node) {
  const auto apex = apex_.view().wire();
  const auto label = to_base32hex(as_bytes(hash));
  dns::NameBuffer owner;
  owner.octets[0] = static_cast<std::uint8_t>(label.size());
  auto* end = std::copy(label.begin(), label.end(), owner.octets + 1);
  end = std::copy(apex.begin(), apex.end(), end);
  owner.size = static_cast<std::uint8_t>(end - owner.octets);
  return sign_at(owner.view(), hash, node, Standing::kAuthoritative);
}

}  // namespace danewerk::sign
