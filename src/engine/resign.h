#pragma once

/// \file
/// The next version of a zone: content, denial, signatures and serial, as a change of the version
/// before. The first version is a change of the empty zone.

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "dns/zone.h"
#include "model/denial.h"
#include "seal/serial.h"
#include "sign/rrsig.h"
#include "sign/signing_keys.h"

namespace danewerk::engine {

struct ResignTask {
  dns::Zone before;   ///< signed, or empty
  dns::Zone content;  ///< unsigned, with its managed records
  const sign::SigningKeys* keys = nullptr;
  bool is_unsigned = false;  ///< the next version has no signatures
  model::DenialParameters denial;
  sign::SignaturePolicy policy{};
  struct Serial {
    bool keep_last = false;  ///< the content's serial is final: there is no version before
    seal::SerialPolicy policy = seal::SerialPolicy::kKeep;
    /// A managed zone: the next serial is greater than this one, whatever the policy says; policy
    /// `keep` then gives the content's serial where that is greater, else the next one.
    std::optional<std::uint32_t> above{};
    bool must_move = false;  ///< a new version though nothing else changed: somebody is ahead
    std::optional<std::uint32_t> at_least{};  ///< the operator's word; only with `above`
  } serial{};
  unsigned jobs = 1;
};

struct Version {
  dns::Zone zone;
  bool changed = false;  ///< anything differs from the version before
  std::uint64_t visited_rrsets = 0;
  std::uint64_t signatures_made = 0;
  std::uint64_t signatures_kept = 0;
};

/// kRefused when the policy is `keep` and changed content has no greater serial (RFC 1982), and
/// what denial and signing refuse.
Result<Version> make_version(const ResignTask& task);

}  // namespace danewerk::engine
