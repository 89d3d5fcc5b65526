#pragma once

/// \file
/// A certificate, and a catalogue of those above it.

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tlsa/catalogue.h"
#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa::made {

struct CatalogueSite {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  Chain chain = chain_of({&leaf, &authority.issuer});

  [[nodiscard]] static model::Issuer entry(const TestCertificate& certificate, std::string name,
                                           model::IssuerRole role) {
    return {.name = std::move(name),
            .authority = "Tests",
            .role = role,
            .family = model::KeyFamily::kEcdsa,
            .key_digest = key_digest_of(certificate),
            .pem = certificate.pem()};
  }
  [[nodiscard]] std::vector<model::Issuer> entries() const {
    return {entry(authority.issuer, "One", model::IssuerRole::kIssuer),
            entry(authority.root, "Root", model::IssuerRole::kRoot)};
  }
  static Catalogue made(std::vector<model::Issuer> entries) {
    auto read = Catalogue::make(std::move(entries));
    CHECK(read.findings.empty());
    return std::move(read.catalogue);
  }
};

}  // namespace danewerk::tlsa::made
