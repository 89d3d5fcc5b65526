#include "tlsa/generate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace danewerk::tlsa {

Result<Source> Source::read(ByteView octets, Holds holds) {
  DW_TRY(auto blocks, read_blocks(octets));
  Source source;
  source.holds_ = holds;
  std::vector<Block> others;
  for (auto& block : blocks) {
    const bool is_certificate = block.is_certificate();
    (is_certificate ? source.blocks_ : others).push_back(std::move(block));
  }
  if (source.blocks_.empty()) {
    if (others.size() > 1) {
      return fail(Errc::kBadInput, "the file holds several keys or requests: which one is meant?");
    }
    source.blocks_ = std::move(others);
    return source;
  }
  for (const auto& other : others) {
    if (other.key_info != source.blocks_.front().key_info) {
      return fail(Errc::kBadInput, fmt::format("the {} in the file is not that of its certificate",
                                               to_text(other.credential.kind)));
    }
  }
  return source;
}

Result<Source> Source::open(const Path& file, Holds holds) {
  constexpr std::uint64_t kMaxOctets = 1U << 20;
  DW_TRY(auto text, read_file(file, kMaxOctets));
  auto source = read(as_bytes(text), holds);
  // There may have been a private key in it.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!source) return tl::unexpected(std::move(source).error().in(file.string()));
  return source;
}

Result<const Block*> Source::block_of(Usage usage) const {
  const auto& first = blocks_.front();
  if (!Combination{.usage = usage}.names_issuer()) return &first;
  if (!first.is_certificate()) {
    return fail(Errc::kBadInput,
                fmt::format("a {} has no issuer: usages 0 and 2 need a certificate",
                            to_text(first.credential.kind)));
  }
  const auto& credential = first.credential;
  const bool is_authority = credential.is_ca && credential.dns_names.empty();
  if (holds_ == Holds::kIssuer && is_authority) return &first;
  for (auto block = blocks_.begin() + 1; block != blocks_.end(); ++block) {
    if (block->key_info == first.key_info) continue;
    if (crypto::is_signed_by(first.credential, block->credential)) return &*block;
  }
  const std::string_view hint =
      is_authority ? "--record '2 1 1' alone makes the record of an authority's own certificate"
      : credential.is_self_issued
          ? "'3 1 1' is the record of what signed itself"
          : "give the whole chain, such as fullchain.pem, or the issuer's certificate itself";
  return fail(Errc::kBadInput,
              credential.is_self_issued
                  ? fmt::format("the certificate of {} signed itself: it has no issuer above it",
                                credential.subject)
                  : fmt::format("the file has no certificate of the issuer, {}", credential.issuer),
              std::string(hint));
}

Result<Association> generate(const Source& source, const Combination& combination) {
  DW_TRY(const auto* block, source.block_of(combination.usage));
  DW_TRY(auto data, association_data(*block, combination.selector, combination.matching));
  return Association{combination, std::move(data)};
}

}  // namespace danewerk::tlsa
