#include "verify/rrsig.h"

#include "verify/owner.h"

namespace danewerk::verify {

std::optional<RrsigFields> read_rrsig(ByteView rdata) {
  if (rdata.size() <= kRrsigFixedOctets) return std::nullopt;
  const ByteView rest = rdata.subspan(kRrsigFixedOctets);
  const std::size_t signer = name_length(rest);
  if (signer == 0 || signer == rest.size()) return std::nullopt;
  RrsigFields fields;
  fields.covered = load_u16(&rdata[0]);
  fields.algorithm = rdata[2];
  fields.labels = rdata[3];
  fields.original_ttl = load_u32(&rdata[4]);
  fields.expiration = load_u32(&rdata[8]);
  fields.inception = load_u32(&rdata[12]);
  fields.tag = load_u16(&rdata[16]);
  fields.signer = rest.first(signer);
  fields.signature = rest.subspan(signer);
  return fields;
}

}  // namespace danewerk::verify
