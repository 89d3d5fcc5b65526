#include "config/lint.h"
#include "crypto/algorithm.h"
#include "dns/answer_size.h"
#include "model/policy.h"

namespace danewerk::config {

namespace {

/// Octets of a key in its DNSKEY record, and of a signature by it.
struct Sizes {
  std::size_t key;
  std::size_t signature;
};

Sizes sizes_of(crypto::Algorithm algorithm, unsigned bits) {
  // RSA: exponent 65537 with its length, and the modulus (RFC 3110 section 2). Of the others, key
  // and signature are as long as each other but for Ed25519 and Ed448 (RFC 6605 section 4,
  // RFC 8080 sections 3 and 4).
  constexpr std::size_t kExponent = 4;
  const auto signature = crypto::fixed_signature_size(algorithm);
  if (!signature) return {kExponent + bits / 8, bits / 8};
  const bool is_edwards =
      algorithm == crypto::Algorithm::kEd25519 || algorithm == crypto::Algorithm::kEd448;
  return {is_edwards ? *signature / 2 : *signature, *signature};
}

/// What stands in the DNSKEY RRset at a time.
struct Phase {
  std::string_view name;
  std::size_t ksks;  ///< or CSKs
  std::size_t zsks;
  std::size_t signatures;
};

std::size_t octets(const model::Policy& policy, std::size_t owner_octets, const Phase& phase) {
  const auto algorithm = static_cast<std::uint8_t>(policy.algorithm);
  std::vector<AnswerKey> keys(phase.ksks, {.algorithm = algorithm, .bits = policy.ksk.bits});
  keys.resize(phase.ksks + phase.zsks, {.algorithm = algorithm, .bits = policy.zsk.bits});
  const AnswerKey signer{
      .algorithm = algorithm, .bits = policy.ksk.bits, .is_published = false, .signs_dnskey = true};
  keys.resize(keys.size() + phase.signatures, signer);
  return dnskey_answer_octets(keys, owner_octets);
}

}  // namespace

std::size_t dnskey_answer_octets(const std::vector<AnswerKey>& keys, std::size_t owner_octets) {
  constexpr std::size_t kDnskey = 4;  // RFC 4034 section 2.1
  dns::AnswerSize answer(owner_octets);
  for (const auto& key : keys) {
    const auto algorithm = crypto::algorithm_from_number(key.algorithm);
    if (!algorithm) continue;
    const auto sizes = sizes_of(*algorithm, key.bits);
    if (key.is_published) answer.add_record(kDnskey + sizes.key);
    if (key.signs_dnskey) answer.add_signature(owner_octets, sizes.signature);
  }
  return answer.octets();
}

std::vector<DnskeyAnswer> project_dnskey_answers(const model::Policy& policy,
                                                 std::size_t owner_octets) {
  if (policy.is_unsigned) return {};
  const std::size_t ksks = 1U + policy.standby_ksks;
  const std::size_t zsks = policy.has_csk ? 0 : 1U + policy.standby_zsks;
  // Double-DS exchanges the KSK in one step: the set stays as it is.
  const std::size_t more = policy.ksk_roll == model::KskRoll::kDoubleKsk ? 1 : 0;
  std::vector<Phase> phases{{"at rest", ksks, zsks, 1}};
  if (policy.has_csk) {
    // A CSK signs the zone as well: both stand there until no cache has the old signatures.
    phases.push_back({"while a CSK is rolled", ksks + 1, zsks, 2});
  } else {
    phases.push_back({"while a ZSK is rolled", ksks, zsks + 1, 1});
    phases.push_back({"while a KSK is rolled", ksks + more, zsks, 1 + more});
    // A KSK roll that waits for the parent does not hold ZSK rolls back for ever.
    phases.push_back({"while KSK and ZSK are rolled", ksks + more, zsks + 1, 1 + more});
  }
  std::vector<DnskeyAnswer> answers;
  answers.reserve(phases.size());
  for (const auto& phase : phases) {
    answers.push_back({phase.name, octets(policy, owner_octets, phase)});
  }
  return answers;
}

}  // namespace danewerk::config
