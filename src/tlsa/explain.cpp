#include "tlsa/explain.h"

#include <array>

namespace danewerk::tlsa {

namespace {

/// The place is the number (RFC 6698 section 2.1, RFC 7671 section 5).
constexpr std::array<std::string_view, 4> kUsages{
    "an issuer, who must be an authority that the client trusts anyway; names and dates count",
    "the server's own, whose issuer must be an authority that the client trusts anyway; names and "
    "dates count",
    "an issuer, whoever that is: the server has to send its certificate, and names and dates count",
    "the server's own, and nothing else: no issuer, no name and no date counts"};
constexpr std::array<std::string_view, 2> kSelectors{
    "of the whole certificate, which changes with each renewal",
    "of the public key, which stays when a renewal keeps it"};
constexpr std::array<std::string_view, 3> kMatchings{
    "in full", "as SHA-256 digest", "as SHA-512 digest, which not every client knows"};

}  // namespace

Explanation explain(const Combination& combination) {
  return {kUsages.at(static_cast<std::size_t>(combination.usage)),
          kSelectors.at(static_cast<std::size_t>(combination.selector)),
          kMatchings.at(static_cast<std::size_t>(combination.matching))};
}

}  // namespace danewerk::tlsa
