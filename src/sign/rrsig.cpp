#include "sign/rrsig.h"

#include <algorithm>

namespace danewerk::sign {

using dns::RrType;

namespace {

/// RRSIG RDATA before the signer's name (RFC 4034 section 3.1).
constexpr std::size_t kFixedOctets = 18;
constexpr std::size_t kAlgorithmAt = 2;
constexpr std::size_t kLabelsAt = 3;
constexpr std::size_t kOriginalTtlAt = 4;
constexpr std::size_t kExpirationAt = 8;
constexpr std::size_t kInceptionAt = 12;
constexpr std::size_t kTagAt = 16;

/// RFC 4034 section 3.1.3: neither the root label nor a leading asterisk counts.
std::uint8_t labels_field(dns::NameView owner) {
  return static_cast<std::uint8_t>(owner.label_count() - (owner.is_wildcard() ? 1U : 0U));
}

/// FNV-1a, 64 bits: spreads expirations the same way on every machine.
std::uint64_t spread_hash(std::string_view key, RrType type) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto mix = [&hash](std::uint8_t octet) { hash = (hash ^ octet) * 0x100000001b3ULL; };
  for (const auto octet : as_bytes(key)) mix(octet);
  mix(static_cast<std::uint8_t>(static_cast<unsigned>(type) >> 8));
  mix(static_cast<std::uint8_t>(static_cast<unsigned>(type) & 0xffU));
  return hash ^ (hash >> 32);
}

/// DNSKEY, and what tells the parent of it, are signed by the keys that sign DNSKEY
/// (RFC 7344 section 4.1).
bool is_signed_by_ksk(RrType type) {
  return type == RrType::kDnskey || type == RrType::kCds || type == RrType::kCdnskey;
}

bool signs(const SigningKey& key, RrType type) {
  return is_signed_by_ksk(type) ? key.signs_dnskey : key.signs_zone;
}

}  // namespace

RrsigMaker::RrsigMaker(std::vector<KeyState> keys, dns::NameView apex,
                       const SignaturePolicy& policy)
    : keys_(std::move(keys)),
      signer_name_(apex.wire().begin(), apex.wire().end()),
      policy_(policy) {
  dns::lower_case(signer_name_);
}

Result<RrsigMaker> RrsigMaker::create(const SigningKeys& keys, dns::NameView apex,
                                      const SignaturePolicy& policy) {
  std::vector<KeyState> states;
  for (const auto& key : keys.signing) {
    DW_TRY(auto signer, key.private_key->new_signer());
    states.push_back({&key, std::move(signer), std::nullopt});
  }
  RrsigMaker maker(std::move(states), apex, policy);
  for (const auto& key : keys.retiring) maker.retiring_.push_back({key, std::nullopt});
  maker.taken_over_ = keys.taken_over;
  return maker;
}

void RrsigMaker::set_records(const SignedRrset& covered) {
  records_.clear();
  prefix_.assign(covered.owner.wire().begin(), covered.owner.wire().end());
  dns::lower_case(prefix_);
  append_u16(prefix_, static_cast<std::uint16_t>(covered.rrset.type));
  append_u16(prefix_, 1);  // IN
  append_u32(prefix_, covered.rrset.ttl);
  for (const auto rdata : covered.rrset.rdata) {
    records_.insert(records_.end(), prefix_.begin(), prefix_.end());
    // Canonical RDATA is as long as it was: names in it only change case.
    append_u16(records_, static_cast<std::uint16_t>(rdata.size()));
    dns::append_canonical(records_, covered.rrset.type, rdata);
  }
}

void RrsigMaker::start_rdata(const SignedRrset& covered, const SigningKey& key) {
  seconds early{0};
  const bool own_validity = is_signed_by_ksk(covered.rrset.type) && policy_.dnskey_validity;
  const auto validity = own_validity ? *policy_.dnskey_validity : policy_.validity;
  if (policy_.spread > seconds(0) && !own_validity) {
    const auto range = static_cast<std::uint64_t>(policy_.spread.count()) + 1;
    early = seconds(spread_hash(covered.key, covered.rrset.type) % range);
  }
  message_.clear();
  append_u16(message_, static_cast<std::uint16_t>(covered.rrset.type));
  message_.push_back(key.algorithm);
  message_.push_back(labels_field(covered.owner));
  append_u32(message_, covered.rrset.ttl);
  append_u32(message_, to_rrsig_time(policy_.now + validity - early));
  append_u32(message_, to_rrsig_time(policy_.now - policy_.inception_offset));
  append_u16(message_, key.tag);
  message_.insert(message_.end(), signer_name_.begin(), signer_name_.end());
}

