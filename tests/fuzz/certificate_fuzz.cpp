// Files from which TLSA records are made, and chains that a client hands over. The first octet
// chooses the record; both readings of a file that is accepted must agree, whatever the octets.

#include <array>
#include <cstddef>
#include <cstdint>

#include "tlsa/chain.h"
#include "tlsa/generate.h"
#include "tlsa/match.h"
#include "tlsa/record_line.h"

namespace {

using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program of a few
                           // functions

/// What is made of a chain's own certificate has to match it.
void check_chain(ByteView octets, const tlsa::Combination& combination) {
  const auto read = tlsa::read_chain({.certificates = {{"fuzzed", octets}}});
  DW_CHECK(read.chain.has_value() != read.findings.has_errors(), "a chain, or a reason why not");
  if (!read.chain) return;
  const auto& chain = *read.chain;
  const auto again = tlsa::to_pem(chain);
  DW_CHECK(tlsa::read_chain({.certificates = {{"again", as_bytes(again)}}})
                   .findings.count("TLSA-CHAIN-UNREADABLE") == 0,
           "what is written can be read");
  static_cast<void>(tlsa::judge_chain(chain, {.records = {combination}}).empty());
  auto data = tlsa::own_association_data(chain.leaf(), combination.selector, combination.matching);
  const tlsa::Association made{{tlsa::Usage::kDaneEe, combination.selector, combination.matching},
                               std::move(data)};
  DW_CHECK(tlsa::find_named(chain, made) == 0U, "its own record names it");
  const auto found = tlsa::match(chain, made, {});
  DW_CHECK(found.depth.has_value() == found.reason.empty(), "a match, or a reason why not");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array kRecords{"3 1 1", "2 1 1", "3 0 1", "2 0 2", "1 1 0", "0 0 0"};
  if (size == 0) return 0;
  const auto combination = tlsa::combination_from_text(kRecords.at(data[0] % kRecords.size()));
  const ByteView octets(data + 1, size - 1);
  static_cast<void>(tlsa::record_lines_from_text(as_text(octets)).has_value());
  check_chain(octets, *combination);
  const auto source = tlsa::Source::read(octets);
  if (!source) return 0;
  const auto made = tlsa::generate(*source, *combination);
  if (!made) {
    DW_CHECK(made.error().code() == Errc::kBadInput, "both readings of an accepted file agree");
    return 0;
  }
  DW_CHECK(tlsa::association_from_rdata(made->rdata()).has_value(), "what is made can be read");
  static_cast<void>(tlsa::lint(*source, *combination, nullptr, sys_seconds{}).empty());
  return 0;
}
