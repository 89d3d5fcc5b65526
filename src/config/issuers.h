#pragma once

/// \file
/// Files of issuers: YAML into entries, with all that is wrong with it. What the certificates in
/// them really are is for tlsa::Catalogue to say.
///
///   authority: Let's Encrypt          of all entries that do not have their own
///   issuers:
///     - name: YE1
///       role: issuer                  issuer, root, cross
///       family: ecdsa                 rsa, ecdsa
///       state: active                 active, backup, retired, expired, staging, revoked
///       spki-sha256: 6ebc...          64 hexadecimal digits
///       from: where it was taken from
///       certificate: |                PEM
///         -----BEGIN CERTIFICATE-----

#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/finding.h"
#include "model/issuer.h"

namespace danewerk::config {

struct ReadIssuers {
  std::vector<model::Issuer> issuers;  ///< those without errors, in the order of the files
  Findings findings;
};

/// Reads a file of issuers; refused (CONFIG-ACCESS) when others than root or we can write it.
ReadIssuers read_issuers(const Path& file);
/// The same for a text; FILE is where it is taken to stand.
ReadIssuers read_issuers_text(std::string_view text, const Path& file);

/// All files: those that came with danewerk, by name, then these, in their order.
ReadIssuers read_all_issuers(const std::vector<Path>& files);
/// Where the files that came with danewerk are installed.
Path shipped_issuers();

}  // namespace danewerk::config
