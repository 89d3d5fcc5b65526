#include "denial/type_bitmap.h"

#include <array>

namespace danewerk::denial {

using dns::RrType;
using dns::Standing;

namespace {

/// Collects types in ascending order into window blocks.
class BitmapWriter {
 public:
  explicit BitmapWriter(Bytes& out) : out_(out) {}

  void add(RrType type) {
    const auto number = static_cast<std::uint16_t>(type);
    const int window = number >> 8;
    if (window != window_) flush();
    window_ = window;
    const unsigned bit = number & 0xffU;
    bits_.at(bit / 8) = static_cast<std::uint8_t>(bits_.at(bit / 8) | (0x80U >> (bit % 8)));
    used_ = bit / 8 + 1;
  }

  void flush() {
    if (window_ < 0) return;
    out_.push_back(static_cast<std::uint8_t>(window_));
    out_.push_back(static_cast<std::uint8_t>(used_));
    out_.insert(out_.end(), bits_.begin(), bits_.begin() + used_);
    bits_.fill(0);
  }

 private:
  Bytes& out_;
  int window_ = -1;
  std::array<std::uint8_t, 32> bits_{};
  std::ptrdiff_t used_ = 0;
};

/// At a delegation the parent is authoritative for DS alone, and NS is a hint (RFC 4035
/// section 2.3).
bool counts(RrType type, Standing standing) {
  if (dns::is_signer_made(type) && type != RrType::kNsec3Param) return false;
  if (standing != Standing::kDelegation) return true;
  return type == RrType::kNs || type == RrType::kDs;
}

}  // namespace

void append_type_bitmap(Bytes& out, dns::NodeView node, Standing standing, model::DenialKind kind) {
  BitmapWriter writer(out);
  const bool has_nsec = kind == model::DenialKind::kNsec;
  // NSEC is signed, so a name with NSEC has RRSIG too.
  const bool is_signed = has_nsec || (standing != Standing::kEmptyNonTerminal &&
                                      (standing != Standing::kDelegation || node.has(RrType::kDs)));
  bool made_written = false;
  const auto write_made = [&] {
    if (made_written) return;
    made_written = true;
    if (is_signed) writer.add(RrType::kRrsig);
    if (has_nsec) writer.add(RrType::kNsec);
  };
  for (const auto& rrset : node) {
    if (rrset.rdata.empty() || !counts(rrset.type, standing)) continue;
    if (rrset.type > RrType::kRrsig) write_made();
    writer.add(rrset.type);
  }
  write_made();
  writer.flush();
}

bool is_in_chain(dns::NodeView node, Standing standing, const model::DenialParameters& parameters) {
  switch (standing) {
    case Standing::kApex:
    case Standing::kAuthoritative:
      return true;
    case Standing::kDelegation:
      return !(parameters.kind == model::DenialKind::kNsec3 && parameters.opt_out) ||
             node.has(RrType::kDs);
    case Standing::kAbsent:
    case Standing::kEmptyNonTerminal:
    case Standing::kOccluded:
      break;
  }
  return false;
}

}  // namespace danewerk::denial
