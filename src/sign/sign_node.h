#pragma once

/// \file
/// The signatures of everything that stands at one name (RFC 4035 section 2.2).

#include <string_view>

#include "base/result.h"
#include "dns/zone.h"
#include "sign/rrsig.h"

namespace danewerk::sign {

/// Signs nodes one after the other. Belongs to one thread; keeps its buffers.
class NodeSigner {
 public:
  static Result<NodeSigner> create(const SigningKeys& keys, const dns::Zone& zone,
                                   const SignaturePolicy& policy);

  struct Signed {
    std::string_view packed;  ///< valid until the next call
    dns::Deadline deadline = 0;
  };
  /// The node with exactly the RRSIGs that it must have: those of `node` that are good stay, those
  /// that do not belong there go.
  Result<Signed> sign(std::string_view key, dns::NodeView node, dns::Standing standing);
  /// The same for an NSEC3 record at its hashed owner.
  Result<Signed> sign_denial(std::string_view hash, dns::NodeView node);

  [[nodiscard]] std::uint64_t visited_rrsets() const { return visited_; }
  [[nodiscard]] std::uint64_t made() const { return rrsigs_.made_total(); }
  [[nodiscard]] std::uint64_t kept() const { return rrsigs_.kept_total(); }

 private:
  NodeSigner(RrsigMaker rrsigs, dns::NameView apex) : rrsigs_(std::move(rrsigs)), apex_(apex) {}
  Result<Signed> sign_at(dns::NameView owner, std::string_view key, dns::NodeView node,
                         dns::Standing standing);

  RrsigMaker rrsigs_;
  dns::Name apex_;
  dns::NodeBuilder builder_;
  std::uint64_t visited_ = 0;
};

/// RFC 4035 section 2.2: RRSIG itself is never signed; at a delegation only DS and NSEC are; what
/// is occluded is not.
bool must_be_signed(dns::RrType type, dns::Standing standing);

}  // namespace danewerk::sign
