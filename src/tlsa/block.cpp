#include "tlsa/block.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crypto/pem.h"
#include "crypto/signature.h"

namespace danewerk::tlsa {

namespace {

using crypto::CredentialKind;

bool is_equal(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Those that are certificates, requests or public keys, as our own code finds them.
Result<std::vector<Bytes>> octets_of(ByteView octets) {
  if (!crypto::is_pem(octets)) {
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

Result<Block> make_block(crypto::Credential credential, ByteView octets) {
  Block block;
  DW_TRY(block.key_info, own_key_info(credential, octets));
  if (credential.kind == CredentialKind::kCertificate) {
    block.certificate.assign(octets.begin(), octets.end());
  }
  if (!is_equal(block.certificate, credential.certificate) ||
      !is_equal(block.key_info, credential.key_info)) {
    return tl::unexpected(readings_differ(to_text(credential.kind)));
  }
  block.credential = std::move(credential);
  return block;
}

}  // namespace

Result<std::vector<Block>> read_blocks(ByteView octets) {
  DW_TRY(auto credentials, crypto::read_credentials(octets));
  DW_TRY(const auto pieces, octets_of(octets));
  if (pieces.size() != credentials.size()) return tl::unexpected(readings_differ("file"));
  std::vector<Block> blocks;
  blocks.reserve(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    DW_TRY(auto block, make_block(std::move(credentials[i]), pieces[i]));
    blocks.push_back(std::move(block));
  }
  return blocks;
}

Result<Bytes> association_data(const Block& block, Selector selector, Matching matching) {
  const bool is_key = selector == Selector::kKeyInfo;
  const auto& credential = block.credential;
  if (!is_key && !block.is_certificate()) {
    return fail(Errc::kBadInput, fmt::format("a {} is no certificate: only selector 1 can be used",
                                             to_text(credential.kind)));
  }
  const ByteView by_library = is_key ? credential.key_info : credential.certificate;
  if (by_library.empty()) {
    return fail(Errc::kCorrupt, "a record of nothing: the file gave no octets");
  }
  auto data = digest_or_all(matching, by_library);
  if (!is_equal(data, own_association_data(block, selector, matching))) {
    return tl::unexpected(readings_differ(to_text(credential.kind)));
  }
  return data;
}

Bytes own_association_data(const Block& block, Selector selector, Matching matching) {
  const auto& octets = selector == Selector::kKeyInfo ? block.key_info : block.certificate;
  if (octets.empty()) return {};
  return digest_or_all_again(matching, octets);
}

bool names(const Association& association, const Block& block) {
  const auto data = own_association_data(block, association.combination.selector,
                                         association.combination.matching);
  return !data.empty() && data == association.data;
}

Bytes key_digest(const Block& block) {
  return own_association_data(block, Selector::kKeyInfo, Matching::kSha256);
}

}  // namespace danewerk::tlsa
