// Texts of keys: DNSKEY records and BIND's private key files, from anybody.

#include <cstddef>
#include <cstdint>

#include "store/key_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program of one
                             // function
  const auto text = as_text({data, size});
  const auto zone = dns::name_from_text("example.");
  if (const auto record = store::parse_key_record(text); record) {
    const auto line = store::key_record_text(record->owner, record->dnskey);
    const auto again = store::parse_key_record(line);
    DW_CHECK(again && again->dnskey == record->dnskey, "what is printed is read alike");
    // Not asked whether they are good moments: only that asking is safe.
    static_cast<void>(store::timing_from_notes(*record).has_value());
  }
  static_cast<void>(store::parse_own_record(text, *zone).has_value());
  if (const auto half = store::parse_bind_private(text); half) {
    DW_CHECK(!half->key->public_key().empty(), "a key that was read has a public half");
  }
  return 0;
}
