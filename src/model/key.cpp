#include "model/key.h"

#include <algorithm>

namespace danewerk::model {

namespace {

constexpr std::size_t kDnskeyHead = 4;  // flags, protocol, algorithm

bool has_come(const std::optional<sys_seconds>& moment, sys_seconds now) {
  return moment && *moment <= now;
}

}  // namespace

std::string_view to_text(KeyRole role) {
  switch (role) {
    case KeyRole::kKsk:
      return "ksk";
    case KeyRole::kZsk:
      return "zsk";
    case KeyRole::kCsk:
      break;
  }
  return "csk";
}

std::optional<KeyRole> role_from_text(std::string_view text) {
  for (const auto role : {KeyRole::kKsk, KeyRole::kZsk, KeyRole::kCsk}) {
    if (text == to_text(role)) return role;
  }
  return std::nullopt;
}

KeyTag key_tag(ByteView dnskey_rdata) {
  // RFC 4034 appendix B: 16-bit words summed with the carries, the last octet as a high one.
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < dnskey_rdata.size(); ++i) {
    sum += (i & 1U) != 0 ? dnskey_rdata[i] : std::uint32_t{dnskey_rdata[i]} << 8;
  }
  sum += sum >> 16;
  return static_cast<KeyTag>(sum & 0xffffU);
}

Bytes Dnskey::rdata() const {
  Bytes out;
  out.reserve(kDnskeyHead + public_key.size());
  append_u16(out, flags);
  out.push_back(protocol);
  out.push_back(algorithm);
  out.insert(out.end(), public_key.begin(), public_key.end());
  return out;
}

KeyTag Dnskey::tag() const {
  return key_tag(rdata());
}

KeyTag Dnskey::revoked_tag() const {
  auto octets = rdata();
  octets[1] |= static_cast<std::uint8_t>(kRevoked);
  return key_tag(octets);
}

Result<Dnskey> dnskey_from_rdata(ByteView rdata) {
  if (rdata.size() <= kDnskeyHead) return fail(Errc::kBadInput, "DNSKEY record without a key");
  Dnskey key;
  key.flags = load_u16(rdata.data());
  key.protocol = rdata[2];
  key.algorithm = rdata[3];
  const auto octets = rdata.subspan(kDnskeyHead);
  key.public_key.assign(octets.begin(), octets.end());
  if (key.protocol != 3) {
    return fail(Errc::kBadInput, "DNSKEY protocol is not 3 (RFC 4034 section 2.1.2)");
  }
  if ((key.flags & Dnskey::kZoneKey) == 0) {
    return fail(Errc::kBadInput, "DNSKEY is no zone key (RFC 4034 section 2.1.1)");
  }
  return key;
}

Bytes ds_rdata(dns::NameView owner, const Dnskey& key, std::uint8_t digest_type) {
  DW_CHECK(digest_type == kDsSha256 || digest_type == kDsSha384,
           "a digest type that DS are made of");
  Bytes input(owner.wire().begin(), owner.wire().end());
  dns::lower_case(input);
  const auto rdata = key.rdata();
  input.insert(input.end(), rdata.begin(), rdata.end());
  const auto hash = crypto::digest(
      digest_type == kDsSha256 ? crypto::DigestType::kSha256 : crypto::DigestType::kSha384, input);
  Bytes out;
  append_u16(out, key_tag(rdata));
  out.push_back(key.algorithm);
  out.push_back(digest_type);
  out.insert(out.end(), hash.view().begin(), hash.view().end());
  return out;
}

std::string Key::id() const {
  Bytes input{dnskey.algorithm};
  input.insert(input.end(), dnskey.public_key.begin(), dnskey.public_key.end());
  return to_hex(crypto::digest(crypto::DigestType::kSha256, input).view());
}

bool Key::is_published_at(sys_seconds now) const {
  if (timing.is_held_back || has_come(timing.remove, now)) return false;
  return !timing.publish || *timing.publish <= now;
}

bool Key::is_revoked_at(sys_seconds now) const {
  return dnskey.is_revoked() || has_come(timing.revoke, now);
}

bool Key::is_active_at(sys_seconds now) const {
  if (timing.is_held_back || has_come(timing.remove, now)) return false;
  if (is_revoked_at(now)) return is_published_at(now);
  if (has_come(timing.inactive, now)) return false;
  if (timing.activate) return *timing.activate <= now;
  // Only told when to be published: not yet to sign.
  return !timing.publish;
}

Dnskey Key::dnskey_at(sys_seconds now) const {
  Dnskey published = dnskey;
  if (is_revoked_at(now)) published.flags |= Dnskey::kRevoked;
  return published;
}

bool tags_collide(const Dnskey& a, const Dnskey& b) {
  if (a.algorithm != b.algorithm) return false;
  const auto a_plain = a.tag();
  const auto a_revoked = a.revoked_tag();
  const auto b_plain = b.tag();
  const auto b_revoked = b.revoked_tag();
  return a_plain == b_plain || a_plain == b_revoked || a_revoked == b_plain ||
         a_revoked == b_revoked;
}

}  // namespace danewerk::model
