// RDATA of any type, as text and as octets. The first two octets are the type.

#include <cstddef>
#include <cstdint>

#include "dns/rdata_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program of one
                             // function
  if (size < 2) return 0;
  const auto type = static_cast<dns::RrType>(load_u16(data));
  const ByteView rest(data + 2, size - 2);
  const auto origin = dns::name_from_text("example.");
  const dns::NameView base = *origin;

  if (const auto read = dns::rdata_from_text(type, as_text(rest), &base)) {
    DW_CHECK(dns::is_well_formed_rdata(type, *read), "what is read is well-formed");
    const auto again = dns::rdata_from_text(type, dns::rdata_to_text(type, *read), nullptr);
    DW_CHECK(again && *again == *read, "what is printed is read as the same");
  }
  const std::string text = dns::rdata_to_text(type, rest);
  const auto back = dns::rdata_from_text(type, text, nullptr);
  const bool is_same = back && as_text(*back) == as_text(rest);
  DW_CHECK(is_same == dns::is_well_formed_rdata(type, rest), "well-formed octets come back");
  return 0;
}
