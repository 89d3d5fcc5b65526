#pragma once

/// \file
/// What a renewal hands over, as a chain in the order in which a server has to send it, and what is
/// wrong with it. Files are read by the caller, once: a link that moves in between cannot mix two
/// versions. Pure; thread-safe.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/time.h"
#include "tlsa/association.h"
#include "tlsa/block.h"

namespace danewerk::tlsa {

class Catalogue;

/// Certificates as a server sends them.
struct Chain {
  /// The server's own, each one's issuer after it, then those that are another way up.
  std::vector<Block> certificates{};
  std::size_t line = 1;  ///< how many stand one above the other

  [[nodiscard]] const Block& leaf() const { return certificates.front(); }
  /// nullptr when the chain ends with the server's own.
  [[nodiscard]] const Block* issuer() const { return line > 1 ? &certificates[1] : nullptr; }
  /// As they were cut out of the files.
  [[nodiscard]] std::vector<ByteView> octets() const;
};

/// The file that a server is to read: certificates alone, no key.
std::string to_pem(const Chain& chain);

/// The certificate that a record names, by our own reading: the server's for usages 1 and 3, one of
/// the others for 0 and 2. Nothing when there is none; whether clients accept it is not asked.
std::optional<std::size_t> find_named(const Chain& chain, const Association& association);

/// A file's octets and its name, for messages.
struct HandedFile {
  std::string name;
  ByteView octets;
};
struct HandedOver {
  std::vector<HandedFile> certificates{};  ///< fullchain.pem; or the leaf's file and the rest's
  std::optional<HandedFile> key{};         ///< none: it is no file
};
struct ReadChain {
  std::optional<Chain> chain;  ///< missing when a finding is an error
  Findings findings;
};

/// Puts certificates in order and leaves out what does not belong there.
///   TLSA-CHAIN-UNREADABLE  a file is damaged, cut short, or what two readings differ about
///   TLSA-CHAIN-EMPTY       no certificate in the files
///   TLSA-CHAIN-LONG        more than 32 of them
///   TLSA-CHAIN-NO-LEAF     certificates of authorities alone
///   TLSA-CHAIN-CA-LEAF     the server's own is one of an authority; a warning for a lone one that
///                          is signed by itself
///   TLSA-CHAIN-KEY         the key is not that of the server's certificate
///   TLSA-CHAIN-ORDER       info: not in order
///   TLSA-CHAIN-DUPLICATE   info: twice the same
///   TLSA-CHAIN-UNRELATED   warning: signed nothing in the chain
ReadChain read_chain(const HandedOver& handed);

/// What a chain has to be before it may be served.
struct ChainDemands {
  sys_seconds now{};
  std::vector<Combination> records{};       ///< that speak of it
  std::vector<std::string> base_domains{};  ///< hosts of the owners; each counts for usage 2
  const Catalogue* catalogue = nullptr;
};

/// What does not hold. Errors are reasons to keep the chain that is served:
///   TLSA-EXPIRED, TLSA-NOT-YET-VALID, TLSA-KEY-SHORT, TLSA-NAME
///   TLSA-CHAIN-STAGING     issued by a test system, as the catalogue says
///   TLSA-CHAIN-NO-ISSUER   usage 2, and no issuer in the chain
///   TLSA-ANCHOR-EXPIRES    usage 2, and the issuer's last day is before the server's, or near
Findings judge_chain(const Chain& chain, const ChainDemands& demands);

/// Records with usage 2 against the chain that is served (RFC 7671 section 5.2):
///   TLSA-D03             names a certificate that the server does not send, and no other record
///                        of its kind names one that it does
///   TLSA-ANCHOR-EXPIRES  what it names expires before the server's certificate, or within 30 days
Findings judge_anchors(const Chain& chain, std::span<const Association> associations,
                       sys_seconds now);

}  // namespace danewerk::tlsa
