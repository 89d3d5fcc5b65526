#include "tlsa/chain.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crypto/pem.h"

namespace danewerk::tlsa {

namespace {

constexpr std::size_t kPemColumns = 64;  // RFC 7468 section 2
/// Each is held against each. Chains have three or four; clients give up long before this.
constexpr std::size_t kMostCertificates = 32;

void append_pem(std::string& out, ByteView octets) {
  out += "-----BEGIN CERTIFICATE-----\n";
  const auto text = to_base64(octets);
  for (std::size_t at = 0; at < text.size(); at += kPemColumns) {
    out.append(text, at, kPemColumns);
    out += '\n';
  }
  out += "-----END CERTIFICATE-----\n";
}

/// Blocks of the files, and what is wrong with them, while the chain is made.
class Assembly {
 public:
  Findings findings;

  void read(const HandedOver& handed) {
    for (const auto& file : handed.certificates) {
      for (auto& block : blocks_of(file)) take(std::move(block), file);
    }
    if (handed.key) read_key(*handed.key);
    if (count_ > kMostCertificates) {
      add("TLSA-CHAIN-LONG", Level::kError,
          fmt::format("{} certificates, more than {}", count_, kMostCertificates),
          "fullchain.pem holds what the server needs");
    }
    if (given_.empty() && !findings.has_errors()) {
      add("TLSA-CHAIN-EMPTY", Level::kError, "no certificate was handed over",
          "fullchain.pem holds what the server needs");
    }
  }

  /// REQUIRES: read, and no error so far.
  Chain assemble() {
    Chain chain;
    chain.certificates.push_back(take_leaf());
    while (auto issuer = take_issuer(chain.certificates.back())) {
      chain.certificates.push_back(*std::move(issuer));
    }
    chain.line = chain.certificates.size();
    if (is_out_of_order_) {
      add("TLSA-CHAIN-ORDER", Level::kInfo,
          "the certificates do not stand in order, and are served in order");
    }
    take_rest(chain);
    return chain;
  }

 private:
  /// A certificate, and where it stood among all.
  struct Given {
    Block block;
    std::size_t place = 0;
    std::string file;
  };

  void add(std::string_view id, Level level, std::string message, std::string hint = {},
           std::string file = {}) {
    findings.add({.id = id,
                  .level = level,
                  .message = std::move(message),
                  .place = {.file = std::move(file)},
                  .hint = std::move(hint)});
  }

  std::vector<Block> blocks_of(const HandedFile& file) {
    if (auto damage = crypto::find_damage(file.octets)) {
      findings.add({.id = "TLSA-CHAIN-UNREADABLE",
                    .message = std::move(damage->what),
                    .place = {.file = file.name, .line = damage->line}});
      return {};
    }
    auto blocks = read_blocks(file.octets);
    if (blocks) return *std::move(blocks);
    add("TLSA-CHAIN-UNREADABLE", Level::kError, blocks.error().message(), blocks.error().hint(),
        file.name);
    return {};
  }

  void take(Block block, const HandedFile& file) {
    if (!block.is_certificate()) {
      // A key beside certificates is as good as one in a file of its own.
      if (key_.empty()) key_ = std::move(block.key_info);
      return;
    }
    // Of more than these it is only told how many there are.
    if (++count_ > kMostCertificates) return;
    for (const auto& other : given_) {
      if (other.block.certificate != block.certificate) continue;
      add("TLSA-CHAIN-DUPLICATE", Level::kInfo,
          fmt::format("the certificate of {} is there twice", block.credential.subject), {},
          file.name);
      return;
    }
    given_.push_back({std::move(block), given_.size(), file.name});
  }

  void read_key(const HandedFile& file) {
    const auto blocks = blocks_of(file);
    if (findings.has_errors()) return;
    std::vector<const Block*> keys;
    for (const auto& block : blocks) {
      if (!block.is_certificate()) keys.push_back(&block);
    }
    if (keys.size() == 1) {
      key_ = keys.front()->key_info;
      return;
    }
    add("TLSA-CHAIN-KEY", Level::kError,
        keys.empty() ? "no key in the file of the key" : "several keys in the file of the key", {},
        file.name);
  }

  [[nodiscard]] bool has_key_of(const Given& given) const {
    return !key_.empty() && given.block.key_info == key_;
  }

