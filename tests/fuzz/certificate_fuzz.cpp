// Files from which TLSA records are made. The first octet chooses the record; both readings of a
// file that is accepted must agree, whatever the octets.

#include <array>
#include <cstddef>
#include <cstdint>

#include "tlsa/generate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program of one
                             // function
  static constexpr std::array kRecords{"3 1 1", "2 1 1", "3 0 1", "2 0 2", "1 1 0", "0 0 0"};
  if (size == 0) return 0;
  const auto combination = tlsa::combination_from_text(kRecords.at(data[0] % kRecords.size()));
  const auto source = tlsa::Source::read({data + 1, size - 1});
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
