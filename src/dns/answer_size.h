#pragma once

/// \file
/// How large an answer is that has nothing but an RRset and its signatures. Pure; thread-safe.

#include <cstddef>

namespace danewerk::dns {

/// Sums up the octets of a message: header, question and EDNS to begin with, and each record with
/// its owner compressed (RFC 1035 section 4.1.4).
class AnswerSize {
 public:
  /// \param owner_octets  wire form of the name that is asked for
  explicit AnswerSize(std::size_t owner_octets);

  void add_record(std::size_t rdata_octets);
  /// An RRSIG, whose signer's name is not compressed (RFC 4034 section 3.1.7).
  void add_signature(std::size_t signer_octets, std::size_t signature_octets);

  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  std::size_t octets_;
};

}  // namespace danewerk::dns