  /// The certificate of the key; else the first that is no authority's; else the first.
  std::vector<Given>::iterator find_leaf() {
    auto found = std::find_if(given_.begin(), given_.end(),
                              [this](const Given& given) { return has_key_of(given); });
    if (found != given_.end()) return found;
    found = std::find_if(given_.begin(), given_.end(),
                         [](const Given& given) { return !given.block.credential.is_ca; });
    return found != given_.end() ? found : given_.begin();
  }

  Block take_leaf() {
    const auto found = find_leaf();
    check_leaf(*found);
    return take_out(found);
  }

  void check_leaf(const Given& leaf) {
    const auto& credential = leaf.block.credential;
    const bool is_keys = has_key_of(leaf);
    const bool is_lone = credential.is_self_issued && given_.size() == 1;
    if (credential.is_ca && !is_keys && !(is_lone && key_.empty())) {
      add("TLSA-CHAIN-NO-LEAF", Level::kError,
          fmt::format("no certificate of a server, only of authorities, such as {}",
                      credential.subject),
          "give fullchain.pem, or the server's own certificate first", leaf.file);
      return;
    }
    if (!key_.empty() && !is_keys) {
      add("TLSA-CHAIN-KEY", Level::kError,
          fmt::format("the key is not that of the certificate of {}", credential.subject),
          "certificate and key of two renewals were mixed, or this is another server's key",
          leaf.file);
      return;
    }
    if (!credential.is_ca) return;
    add("TLSA-CHAIN-CA-LEAF", is_lone ? Level::kWarning : Level::kError,
        fmt::format("the server's own certificate, of {}, is one of an authority",
                    credential.subject),
        "make it without CA:TRUE among its basic constraints", leaf.file);
  }

  Block take_out(std::vector<Given>::iterator found) {
    is_out_of_order_ = is_out_of_order_ || found->place < next_place_;
    next_place_ = found->place;
    auto block = std::move(found->block);
    given_.erase(found);
    return block;
  }

  std::optional<Block> take_issuer(const Block& below) {
    if (below.credential.is_self_issued) return std::nullopt;
    const auto found = std::find_if(given_.begin(), given_.end(), [&](const Given& given) {
      return crypto::is_signed_by(below.credential, given.block.credential);
    });
    if (found == given_.end()) return std::nullopt;
    return take_out(found);
  }

  /// All that signed this one.
  void take_above(Chain& chain, std::size_t at) {
    for (auto given = given_.begin(); given != given_.end();) {
      const bool is_above =
          crypto::is_signed_by(chain.certificates[at].credential, given->block.credential);
      if (is_above) chain.certificates.push_back(std::move(given->block));
      given = is_above ? given_.erase(given) : given + 1;
    }
  }

  /// What signed one of the chain stays behind it: clients may go another way up. The rest goes.
  void take_rest(Chain& chain) {
    for (std::size_t at = 0; at < chain.certificates.size(); ++at) take_above(chain, at);
    for (const auto& given : given_) {
      add("TLSA-CHAIN-UNRELATED", Level::kWarning,
          fmt::format("the certificate of {} signed nothing in the chain, and is left out",
                      given.block.credential.subject),
          "does the client's file have the issuer of this certificate, and no other?", given.file);
    }
  }

  std::vector<Given> given_;
  std::size_t count_ = 0;  ///< of certificates, those that are there twice among them
  Bytes key_;              ///< SubjectPublicKeyInfo; empty: none was given
  std::size_t next_place_ = 0;
  bool is_out_of_order_ = false;
};

}  // namespace

std::vector<ByteView> Chain::octets() const {
  std::vector<ByteView> out;
  out.reserve(certificates.size());
  for (const auto& block : certificates) out.emplace_back(block.certificate);
  return out;
}

std::string to_pem(const Chain& chain) {
  std::string out;
  for (const auto& block : chain.certificates) append_pem(out, block.certificate);
  return out;
}

std::optional<std::size_t> find_named(const Chain& chain, const Association& association) {
  const bool is_issuer = association.combination.names_issuer();
  const std::size_t first = is_issuer ? 1 : 0;
  const std::size_t end = is_issuer ? chain.certificates.size() : 1;
  for (std::size_t at = first; at < end; ++at) {
    if (names(association, chain.certificates[at])) return at;
  }
  return std::nullopt;
}

ReadChain read_chain(const HandedOver& handed) {
  Assembly assembly;
  assembly.read(handed);
  ReadChain out;
  if (!assembly.findings.has_errors()) out.chain = assembly.assemble();
  if (assembly.findings.has_errors()) out.chain.reset();
  out.findings = std::move(assembly.findings);
  return out;
}

}  // namespace danewerk::tlsa
