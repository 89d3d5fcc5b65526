#include "crypto/decoded_certificate.h"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace danewerk::crypto {

namespace {

/// Enough for the certificates of a large mail host; those of the services that are looked at
/// come from others, who must not fill the memory.
constexpr std::size_t kMostKept = 256;
constexpr std::size_t kLargestKept = 16UL * 1024;

struct Kept {
  std::mutex mutex;
  std::map<Bytes, CertificatePtr> by_octets;
};

/// Never destroyed: OpenSSL cleans up by itself at the end of the process, and may have done so.
Kept& kept() {
  static Kept& all = *std::make_unique<Kept>().release();
  return all;
}

CertificatePtr another(X509* certificate) {
  return CertificatePtr(X509_up_ref(certificate) == 1 ? certificate : nullptr);
}

CertificatePtr decode(ByteView der) {
  const unsigned char* at = der.data();
  CertificatePtr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate != nullptr && at != der.data() + der.size()) certificate.reset();
  return certificate;
}

}  // namespace

CertificatePtr decoded_certificate(ByteView der) {
  if (der.size() > kLargestKept) return decode(der);
  Bytes octets(der.begin(), der.end());
  auto& all = kept();
  {
    const std::scoped_lock lock(all.mutex);
    const auto known = all.by_octets.find(octets);
    if (known != all.by_octets.end()) return another(known->second.get());
  }
  auto certificate = decode(der);
  if (certificate == nullptr) return certificate;
  auto copy = another(certificate.get());
  const std::scoped_lock lock(all.mutex);
  // Those that are in use are decoded again when they are asked for next.
  if (all.by_octets.size() >= kMostKept) all.by_octets.clear();
  all.by_octets.try_emplace(std::move(octets), std::move(copy));
  return certificate;
}

}  // namespace danewerk::crypto
