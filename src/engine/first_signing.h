#pragma once

/// \file
/// The first signing of a zone as a stream: batches of names in canonical order go through denial,
/// signing and printing on all cores, in a bounded window, results in order. Signatures are never
/// held: memory is that of the unsigned zone.

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "dns/zone.h"
#include "model/denial.h"
#include "publish/zone_text.h"
#include "sign/rrsig.h"
#include "sign/signing_keys.h"

namespace danewerk::engine {

struct FirstSigning {
  const dns::Zone* zone = nullptr;  ///< unsigned, with its managed records
  const sign::SigningKeys* keys = nullptr;
  model::DenialParameters denial;
  sign::SignaturePolicy policy;
  unsigned jobs = 1;
  /// Parts taken, of all parts; may be empty.
  std::function<void(std::string_view stage, std::uint64_t done, std::uint64_t all)> progress;
};

struct StreamCounts {
  std::uint64_t records = 0;     ///< written
  std::uint64_t signatures = 0;  ///< made
};

/// Writes the signed zone to SINK, in the form of publish::print_zone: the same octets as printing
/// the version that denial::update and sign::sign_change make.
Result<StreamCounts> sign_stream(const FirstSigning& task, const publish::TextSink& sink);

}  // namespace danewerk::engine
