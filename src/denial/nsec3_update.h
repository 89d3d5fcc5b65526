#pragma once

/// \file
/// The NSEC3 chain after a change: only what the change touches (RFC 5155 section 7.1).

#include "base/result.h"
#include "denial/nsec3.h"
#include "dns/zone.h"
#include "model/denial.h"

namespace danewerk::denial {

/// Makes entries of the denial tree. One per thread: it keeps its buffers.
class Nsec3EntryMaker {
 public:
  /// \param names  zone whose nodes decide the bitmaps; must outlive the maker.
  Nsec3EntryMaker(const dns::Zone& names, const model::DenialParameters& parameters, dns::Ttl ttl)
      : zone_(names), parameters_(parameters), ttl_(ttl) {}

  struct Made {
    std::string_view packed;  ///< valid until the next call
    dns::Deadline deadline;
  };
  /// The entry as it must be. When `entry.node` holds the same NSEC3 record already, it stays with
  /// its RRSIGs, else it is replaced by one without.
  Made make(const dns::ChainEntry& entry, dns::Standing standing, ByteView next);

 private:
  const dns::Zone& zone_;
  const model::DenialParameters& parameters_;
  dns::Ttl ttl_;
  Bytes rdata_;
  dns::NodeBuilder node_;
  std::string packed_;
};

/// REQUIRES: parameters and denial TTL are those of `before`, whose entries have back references.
Result<dns::Zone> update_nsec3(const dns::Change& change,
                               const model::DenialParameters& parameters);

}  // namespace danewerk::denial
