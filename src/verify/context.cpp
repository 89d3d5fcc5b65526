#include "verify/context.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "verify/chain_check.h"
#include "verify/ds.h"
#include "verify/signature_check.h"
#include "verify/walk.h"

namespace danewerk::verify {

using dns::RrType;

namespace {

void read_soa(Context& context, Collector& out) {
  const auto rrset = context.zone.apex_node().find(RrType::kSoa);
  if (!rrset || rrset->rdata.empty()) {
    out.error(id::kNoSoa, context.apex, [] { return "no SOA at the apex"; });
    return;
  }
  if (rrset->rdata.size() != 1) {
    out.error(id::kSoaCount, context.apex, [] { return "more than one SOA"; });
  }
  ByteView rest = rrset->rdata.front();
  for (int i = 0; i < 2; ++i) rest = rest.subspan(name_length(rest));
  constexpr std::size_t kNumbers = 20;  // serial, refresh, retry, expire, minimum
  if (rest.size() != kNumbers) {
    out.error(id::kNoSoa, context.apex, [] { return "SOA cannot be read"; });
    return;
  }
  context.has_soa = true;
  context.soa_ttl = rrset->ttl;
  context.soa_serial = load_u32(rest.data());
  context.soa_minimum = load_u32(&rest[16]);
}

}  // namespace

void check_dnskey(const Context& context, Collector& out) {
  const auto rrset = context.zone.apex_node().find(RrType::kDnskey);
  SignatureCheck signatures(context.keys, context.apex, context.now);
  if (rrset && !rrset->rdata.empty()) {
    ++out.counts.rrsets_visited;
    signatures.check(context.apex, *rrset, out);
  }
  const auto& signers = signatures.valid_keys();
  const auto is_signer = [&](std::size_t i) {
    return std::find(signers.begin(), signers.end(), i) != signers.end();
  };
  bool has_sep = false;
  bool has_signing_sep = false;
  for (std::size_t i = 0; i < context.keys.keys.size(); ++i) {
    const PublishedKey& key = context.keys.keys[i];
    if (key.is_recorded || !is_checkable(key.algorithm)) continue;
    if (key.is_revoked && !is_signer(i)) {
      out.add(id::kRevokedNotSelfSigned, Level::kWarning, context.apex, [&] {
        return fmt::format("revoked key {} does not sign DNSKEY (RFC 5011 section 2.1)", key.tag);
      });
    }
    if (!key.is_sep || key.is_revoked) continue;
    has_sep = true;
    has_signing_sep = has_signing_sep || is_signer(i);
  }
  if (context.options.ds.empty() && has_sep && !has_signing_sep && !signers.empty()) {
    out.add(id::kSepNotSigning, Level::kWarning, context.apex,
            [] { return "DNSKEY is signed by none of the keys that a DS would name"; });
  }
  if (!context.options.ds.empty() && !context.keys.keys.empty()) check_ds(context, signers, out);
}

namespace {

bool has_nsec_anywhere(const dns::Zone& zone) {
  dns::Tree::Cursor names(zone.names());
  for (bool valid = names.first(); valid; valid = names.next()) {
    if (dns::NodeView(names.entry().value).has(RrType::kNsec)) return true;
  }
  return false;
}

/// The parameters that most of the first three readable records have: one record that was
/// tampered with does not decide what the others are held against.
std::optional<Nsec3Params> chain_params(const dns::Zone& zone) {
  std::array<Nsec3Params, 3> sample;
  std::size_t count = 0;
  dns::Tree::Cursor records(zone.denial());
  for (bool valid = records.first(); valid && count < sample.size(); valid = records.next()) {
    const ChainRecord record = read_chain_record(records.entry().value);
    if (record.fields) sample.at(count++) = record.fields->params;
  }
  if (count == 0) return std::nullopt;
  return count == 3 && sample[1] == sample[2] ? sample[1] : sample[0];
}

void check_nsec3param(const Context& context, Collector& out) {
  const auto rrset = context.zone.apex_node().find(RrType::kNsec3Param);
  if (!rrset || rrset->rdata.empty()) {
    out.error(id::kNsec3ParamMissing, context.apex, [] {
      return "no NSEC3PARAM: secondaries cannot find the chain (RFC 5155 section 4)";
    });
    return;
  }
  for (const ByteView rdata : rrset->rdata) {
    const auto fields = read_nsec3param(rdata);
    const bool is_whole = fields && rdata.size() == 5 + fields->params.salt.size();
    if (!is_whole || !(fields->params == context.nsec3)) {
      out.error(id::kNsec3ParamMismatch, context.apex, [&] {
        return fmt::format("NSEC3PARAM {} does not agree with the chain: {} iterations, salt '{}'",
                           to_hex(rdata), context.nsec3.iterations, to_hex(context.nsec3.salt));
      });
    } else if (fields->flags != 0) {
      out.error(id::kNsec3ParamFlags, context.apex, [&] {
        return fmt::format("NSEC3PARAM has flags {}: servers ignore it (RFC 5155 section 4.1.2)",
                           fields->flags);
      });
    }
  }
}

void check_nsec3_choice(const Context& context, Collector& out) {
  if (context.nsec3.algorithm != kSha1Hash) {
    out.error(id::kNsec3Params, context.apex, [&] {
      return fmt::format("hash algorithm {} is not known", context.nsec3.algorithm);
    });
  }
  constexpr unsigned kSomeValidators = 50;
  constexpr unsigned kAllValidators = 150;
  if (context.nsec3.iterations > kSomeValidators) {
    out.add(id::kNsec3Iterations, Level::kWarning, context.apex, [&] {
      return fmt::format(
          "{} iterations: {} take the zone as insecure (RFC 9276 section 3.2)",
          context.nsec3.iterations,
          context.nsec3.iterations > kAllValidators ? "validators" : "some validators");
    });
  }
  constexpr std::uint8_t kRsaSha1 = 5;
  for (const std::uint8_t algorithm : context.keys.algorithms) {
    if (algorithm > kRsaSha1) continue;
    out.add(id::kNsec3Algorithm, Level::kWarning, context.apex, [&] {
      return fmt::format("algorithm {} does not announce NSEC3 (RFC 5155 section 2)", algorithm);
    });
  }
}

void read_denial(Context& context, Collector& out) {
  const dns::NodeView apex = context.zone.apex_node();
  const auto params = chain_params(context.zone);
  const bool has_param = apex.has(RrType::kNsec3Param);
  // A stray NSEC3 does not make an NSEC zone another one: NSEC at the apex and no NSEC3PARAM count.
  if (params && (has_param || !apex.has(RrType::kNsec))) {
    context.denial = Denial::kNsec3;
    context.nsec3 = *params;
    check_nsec3param(context, out);
    check_nsec3_choice(context, out);
    return;
  }
  if (apex.has(RrType::kNsec) || has_nsec_anywhere(context.zone)) {
    context.denial = Denial::kNsec;
  } else {
    out.error(id::kNoDenial, context.apex, [] { return "neither NSEC nor NSEC3"; });
  }
  if (!has_param) return;
  out.error(id::kNsec3ParamExtra, context.apex, [] {
    return "NSEC3PARAM without a chain of NSEC3: servers would deny with what is not there";
  });
}

}  // namespace

Context::Context(const dns::Zone& checked, const VerifyOptions& chosen)
    : zone(checked), options(chosen), now(to_rrsig_time(chosen.at)) {
  apex.assign_wire(checked.apex().wire());
}

void read_apex(Context& context, Collector& out) {
  read_soa(context, out);
  context.keys = read_keys(context.zone.apex_node(), context.apex, context.options.recorded, out);
  read_denial(context, out);
}

void check_denial_ttl(const Context& context, const Owner& owner, std::uint32_t ttl,
                      Collector& out) {
  if (!context.has_soa) return;
  const std::uint32_t right = std::min(context.soa_ttl, context.soa_minimum);
  if (ttl == right) return;
  const bool is_former = ttl == context.soa_minimum;
  const bool is_short = ttl < right;
  const Level level = is_former ? Level::kInfo : (is_short ? Level::kWarning : Level::kError);
  out.add(id::kDenialTtl, level, owner, [&] {
    return fmt::format(
        "TTL {} instead of {}, the lesser of SOA TTL and SOA MINIMUM (RFC 9077 section 3)", ttl,
        right);
  });
}

}  // namespace danewerk::verify
