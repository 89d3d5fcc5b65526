#include "verify/keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "crypto/signature.h"

namespace danewerk::verify {

namespace {

constexpr std::uint16_t kZoneKeyFlag = 0x0100;
constexpr std::uint16_t kRevokeFlag = 0x0080;
constexpr std::uint16_t kSepFlag = 0x0001;
constexpr std::uint8_t kRsaMd5 = 1;

/// Whether the key can serve; reports why not.
bool read_key(ByteView rdata, const Owner& apex, PublishedKey& key, Collector& out) {
  if (rdata.size() < 5) {
    out.error(id::kDnskeyFormat, apex, [] { return "a DNSKEY is too short"; });
    return false;
  }
  const std::uint16_t flags = load_u16(rdata.data());
  key.rdata = rdata;
  key.algorithm = rdata[3];
  key.tag = key_tag(rdata);
  key.is_revoked = (flags & kRevokeFlag) != 0;
  key.is_sep = (flags & kSepFlag) != 0;
  key.is_zone_key = (flags & kZoneKeyFlag) != 0 && rdata[2] == 3;
  if (rdata[2] != 3) {
    out.error(id::kDnskeyProtocol, apex, [&] {
      return fmt::format("key {} has protocol {} instead of 3 (RFC 4034 section 2.1.2)", key.tag,
                         rdata[2]);
    });
  } else if (!key.is_zone_key) {
    out.add(id::kDnskeyNotZoneKey, Level::kWarning, apex, [&] {
      return fmt::format("key {} is not a zone key: its signatures do not count", key.tag);
    });
  }
  return true;
}

/// Whether the octets are a key of their algorithm; reports when not.
void check_octets(const PublishedKey& key, const Owner& apex, Collector& out) {
  if (!is_checkable(key.algorithm)) {
    out.add(id::kAlgorithmUnknown, Level::kWarning, apex, [&] {
      return fmt::format("signatures by key {} cannot be checked: algorithm {} is not known",
                         key.tag, key.algorithm);
    });
    return;
  }
  const auto parsed = crypto::PublicKey::from_dnskey(key.algorithm, key.public_key());
  if (parsed) return;
  out.error(id::kDnskeyFormat, apex, [&] {
    return fmt::format("key {} cannot be read: {}", key.tag, parsed.error().message());
  });
}

}  // namespace

std::uint16_t key_tag(ByteView rdata) {
  // RFC 4034 appendix B.1: algorithm 1 takes its tag from the modulus.
  if (rdata.size() >= 7 && rdata[3] == kRsaMd5) return load_u16(&rdata[rdata.size() - 3]);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < rdata.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{rdata[i]} << 8 : rdata[i];
  }
  sum += sum >> 16;
  return static_cast<std::uint16_t>(sum);
}

bool is_checkable(std::uint8_t algorithm) {
  switch (static_cast<crypto::Algorithm>(algorithm)) {
    case crypto::Algorithm::kRsaSha1:
    case crypto::Algorithm::kRsaSha1Nsec3:
    case crypto::Algorithm::kRsaSha256:
    case crypto::Algorithm::kRsaSha512:
    case crypto::Algorithm::kEcdsaP256:
    case crypto::Algorithm::kEcdsaP384:
    case crypto::Algorithm::kEd25519:
    case crypto::Algorithm::kEd448:
      return true;
  }
  return false;
}

KeySet read_keys(dns::NodeView apex_node, const Owner& apex, std::span<const Bytes> recorded,
                 Collector& out) {
  KeySet set;
  const auto rrset = apex_node.find(dns::RrType::kDnskey);
  if (rrset) {
    for (const ByteView rdata : rrset->rdata) {
      PublishedKey key;
      if (!read_key(rdata, apex, key, out)) continue;
      check_octets(key, apex, out);
      set.keys.push_back(key);
      if (key.is_zone_key && !key.is_revoked) set.algorithms.push_back(key.algorithm);
    }
  }
  for (const auto& rdata : recorded) {
    PublishedKey key;
    const bool is_published = std::any_of(set.keys.begin(), set.keys.end(), [&](const auto& other) {
      return as_text(other.rdata) == as_text(ByteView(rdata));
    });
    if (is_published || !read_key(rdata, apex, key, out)) continue;
    key.is_recorded = true;
    set.keys.push_back(key);
  }
  std::sort(set.algorithms.begin(), set.algorithms.end());
  set.algorithms.erase(std::unique(set.algorithms.begin(), set.algorithms.end()),
                       set.algorithms.end());
  if (set.algorithms.empty()) {
    out.error(id::kNoDnskey, apex,
              [] { return "no DNSKEY that can sign the zone: signatures are not checked"; });
  }
  return set;
}

}  // namespace danewerk::verify