bool RrsigMaker::can_stay(const SignedRrset& covered, const Candidate& candidate,
                          std::optional<crypto::PublicKey>& checker) {
  const auto rrsig = candidate.rrsig;
  const std::size_t start = kFixedOctets + signer_name_.size();
  if (rrsig.size() <= start) return false;
  if (rrsig[kAlgorithmAt] != candidate.algorithm || load_u16(&rrsig[kTagAt]) != candidate.tag) {
    return false;
  }
  if (rrsig[kLabelsAt] != labels_field(covered.owner) ||
      load_u32(&rrsig[kOriginalTtlAt]) != covered.rrset.ttl) {
    return false;
  }
  const ByteView name = rrsig.subspan(kFixedOctets, signer_name_.size());
  if (dns::wire_name_length(name) != name.size() ||
      !dns::equal(dns::NameView(name), dns::NameView(signer_name_))) {
    return false;
  }
  const auto expiration = from_rrsig_time(load_u32(&rrsig[kExpirationAt]), policy_.now);
  const auto inception = from_rrsig_time(load_u32(&rrsig[kInceptionAt]), policy_.now);
  const auto refresh = is_signed_by_ksk(covered.rrset.type)
                           ? policy_.dnskey_refresh.value_or(policy_.refresh)
                           : policy_.refresh;
  if (inception > policy_.now || expiration <= policy_.now + refresh) return false;
  if (policy_.kept == SignaturePolicy::Kept::kTrusted) return true;
  if (!checker) {
    auto read = crypto::PublicKey::from_dnskey(candidate.algorithm, candidate.public_key);
    if (!read) return false;
    checker = *std::move(read);
  }
  message_.assign(rrsig.begin(), rrsig.begin() + kFixedOctets);
  message_.insert(message_.end(), signer_name_.begin(), signer_name_.end());
  message_.insert(message_.end(), records_.begin(), records_.end());
  return checker->verifies(message_, rrsig.subspan(start));
}

ByteView RrsigMaker::kept_by(const SignedRrset& covered, KeyState& state) {
  const auto& key = *state.key;
  const auto size = kFixedOctets + signer_name_.size() + state.signer->signature_size();
  for (const ByteView rrsig : covered.rrset.rrsigs) {
    if (rrsig.size() != size) continue;
    if (can_stay(covered, {rrsig, key.algorithm, key.tag, key.public_key}, state.checker)) {
      return rrsig;
    }
  }
  return {};
}

ByteView RrsigMaker::kept_by_retiring(const SignedRrset& covered, std::uint8_t algorithm) {
  if (retiring_.empty() || is_signed_by_ksk(covered.rrset.type)) return {};
  // Other bits than those that spread expirations.
  const RrsetShare place = spread_hash(covered.key, covered.rrset.type) >> 32U;
  if (place < taken_over_) return {};
  for (auto& [key, checker] : retiring_) {
    if (key.algorithm != algorithm) continue;
    for (const ByteView rrsig : covered.rrset.rrsigs) {
      if (can_stay(covered, {rrsig, key.algorithm, key.tag, key.public_key}, checker)) return rrsig;
    }
  }
  return {};
}

Result<void> RrsigMaker::sign_with(KeyState& state, Bytes& rdata) {
  const std::size_t start = message_.size();
  rdata.resize(start + state.signer->signature_size());
  std::copy(message_.begin(), message_.end(), rdata.begin());
  message_.insert(message_.end(), records_.begin(), records_.end());
  return state.signer->sign(message_, std::span(rdata).subspan(start));
}

Result<std::size_t> RrsigMaker::make(const SignedRrset& covered) {
  set_records(covered);
  std::size_t used = 0;
  std::size_t fresh = 0;
  for (auto& state : keys_) {
    if (!signs(*state.key, covered.rrset.type)) continue;
    if (used == made_.size()) made_.emplace_back();
    auto& rdata = made_[used++];
    auto kept = kept_by(covered, state);
    if (kept.empty()) kept = kept_by_retiring(covered, state.key->algorithm);
    if (!kept.empty()) {
      rdata.assign(kept.begin(), kept.end());
      continue;
    }
    ++fresh;
    start_rdata(covered, *state.key);
    DW_TRY_VOID(sign_with(state, rdata));
  }
  made_.resize(used);
  made_total_ += fresh;
  kept_total_ += used - fresh;
  return fresh;
}

}  // namespace danewerk::sign
