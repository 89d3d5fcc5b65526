#pragma once

/// \file
/// What a configuration says that is possible and still harms: findings POLICY-*, documented in
/// danewerk-findings(7). Pure; thread-safe.

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "config/config.h"
#include "model/policy.h"

namespace danewerk::config {

/// What has to be known of a zone's content.
struct ZoneFacts {
  seconds soa_expire{0};
  seconds largest_ttl{0};        ///< of all that will be signed, denial and DNSKEY included
  std::size_t owner_octets = 1;  ///< of the apex in wire form
};

/// What a policy says by itself, told once and not for each zone: POLICY-NSEC3-ITERATIONS,
/// POLICY-SERIAL-KEEP.
Findings lint_policy(const model::Policy& policy, const Place& place);

/// What a zone's configuration says by itself: POLICY-NO-TSIG.
Findings lint_zone(const ZoneConfig& zone);

/// A policy on a zone: POLICY-REFRESH-SHORT, POLICY-VALIDITY-SHORT, POLICY-EXPIRE-LONG,
/// POLICY-LIFETIME-SHORT, POLICY-TTL-ABOVE-LIMIT, POLICY-DNSKEY-LARGE, POLICY-DNSKEY-FRAGMENTS.
Findings lint_content(const ZoneConfig& zone, const model::Policy& policy, const ZoneFacts& facts);

/// What a certificate's configuration says by itself: TLSA-D01, TLSA-D06, TLSA-D14,
/// CONFIG-ISSUER-ONLY, CONFIG-ISSUER-SELECTOR, CONFIG-LESS-CARE, CONFIG-UNUSED.
Findings lint_certificate(const Certificate& certificate);

/// Certificates with an `update` that nothing needs: CONFIG-UNUSED.
Findings lint_updates(const Config& config);

/// Certificates of one owner that wait for each other: CONFIG-RECORDS-DIFFER.
Findings lint_neighbours(const Config& config);

/// All of a configuration that needs no zone to be read; POLICY-UNUSED besides.
Findings lint_config(const Config& config);

/// How many octets the answer to a DNSKEY query takes, EDNS included, in a phase of a policy's
/// life.
struct DnskeyAnswer {
  std::string_view phase;  ///< "at rest", "while a ZSK is rolled", ...
  std::size_t octets = 0;
};
/// The phases that a policy goes through, algorithm rolls apart.
std::vector<DnskeyAnswer> project_dnskey_answers(const model::Policy& policy,
                                                 std::size_t owner_octets);

/// A key in the answer to a DNSKEY query.
struct AnswerKey {
  std::uint8_t algorithm = 0;
  unsigned bits = 0;  ///< of an RSA modulus
  bool is_published = true;
  bool signs_dnskey = false;
};
/// Octets of that answer, EDNS included.
std::size_t dnskey_answer_octets(const std::vector<AnswerKey>& keys, std::size_t owner_octets);

/// How long a roll takes from its first step to its last when nobody is slow: the sum of the
/// intervals of RFC 7583 sections 3.2.1, 3.3.1 and 3.3.3. For a CSK, `zsk_roll_span` counts, too.
seconds zsk_roll_span(const model::Policy& policy, seconds largest_ttl);
seconds ksk_roll_span(const model::Policy& policy);

}  // namespace danewerk::config
