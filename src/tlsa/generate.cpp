#include "tlsa/generate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crypto/signature.h"

namespace danewerk::tlsa {

namespace {

using crypto::CredentialKind;

bool is_equal(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Blocks that are certificates, requests or public keys, as our own code finds them.
Result<std::vector<Bytes>> blocks_of(ByteView octets) {
  if (as_text(octets).find("-----BEGIN ") == std::string_view::npos) {
    return std::vector<Bytes>{Bytes(octets.begin(), octets.end())};
  }
  DW_TRY(auto blocks, crypto::pem_blocks(as_text(octets)));
  std::vector<Bytes> out;
  for (auto& block : blocks) {
    // A private key has no octets here: what stands for it is written from its numbers.
    const bool counts = block.label.ends_with("CERTIFICATE") ||
                        block.label.ends_with("CERTIFICATE REQUEST") ||
                        block.label.ends_with("PRIVATE KEY") || block.label == "PUBLIC KEY";
    if (counts) out.push_back(std::move(block.octets));
  }
  return out;
}

/// The public key, not by the library's encoder.
Result<Bytes> own_key_info(const crypto::Credential& credential, ByteView octets) {
  const auto copy = [](Result<ByteView> slice) -> Result<Bytes> {
    if (!slice) return tl::unexpected(std::move(slice).error());
    return Bytes(slice->begin(), slice->end());
  };
  switch (credential.kind) {
    case CredentialKind::kCertificate:
      return copy(crypto::slice_certificate_key(octets));
    case CredentialKind::kRequest:
      return copy(crypto::slice_request_key(octets));
    case CredentialKind::kPublicKey:
      return Bytes(octets.begin(), octets.end());
    case CredentialKind::kPrivateKey:
      break;
  }
  if (!credential.numbers) {
    return fail(Errc::kBadInput,
                fmt::format("private keys of type {} are not supported", credential.key_type),
                "give the certificate instead");
  }
  return crypto::write_key_info(*credential.numbers);
}

Bytes digest_or_all(Matching matching, ByteView input) {
  if (matching == Matching::kFull) return {input.begin(), input.end()};
  const auto type =
      matching == Matching::kSha256 ? crypto::DigestType::kSha256 : crypto::DigestType::kSha512;
  const auto hash = crypto::digest(type, input);
  return {hash.view().begin(), hash.view().end()};
}

/// The same through the other door of the digest.
Bytes digest_or_all_again(Matching matching, ByteView input) {
  if (matching == Matching::kFull) return {input.begin(), input.end()};
  crypto::DigestStream stream(matching == Matching::kSha256 ? crypto::DigestType::kSha256
                                                            : crypto::DigestType::kSha512);
  stream.update(input.first(input.size() / 2));
  stream.update(input.subspan(input.size() / 2));
  const auto hash = stream.finish();
  return {hash.view().begin(), hash.view().end()};
}

Error readings_differ(std::string_view what) {
  return {Errc::kCorrupt, fmt::format("two readings of the {} differ", what),
          "convert the file with openssl x509, req or pkey, and try again"};
}

}  // namespace

Result<Source::Item> Source::make_item(crypto::Credential credential, ByteView octets) {
  Item item;
  DW_TRY(item.key_info, own_key_info(credential, octets));
  if (credential.kind == CredentialKind::kCertificate) {
    item.certificate.assign(octets.begin(), octets.end());
  }
  if (!is_equal(item.certificate, credential.certificate) ||
      !is_equal(item.key_info, credential.key_info)) {
    return tl::unexpected(readings_differ(to_text(credential.kind)));
  }
  item.credential = std::move(credential);
  return item;
}

Result<Source> Source::read(ByteView octets) {
  DW_TRY(auto credentials, crypto::read_credentials(octets));
  DW_TRY(const auto blocks, blocks_of(octets));
  if (blocks.size() != credentials.size()) return tl::unexpected(readings_differ("file"));
  Source source;
  std::vector<Item> others;
  for (std::size_t i = 0; i < credentials.size(); ++i) {
    const bool is_certificate = credentials[i].kind == CredentialKind::kCertificate;
    DW_TRY(auto item, make_item(std::move(credentials[i]), blocks[i]));
    (is_certificate ? source.items_ : others).push_back(std::move(item));
  }
  if (source.items_.empty()) {
    if (others.size() > 1) {
      return fail(Errc::kBadInput, "the file holds several keys or requests: which one is meant?");
    }
    source.items_ = std::move(others);
    return source;
  }
  for (const auto& other : others) {
    if (!is_equal(other.key_info, source.items_.front().key_info)) {
      return fail(Errc::kBadInput, fmt::format("the {} in the file is not that of its certificate",
                                               to_text(other.credential.kind)));
    }
  }
  return source;
}

Result<Source> Source::open(const Path& file) {
  constexpr std::uint64_t kMaxOctets = 1U << 20;
  DW_TRY(auto text, read_file(file, kMaxOctets));
  auto source = read(as_bytes(text));
  // There may have been a private key in it.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!source) return tl::unexpected(std::move(source).error().in(file.string()));
  return source;
}

Result<const Source::Item*> Source::item_for(Usage usage) const {
  const auto& first = items_.front();
  if (!Combination{.usage = usage}.names_issuer()) return &first;
  if (first.credential.kind != CredentialKind::kCertificate) {
    return fail(Errc::kBadInput,
                fmt::format("a {} has no issuer: usages 0 and 2 need a certificate",
                            to_text(first.credential.kind)));
  }
  if (first.credential.is_ca) return &first;
  for (auto item = items_.begin() + 1; item != items_.end(); ++item) {
    if (crypto::is_signed_by(first.credential, item->credential)) return &*item;
  }
  return fail(Errc::kBadInput,
              fmt::format("the file has no certificate of the issuer, {}", first.credential.issuer),
              "give the whole chain, such as fullchain.pem, or the issuer's certificate itself");
}

Result<const crypto::Credential*> Source::subject_of(Usage usage) const {
  DW_TRY(const auto* item, item_for(usage));
  return &item->credential;
}

Result<Association> generate(const Source& source, const Combination& combination) {
  DW_TRY(const auto* item, source.item_for(combination.usage));
  const auto& credential = item->credential;
  const bool is_key = combination.selector == Selector::kKeyInfo;
  if (!is_key && credential.kind != CredentialKind::kCertificate) {
    return fail(Errc::kBadInput, fmt::format("a {} is no certificate: only selector 1 can be used",
                                             to_text(credential.kind)));
  }
  const ByteView by_library = is_key ? credential.key_info : credential.certificate;
  const ByteView by_us = is_key ? item->key_info : item->certificate;
  if (by_library.empty() || by_us.empty()) {
    return fail(Errc::kCorrupt, "a record of nothing: the file gave no octets");
  }
  Association out{combination, digest_or_all(combination.matching, by_library)};
  if (!is_equal(out.data, digest_or_all_again(combination.matching, by_us))) {
    return tl::unexpected(readings_differ(to_text(credential.kind)));
  }
  return out;
}

}  // namespace danewerk::tlsa
