#include "engine/binding_files.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "store/service_key.h"

namespace danewerk::engine {

namespace {

/// A key of ours when the chain is for one, else the client's.
Result<std::optional<Secret>> key_for(const config::Certificate& certificate,
                                      const std::optional<tlsa::Chain>& chain,
                                      const store::KeyFolder& keys) {
  if (chain) {
    DW_TRY(auto ours, key_made_here(certificate, *chain, keys));
    if (ours) return ours;
  }
  if (!certificate.key) return std::optional<Secret>();
  DW_TRY(auto key, store::read_key_file(*certificate.key, store::FolderKind::kForeign,
                                        store::Content::kPrivate));
  return std::optional(std::move(key));
}

}  // namespace

void add_unreadable(Findings& findings, std::string_view id, const Path& file, const Error& error) {
  findings.add({.id = id,
                .level = Level::kError,
                .message = error.message(),
                .owner = file.string(),
                .hint = error.hint()});
}

HandedCertificate read_certificate(const config::Certificate& certificate,
                                   const store::KeyFolder& keys) {
  HandedCertificate handed;
  const auto text = read_file(certificate.certificate, kMostChainOctets);
  if (!text) {
    add_unreadable(handed.findings, "TLSA-CHAIN-UNREADABLE", certificate.certificate, text.error());
    return handed;
  }
  tlsa::HandedOver files{
      .certificates = {{.name = certificate.certificate.string(), .octets = as_bytes(*text)}}};
  const auto chain = tlsa::read_chain(files).chain;
  auto key = key_for(certificate, chain, keys);
  if (!key) {
    add_unreadable(handed.findings, "BINDING-KEY-UNREADABLE", certificate.key.value_or(keys.path),
                   key.error());
    return handed;
  }
  handed.key = *std::move(key);
  if (handed.key) {
    const auto name = certificate.key.value_or(keys.path).string();
    files.key = tlsa::HandedFile{.name = name, .octets = handed.key->view()};
  }
  auto read = tlsa::read_chain(files);
  handed.findings.merge(std::move(read.findings));
  handed.chain = std::move(read.chain);
  return handed;
}

Result<std::optional<Secret>> key_made_here(const config::Certificate& certificate,
                                            const tlsa::Chain& chain,
                                            const store::KeyFolder& keys) {
  const auto id = to_hex(tlsa::key_digest(chain.leaf()));
  return store::read_service_key(keys, {.binding = certificate.name, .id = id});
}

Result<tlsa::Chain> chain_from_pem(const std::string& pem) {
  auto read = tlsa::read_chain({.certificates = {{.name = "state", .octets = as_bytes(pem)}}});
  if (read.chain) return *std::move(read.chain);
  const auto& all = read.findings.list();
  const auto first = std::ranges::find(all, Level::kError, &Finding::level);
  return fail(Errc::kCorrupt,
              first == all.end() ? "a chain of the state cannot be read" : first->message);
}

}  // namespace danewerk::engine
