#include "verify/nsec3.h"

#include <algorithm>
#include <array>

namespace danewerk::verify {

bool operator==(const Nsec3Params& a, const Nsec3Params& b) {
  return a.algorithm == b.algorithm && a.iterations == b.iterations &&
         std::equal(a.salt.begin(), a.salt.end(), b.salt.begin(), b.salt.end());
}

std::optional<Nsec3Fields> read_nsec3param(ByteView rdata) {
  if (rdata.size() < 5 || rdata.size() < 5U + rdata[4]) return std::nullopt;
  Nsec3Fields fields;
  fields.params.algorithm = rdata[0];
  fields.flags = rdata[1];
  fields.params.iterations = load_u16(&rdata[2]);
  fields.params.salt = rdata.subspan(5, rdata[4]);
  return fields;
}

std::optional<Nsec3Fields> read_nsec3(ByteView rdata) {
  auto fields = read_nsec3param(rdata);
  if (!fields) return std::nullopt;
  const ByteView rest = rdata.subspan(5 + fields->params.salt.size());
  if (rest.empty() || rest[0] == 0 || rest.size() < 1U + rest[0]) return std::nullopt;
  fields->next = rest.subspan(1, rest[0]);
  fields->bitmap = rest.subspan(1U + rest[0]);
  return fields;
}

crypto::Digest nsec3_hash(const Nsec3Params& params, const Owner& owner) {
  // Longest input: a name of 255 octets and a salt of 255.
  std::array<std::uint8_t, 512> input{};
  const auto salted = [&](ByteView data) {
    std::copy(data.begin(), data.end(), input.begin());
    std::copy(params.salt.begin(), params.salt.end(),
              input.begin() + static_cast<std::ptrdiff_t>(data.size()));
    return ByteView(input).first(data.size() + params.salt.size());
  };
  auto hash = crypto::digest(crypto::DigestType::kSha1, salted(owner.wire()));
  for (unsigned i = 0; i < params.iterations; ++i) {
    hash = crypto::digest(crypto::DigestType::kSha1, salted(hash.view()));
  }
  return hash;
}

}  // namespace danewerk::verify
