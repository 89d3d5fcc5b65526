#pragma once

/// \file
/// One RRset and the RRSIGs over it (RFC 4034 section 3, RFC 4035 sections 2.2 and 5.3). Belongs to
/// one thread: keeps its keys' contexts and its memory.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crypto/signature.h"
#include "dns/node.h"
#include "verify/collector.h"
#include "verify/keys.h"
#include "verify/rrsig.h"

namespace danewerk::verify {

class SignatureCheck {
 public:
  /// \param now  the moment of the check, as RRSIG has it. References must outlive this.
  SignatureCheck(const KeySet& keys, const Owner& apex, std::uint32_t now);

  /// Judges all RRSIGs of an RRset that has to be signed. REQUIRES: rrset has records.
  void check(const Owner& owner, const dns::RrsetView& rrset, Collector& out);

  /// Numbers (in KeySet::keys) of the keys whose signature the last check found valid.
  [[nodiscard]] const std::vector<std::size_t>& valid_keys() const { return valid_keys_; }

  /// Counts expirations of RRSIGs that are not checked otherwise.
  void note_expiration(const dns::RrsetView& rrset, Collector& out) const;

 private:
  enum class Verdict : std::uint8_t {
    kValid,
    kNotChecked,   ///< of an algorithm that nobody here knows
    kUnpublished,  ///< no zone key has this tag and algorithm
    kRecorded,     ///< valid, by a key whose DNSKEY comes later or has gone
    kRevoked,      ///< only a revoked key has
    kExpired,
    kNotYetValid,
    kFaulty,  ///< reported already
  };
  struct Judged {
    Verdict verdict = Verdict::kFaulty;
    RrsigFields rrsig{};
  };
  struct Subject {
    const Owner& owner;
    const dns::RrsetView& rrset;
    Collector& out;
  };

  /// What came of trying the keys with an RRSIG's tag.
  struct Attempt {
    bool is_published = false;
    bool is_revoked = false;          ///< a revoked key has the tag
    std::optional<std::size_t> by{};  ///< the key that made it
  };

  void check_ttl(const Subject& subject) const;
  void judge_all(const Subject& subject);
  static void complain_unreadable(const Subject& subject);
  Verdict judge(const Subject& subject, const RrsigFields& rrsig, ByteView rdata);
  bool check_fields(const Subject& subject, const RrsigFields& rrsig) const;
  Attempt try_keys(const Subject& subject, const RrsigFields& rrsig, ByteView rdata);
  [[nodiscard]] bool verifies(std::size_t index, const Subject& subject, const RrsigFields& rrsig,
                              ByteView rdata);
  Verdict verify_octets(const Subject& subject, const RrsigFields& rrsig, ByteView rdata);
  void build_records(const Subject& subject);
  void append_record(const Owner& owner, const dns::RrsetView& rrset, ByteView canonical);
  void order_records(const Subject& subject);
  void report(const Subject& subject) const;
  void report_rrsig(const Subject& subject, const Judged& judged, bool is_complete) const;
  void report_algorithm(const Subject& subject, std::uint8_t algorithm) const;
  [[nodiscard]] bool is_covered(std::uint8_t algorithm) const;
  [[nodiscard]] bool has(Verdict verdict, std::optional<std::uint8_t> algorithm) const;
  crypto::PublicKey* key_at(std::size_t index);

  const KeySet& keys_;
  const Owner& apex_;
  std::uint32_t now_;
  std::vector<std::optional<crypto::PublicKey>> public_keys_;
  std::vector<bool> tried_;
  std::vector<std::size_t> valid_keys_;
  std::vector<Judged> judged_;
  /// RRSIG RDATA without signature, then the records (RFC 4034 section 3.1.8.1); the records are
  /// built once an RRset.
  Bytes message_;
  bool has_records_ = false;
  Bytes canonical_;
  std::vector<std::pair<std::size_t, std::size_t>> pieces_;  ///< begin and end in canonical_
};

}  // namespace danewerk::verify
