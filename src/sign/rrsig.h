#pragma once

/// \file
/// RRSIG records (RFC 4034 section 3). Objects belong to one thread each.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dns/node.h"
#include "sign/signing_keys.h"

namespace danewerk::sign {

/// When signatures begin and end, and when one that is there is good enough to stay.
struct SignaturePolicy {
  sys_seconds now;
  seconds inception_offset = std::chrono::hours(1);
  seconds validity = std::chrono::days(30);
  seconds spread{0};   ///< expiration is earlier by 0 to this, a function of owner and type
  seconds refresh{0};  ///< what expires within this from now is made again
  /// For DNSKEY, CDS and CDNSKEY, where they differ; no spread then.
  std::optional<seconds> dnskey_validity{};
  std::optional<seconds> dnskey_refresh{};
  enum class Kept : std::uint8_t { kTrusted, kChecked };
  Kept kept = Kept::kChecked;  ///< signatures that stay are verified, unless we know who made them

  /// Names with a signature that expires at or before it are looked at. As a tree's deadline.
  [[nodiscard]] dns::Deadline due_limit() const {
    return to_rrsig_time(now + std::max(refresh, dnskey_refresh.value_or(refresh)));
  }
};

/// The RRset that a signature covers.
struct SignedRrset {
  dns::NameView owner;   ///< any case
  std::string_view key;  ///< its sort key: spreads expirations
  dns::RrsetView rrset;  ///< records in canonical order (RFC 4034 section 6.3)
};

/// RDATA of RRSIGs with all of a zone's keys.
class RrsigMaker {
 public:
  /// \param keys must outlive the maker.
  static Result<RrsigMaker> create(const SigningKeys& keys, dns::NameView apex,
                                   const SignaturePolicy& policy);

  /// The signatures that RRSET must have; those of `rrset.rrsigs` that are good stay.
  /// \returns how many were made new; RDATA in `made()`, in order of keys.
  Result<std::size_t> make(const SignedRrset& covered);
  [[nodiscard]] const std::vector<Bytes>& made() const { return made_; }
  /// Signatures that stayed, and that were made, by all calls.
  [[nodiscard]] std::uint64_t kept_total() const { return kept_total_; }
  [[nodiscard]] std::uint64_t made_total() const { return made_total_; }

 private:
  struct KeyState {
    const SigningKey* key = nullptr;
    std::unique_ptr<crypto::Signer> signer;
    std::optional<crypto::PublicKey> checker;  ///< made when a foreign signature is to be kept
  };
  struct RetiringState {
    RetiringKey key;
    std::optional<crypto::PublicKey> checker;
  };
  /// A signature that may stay, and by whom.
  struct Candidate {
    ByteView rrsig;
    std::uint8_t algorithm = 0;
    model::KeyTag tag = 0;
    ByteView public_key;
  };
  RrsigMaker(std::vector<KeyState> keys, dns::NameView apex, const SignaturePolicy& policy);

  /// RFC 4034 section 3.1.8.1: what is signed after the RRSIG RDATA.
  void set_records(const SignedRrset& covered);
  void start_rdata(const SignedRrset& covered, const SigningKey& key);
  bool can_stay(const SignedRrset& covered, const Candidate& candidate,
                std::optional<crypto::PublicKey>& checker);
  /// The one that is there by KEY and is good. Empty: none.
  ByteView kept_by(const SignedRrset& covered, KeyState& state);
  /// The one by a key of the same algorithm that leaves, where nobody has taken over yet.
  ByteView kept_by_retiring(const SignedRrset& covered, std::uint8_t algorithm);
  Result<void> sign_with(KeyState& state, Bytes& rdata);

  std::vector<KeyState> keys_;
  std::vector<RetiringState> retiring_;
  RrsetShare taken_over_ = kAllRrsets;
  Bytes signer_name_;
  SignaturePolicy policy_;
  Bytes prefix_;   ///< what each canonical record of it begins with
  Bytes records_;  ///< canonical records of the RRset at hand
  Bytes message_;  ///< RRSIG RDATA without signature, then records
  std::vector<Bytes> made_;
  std::uint64_t kept_total_ = 0;
  std::uint64_t made_total_ = 0;
};

}  // namespace danewerk::sign
