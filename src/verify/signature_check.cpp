#include "verify/signature_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "verify/canonical.h"

namespace danewerk::verify {

namespace {

/// An RRSIG time for people, taken to be the one nearest to the moment of the check.
std::string time_text(std::uint32_t time, std::uint32_t now) {
  const sys_seconds near{seconds{now}};
  return danewerk::to_text(near + seconds{time_difference(time, now)});
}

std::string named(const dns::RrsetView& rrset, const RrsigFields& rrsig) {
  return fmt::format("RRSIG of {} by key {} (algorithm {})", dns::to_text(rrset.type), rrsig.tag,
                     rrsig.algorithm);
}

}  // namespace

SignatureCheck::SignatureCheck(const KeySet& keys, const Owner& apex, std::uint32_t now)
    : keys_(keys),
      apex_(apex),
      now_(now),
      public_keys_(keys.keys.size()),
      tried_(keys.keys.size(), false) {}

crypto::PublicKey* SignatureCheck::key_at(std::size_t index) {
  if (!tried_[index]) {
    tried_[index] = true;
    const PublishedKey& key = keys_.keys[index];
    auto parsed = crypto::PublicKey::from_dnskey(key.algorithm, key.public_key());
    if (parsed) public_keys_[index] = *std::move(parsed);
  }
  auto& key = public_keys_[index];
  return key ? &*key : nullptr;
}

void SignatureCheck::note_expiration(const dns::RrsetView& rrset, Collector& out) const {
  for (const ByteView rdata : rrset.rrsigs) {
    if (rdata.size() < kRrsigFixedOctets) continue;
    const std::int64_t remaining = time_difference(load_u32(&rdata[8]), now_);
    out.least_remaining = std::min(out.least_remaining, remaining);
  }
}

void SignatureCheck::check(const Owner& owner, const dns::RrsetView& rrset, Collector& out) {
  const Subject subject{owner, rrset, out};
  valid_keys_.clear();
  judged_.clear();
  has_records_ = false;
  note_expiration(rrset, out);
  // Without a key there is nothing to check with, and one finding has said so.
  if (keys_.algorithms.empty()) return;
  check_ttl(subject);
  judge_all(subject);
  report(subject);
}

void SignatureCheck::check_ttl(const Subject& subject) const {
  const auto& rrset = subject.rrset;
  if (rrset.rrsigs.empty() || rrset.rrsig_ttl == rrset.ttl) return;
  subject.out.error(id::kRrsigTtl, subject.owner, [&] {
    return fmt::format("RRSIG of {} has TTL {}, the RRset {} (RFC 4034 section 3)",
                       dns::to_text(rrset.type), rrset.rrsig_ttl, rrset.ttl);
  });
}

void SignatureCheck::complain_unreadable(const Subject& subject) {
  subject.out.error(id::kRrsigFormat, subject.owner, [&] {
    return fmt::format("RRSIG of {} cannot be read", dns::to_text(subject.rrset.type));
  });
}

void SignatureCheck::judge_all(const Subject& subject) {
  for (const ByteView rdata : subject.rrset.rrsigs) {
    if (const auto fields = read_rrsig(rdata)) {
      judged_.push_back({judge(subject, *fields, rdata), *fields});
    } else {
      judged_.push_back({Verdict::kFaulty, {}});
      complain_unreadable(subject);
    }
  }
}

bool SignatureCheck::check_fields(const Subject& subject, const RrsigFields& rrsig) const {
  const auto& [owner, rrset, out] = subject;
  if (rrsig.covered != static_cast<std::uint16_t>(rrset.type)) {
    out.error(id::kRrsigCovered, owner,
              [&] { return named(rrset, rrsig) + " says that it covers another type"; });
    return false;
  }
  Owner signer;
  signer.assign_wire(rrsig.signer);
  if (!(signer == apex_)) {
    out.error(id::kRrsigSigner, owner, [&] {
      return fmt::format("{} names {} as signer, not the apex (RFC 4034 section 3.1.7)",
                         named(rrset, rrsig), to_text(signer));
    });
    return false;
  }
  if (rrsig.labels != owner.signed_labels()) {
    out.error(id::kRrsigLabels, owner, [&] {
      return fmt::format("{} counts {} labels, the owner has {} (RFC 4034 section 3.1.3)",
                         named(rrset, rrsig), rrsig.labels, owner.signed_labels());
    });
    return false;
  }
  if (rrsig.original_ttl != rrset.ttl) {
    out.error(id::kRrsigOriginalTtl, owner, [&] {
      return fmt::format("{} has original TTL {}, the RRset {} (RFC 4034 section 3.1.4)",
                         named(rrset, rrsig), rrsig.original_ttl, rrset.ttl);
    });
    return false;
  }
  if (time_difference(rrsig.expiration, rrsig.inception) < 0) {
    out.error(id::kRrsigTimes, owner, [&] {
      return fmt::format("{} expires before its inception (RFC 4034 section 3.1.5)",
                         named(rrset, rrsig));
    });
    return false;
  }
  return true;
}

SignatureCheck::Verdict SignatureCheck::judge(const Subject& subject, const RrsigFields& rrsig,
                                              ByteView rdata) {
  if (!check_fields(subject, rrsig)) return Verdict::kFaulty;
  return verify_octets(subject, rrsig, rdata);
}

SignatureCheck::Attempt SignatureCheck::try_keys(const Subject& subject, const RrsigFields& rrsig,
                                                 ByteView rdata) {
  // Tags collide, so every key with this tag and algorithm is tried (RFC 4034 section 3.1.6).
  Attempt attempt;
  for (std::size_t i = 0; i < keys_.keys.size() && !attempt.by; ++i) {
    const PublishedKey& key = keys_.keys[i];
    if (key.tag != rrsig.tag || key.algorithm != rrsig.algorithm || !key.is_zone_key) continue;
    // A revoked key may sign nothing but DNSKEY (RFC 5011 section 2.1).
    if (key.is_revoked && subject.rrset.type != dns::RrType::kDnskey) {
      attempt.is_revoked = true;
      continue;
    }
    attempt.is_published = true;
    if (verifies(i, subject, rrsig, rdata)) attempt.by = i;
  }
  return attempt;
}

bool SignatureCheck::verifies(std::size_t index, const Subject& subject, const RrsigFields& rrsig,
                              ByteView rdata) {
  crypto::PublicKey* checker = key_at(index);
  if (checker == nullptr) return false;
  if (!has_records_) build_records(subject);
  // The signed prefix is RDATA up to the signature, the signer in lower case.
  std::copy_n(rdata.begin(), kRrsigFixedOctets, message_.begin());
  ++subject.out.counts.signatures;
  return checker->verifies(message_, rrsig.signature);
}

SignatureCheck::Verdict SignatureCheck::verify_octets(const Subject& subject,
                                                      const RrsigFields& rrsig, ByteView rdata) {
  const auto [is_published, is_revoked, by] = try_keys(subject, rrsig, rdata);
  if (!is_published) return is_revoked ? Verdict::kRevoked : Verdict::kUnpublished;
  if (time_difference(now_, rrsig.inception) < 0) return Verdict::kNotYetValid;
  if (time_difference(rrsig.expiration, now_) < 0) return Verdict::kExpired;
  if (!is_checkable(rrsig.algorithm)) return Verdict::kNotChecked;
  if (!by) {
    subject.out.error(id::kRrsigBogus, subject.owner, [&] {
      return named(subject.rrset, rrsig) + " is not a signature over these records";
    });
    return Verdict::kFaulty;
  }
  if (keys_.keys[*by].is_recorded) return Verdict::kRecorded;
  valid_keys_.push_back(*by);
  return Verdict::kValid;
}

void SignatureCheck::append_record(const Owner& owner, const dns::RrsetView& rrset,
                                   ByteView canonical) {
  // Owner, type, class IN, original TTL, RDATA (RFC 4034 section 3.1.8.1). The original TTL was
  // found to be that of the RRset before.
  message_.insert(message_.end(), owner.wire().begin(), owner.wire().end());
  append_u16(message_, static_cast<std::uint16_t>(rrset.type));
  append_u16(message_, 1);
  append_u32(message_, rrset.ttl);
  append_u16(message_, static_cast<std::uint16_t>(canonical.size()));
  message_.insert(message_.end(), canonical.begin(), canonical.end());
}

void SignatureCheck::order_records(const Subject& subject) {
  const auto piece = [this](const std::pair<std::size_t, std::size_t>& p) {
    return ByteView(canonical_).subspan(p.first, p.second - p.first);
  };
  const auto less = [&](const auto& a, const auto& b) {
    return compare_octets(piece(a), piece(b)) < 0;
  };
  if (!std::is_sorted(pieces_.begin(), pieces_.end(), less)) {
    std::sort(pieces_.begin(), pieces_.end(), less);
  }
  const auto twin = std::adjacent_find(
      pieces_.begin(), pieces_.end(),
      [&](const auto& a, const auto& b) { return compare_octets(piece(a), piece(b)) == 0; });
  if (twin == pieces_.end()) return;
  subject.out.error(id::kDuplicateRecord, subject.owner, [&] {
    return fmt::format("{} holds a record twice", dns::to_text(subject.rrset.type));
  });
}

void SignatureCheck::build_records(const Subject& subject) {
  has_records_ = true;
  message_.assign(kRrsigFixedOctets, 0);
  message_.insert(message_.end(), apex_.wire().begin(), apex_.wire().end());
  canonical_.clear();
  pieces_.clear();
  for (const ByteView rdata : subject.rrset.rdata) {
    const std::size_t begin = canonical_.size();
    append_canonical_rdata(canonical_, subject.rrset.type, rdata);
    pieces_.emplace_back(begin, canonical_.size());
  }
  if (pieces_.size() > 1) order_records(subject);
  for (const auto& [begin, end] : pieces_) {
    append_record(subject.owner, subject.rrset, ByteView(canonical_).subspan(begin, end - begin));
  }
}

bool SignatureCheck::has(Verdict verdict, std::optional<std::uint8_t> algorithm) const {
  return std::any_of(judged_.begin(), judged_.end(), [&](const Judged& j) {
    return j.verdict == verdict && (!algorithm || j.rrsig.algorithm == *algorithm);
  });
}

bool SignatureCheck::is_covered(std::uint8_t algorithm) const {
  return has(Verdict::kValid, algorithm) || has(Verdict::kNotChecked, algorithm);
}

void SignatureCheck::report(const Subject& subject) const {
  // The usual case, first: one RRSIG for each algorithm, all valid.
  bool is_complete = true;
  for (const auto algorithm : keys_.algorithms) {
    if (is_covered(algorithm)) continue;
    is_complete = false;
    report_algorithm(subject, algorithm);
  }
  if (is_complete && judged_.size() == keys_.algorithms.size()) return;
  for (const auto& judged : judged_) report_rrsig(subject, judged, is_complete);
}

void SignatureCheck::report_rrsig(const Subject& subject, const Judged& judged,
                                  bool is_complete) const {
  const auto& rrsig = judged.rrsig;
  const Level level = is_covered(rrsig.algorithm) ? Level::kWarning : Level::kError;
  const bool is_extra =
      judged.verdict == Verdict::kUnpublished || judged.verdict == Verdict::kRevoked;
  if (judged.verdict == Verdict::kExpired) {
    subject.out.add(id::kRrsigExpired, level, subject.owner, [&] {
      return fmt::format("{} expired at {}", named(subject.rrset, rrsig),
                         time_text(rrsig.expiration, now_));
    });
  } else if (judged.verdict == Verdict::kNotYetValid) {
    subject.out.add(id::kRrsigNotYetValid, level, subject.owner, [&] {
      return fmt::format("{} is valid from {} only", named(subject.rrset, rrsig),
                         time_text(rrsig.inception, now_));
    });
  } else if (is_complete && is_extra) {
    subject.out.add(id::kRrsigExtraKey, Level::kInfo, subject.owner, [&] {
      return named(subject.rrset, rrsig) + " is additional: that key is not published as valid";
    });
  }
}

void SignatureCheck::report_algorithm(const Subject& subject, std::uint8_t algorithm) const {
  const auto& [owner, rrset, out] = subject;
  constexpr std::uint8_t kUnreadable = 0;
  if (has(Verdict::kFaulty, algorithm) || has(Verdict::kFaulty, kUnreadable) ||
      has(Verdict::kExpired, algorithm) || has(Verdict::kNotYetValid, algorithm)) {
    return;  // its fault is, or will be, told by name
  }
  if (judged_.empty()) {
    out.error(id::kRrsigMissing, owner,
              [&] { return fmt::format("{} is not signed", dns::to_text(rrset.type)); });
    return;
  }
  const bool only_unusable = std::all_of(judged_.begin(), judged_.end(), [](const Judged& j) {
    return j.verdict == Verdict::kUnpublished || j.verdict == Verdict::kRevoked ||
           j.verdict == Verdict::kRecorded;
  });
  if (!only_unusable) {
    out.error(id::kRrsigAlgorithmMissing, owner, [&] {
      return fmt::format(
          "{} has no valid RRSIG of algorithm {}, which DNSKEY has (RFC 4035 section 2.2)",
          dns::to_text(rrset.type), algorithm);
    });
    return;
  }
  const bool revoked = has(Verdict::kRevoked, {});
  out.error(revoked ? id::kRrsigRevokedKey : id::kRrsigUnpublishedKey, owner, [&] {
    return fmt::format("the only {} by a key that is {}", named(rrset, judged_.front().rrsig),
                       revoked ? "revoked" : "not published");
  });
}

}  // namespace danewerk::verify
