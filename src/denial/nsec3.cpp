#include "denial/nsec3.h"

#include <algorithm>

#include "crypto/signature.h"
#include "denial/type_bitmap.h"

namespace danewerk::denial {

Hash nsec3_hash(dns::NameView name, const model::DenialParameters& parameters) {
  // x is at most 255 octets of name or 20 of hash, the salt at most 255.
  std::array<std::uint8_t, 512> input;
  std::size_t size = name.size();
  std::copy(name.wire().begin(), name.wire().end(), input.begin());
  Hash hash{};
  for (unsigned i = 0; i <= parameters.iterations; ++i) {
    std::copy(parameters.salt.begin(), parameters.salt.end(),
              input.begin() + static_cast<std::ptrdiff_t>(size));
    const auto digest = crypto::digest(crypto::DigestType::kSha1,
                                       ByteView(input).first(size + parameters.salt.size()));
    std::copy_n(digest.octets.begin(), hash.size(), hash.begin());
    std::copy(hash.begin(), hash.end(), input.begin());
    size = hash.size();
  }
  return hash;
}

Hash nsec3_hash(std::string_view key, dns::NameView apex,
                const model::DenialParameters& parameters) {
  auto name = dns::name_from_sort_key(key, apex);
  if (dns::has_upper_case(name.view())) {  // the apex keeps its case
    dns::lower_case(std::span(name.octets).first(name.size));
  }
  return nsec3_hash(name.view(), parameters);
}

namespace {

/// The fields that NSEC3 and NSEC3PARAM share: hash algorithm, flags, iterations, salt.
void append_parameters(Bytes& out, const model::DenialParameters& parameters, std::uint8_t flags) {
  out.push_back(kHashSha1);
  out.push_back(flags);
  append_u16(out, parameters.iterations);
  out.push_back(static_cast<std::uint8_t>(parameters.salt.size()));
  out.insert(out.end(), parameters.salt.begin(), parameters.salt.end());
}

}  // namespace

void nsec3_rdata(Bytes& out, dns::NodeView node, dns::Standing standing, ByteView next,
                 const model::DenialParameters& parameters) {
  out.clear();
  append_parameters(out, parameters, parameters.opt_out ? kOptOutFlag : 0);
  out.push_back(static_cast<std::uint8_t>(next.size()));
  out.insert(out.end(), next.begin(), next.end());
  append_type_bitmap(out, node, standing, model::DenialKind::kNsec3);
}

Bytes nsec3param_rdata(const model::DenialParameters& parameters) {
  Bytes out;
  append_parameters(out, parameters, 0);
  return out;
}

dns::Ttl denial_ttl(const dns::Zone& zone) {
  const auto soa = zone.apex_node().find(dns::RrType::kSoa);
  DW_CHECK(soa && !soa->rdata.empty() && soa->rdata.front().size() >= 22,
           "a zone to be signed has an SOA");
  const auto rdata = soa->rdata.front();
  return std::min(soa->ttl, load_u32(rdata.data() + rdata.size() - 4));
}

}  // namespace danewerk::denial
