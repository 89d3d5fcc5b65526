#include "dns/answer_size.h"

namespace danewerk::dns {

namespace {
constexpr std::size_t kHeader = 12;
constexpr std::size_t kQuestion = 4;  // type and class
constexpr std::size_t kOpt = 11;      // RFC 6891 section 6.1.2
constexpr std::size_t kRecord = 12;   // compressed owner, type, class, TTL, length
constexpr std::size_t kRrsig = 18;    // RFC 4034 section 3.1, before the signer's name
}  // namespace

AnswerSize::AnswerSize(std::size_t owner_octets)
    : octets_(kHeader + owner_octets + kQuestion + kOpt) {}

void AnswerSize::add_record(std::size_t rdata_octets) {
  octets_ += kRecord + rdata_octets;
}

void AnswerSize::add_signature(std::size_t signer_octets, std::size_t signature_octets) {
  add_record(kRrsig + signer_octets + signature_octets);
}

}  // namespace danewerk::dns
