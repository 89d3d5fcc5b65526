#include "verify/ds.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "crypto/signature.h"

namespace danewerk::verify {

namespace {

struct Ds {
  std::uint16_t tag = 0;
  std::uint8_t algorithm = 0;
  std::uint8_t digest_type = 0;
  ByteView digest;
};

/// What a DS leads to.
enum class Lead : std::uint8_t { kNothing, kKey, kSigner };

std::optional<crypto::DigestType> digest_of(std::uint8_t type) {
  switch (type) {
    case 1:
      return crypto::DigestType::kSha1;
    case 2:
      return crypto::DigestType::kSha256;
    case 4:
      return crypto::DigestType::kSha384;
    default:
      return std::nullopt;
  }
}

std::string to_text(const Ds& ds) {
  return fmt::format("DS {} {} {}", ds.tag, ds.algorithm, ds.digest_type);
}

/// The DS records that a validator would use.
std::vector<Ds> read_usable(const Context& context, Collector& out) {
  std::vector<Ds> usable;
  for (const Bytes& rdata : context.options.ds) {
    if (rdata.size() < 5) {
      out.error(id::kDsFormat, context.apex, [] { return "a DS is too short"; });
      continue;
    }
    const Ds ds{load_u16(rdata.data()), rdata[2], rdata[3], ByteView(rdata).subspan(4)};
    if (digest_of(ds.digest_type)) {
      usable.push_back(ds);
      continue;
    }
    out.add(id::kDsDigestUnknown, Level::kWarning, context.apex,
            [&] { return to_text(ds) + ": its digest type is not known"; });
  }
  // A validator ignores SHA-1 beside a better digest (RFC 4509 section 3).
  const auto is_sha1 = [](const Ds& ds) { return ds.digest_type == 1; };
  if (!std::all_of(usable.begin(), usable.end(), is_sha1)) std::erase_if(usable, is_sha1);
  return usable;
}

/// Whether KEY is what DS was made from (RFC 4034 section 5.1.4).
bool is_made_from(const Ds& ds, const PublishedKey& key, const Owner& apex) {
  if (ds.tag != key.tag || ds.algorithm != key.algorithm || !key.is_zone_key) return false;
  const auto type = digest_of(ds.digest_type);
  if (!type) return false;
  crypto::DigestStream stream(*type);
  stream.update(apex.wire());
  stream.update(key.rdata);
  const auto digest = stream.finish();
  return std::ranges::equal(digest.view(), ds.digest);
}

Lead follow(const Context& context, const Ds& ds, const std::vector<std::size_t>& signers) {
  Lead lead = Lead::kNothing;
  for (std::size_t i = 0; i < context.keys.keys.size(); ++i) {
    if (context.keys.keys[i].is_recorded) continue;
    if (!is_made_from(ds, context.keys.keys[i], context.apex)) continue;
    // Of an algorithm that nobody here knows, the signature cannot be checked.
    const bool is_signer = std::find(signers.begin(), signers.end(), i) != signers.end() ||
                           !is_checkable(ds.algorithm);
    if (is_signer) return Lead::kSigner;
    lead = Lead::kKey;
  }
  return lead;
}

}  // namespace

void check_ds(const Context& context, const std::vector<std::size_t>& signers, Collector& out) {
  struct Followed {
    Ds ds;
    Lead lead;
  };
  std::vector<Followed> set;
  for (const Ds& ds : read_usable(context, out)) set.push_back({ds, follow(context, ds, signers)});
  const auto leads_further = [&](const Followed& one) {
    return std::any_of(set.begin(), set.end(), [&](const Followed& other) {
      return other.ds.algorithm == one.ds.algorithm && other.lead > one.lead;
    });
  };
  for (const Followed& one : set) {
    if (one.lead == Lead::kSigner) continue;
    // Another DS of the algorithm may do: a key's DS can be there before the key and after it.
    const bool has_other = leads_further(one);
    const Level level = has_other ? Level::kWarning : Level::kError;
    if (one.lead == Lead::kNothing) {
      out.add(id::kDsMismatch, level, context.apex,
              [&] { return to_text(one.ds) + " matches no DNSKEY"; });
    } else {
      out.add(id::kDsNotSigning, level, context.apex, [&] {
        return to_text(one.ds) + " matches a DNSKEY that does not validly sign DNSKEY";
      });
    }
  }
}

}  // namespace danewerk::verify
