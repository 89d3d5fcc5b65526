#pragma once

/// \file
/// Chains and records of certificates made for a test.

#include <initializer_list>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/certificates.h"
#include "support/result.h"
#include "tlsa/chain.h"

namespace danewerk::tlsa::made {

using support::kCertificateTime;
using support::TestAuthority;
using support::TestCertificate;
using support::TestRole;
using support::TestWish;

inline std::string pem_of(std::initializer_list<const TestCertificate*> certificates) {
  std::string text;
  for (const auto* certificate : certificates) text += certificate->pem();
  return text;
}

inline ReadChain read(const std::string& certificates, const std::string& key = {}) {
  HandedOver handed{.certificates = {{"fullchain.pem", as_bytes(certificates)}}};
  if (!key.empty()) handed.key = {"privkey.pem", as_bytes(key)};
  return read_chain(handed);
}

/// A chain without anything to say about it.
inline Chain chain_of(std::initializer_list<const TestCertificate*> certificates) {
  auto made = read(pem_of(certificates));
  REQUIRE(made.chain.has_value());
  return *std::move(made.chain);
}

inline Combination combination(std::string_view text) {
  return test::good(combination_from_text(text));
}

/// "3 1 1" of a certificate, whether it is a server's or an issuer's.
inline Association record(std::string_view text, const TestCertificate& certificate) {
  const auto parsed = combination(text);
  const auto blocks = test::good(read_blocks(as_bytes(certificate.pem())));
  return {parsed, test::good(association_data(blocks.front(), parsed.selector, parsed.matching))};
}

inline Bytes key_digest_of(const TestCertificate& certificate) {
  return key_digest(test::good(read_blocks(as_bytes(certificate.pem()))).front());
}

}  // namespace danewerk::tlsa::made
