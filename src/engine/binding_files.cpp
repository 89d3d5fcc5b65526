#include "engine/binding_files.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "store/key_access.h"

namespace danewerk::engine {

namespace {

/// Chains have a handful of certificates of a few KiB.
constexpr std::uint64_t kMostOctets = 1U << 20;

void add_error(Findings& findings, std::string_view id, const Path& file, const Error& error) {
  findings.add({.id = id,
                .level = Level::kError,
                .message = error.message(),
                .owner = file.string(),
                .hint = error.hint()});
}

}  // namespace

HandedCertificate read_certificate(const config::Certificate& certificate) {
  HandedCertificate handed;
  const auto text = read_file(certificate.certificate, kMostOctets);
  if (!text) {
    add_error(handed.findings, "TLSA-CHAIN-UNREADABLE", certificate.certificate, text.error());
    return handed;
  }
  tlsa::HandedOver files{
      .certificates = {{.name = certificate.certificate.string(), .octets = as_bytes(*text)}}};
  if (certificate.key) {
    auto key = store::read_key_file(*certificate.key, store::FolderKind::kForeign,
                                    store::Content::kPrivate);
    if (!key) {
      add_error(handed.findings, "BINDING-KEY-UNREADABLE", *certificate.key, key.error());
      return handed;
    }
    handed.key = *std::move(key);
    files.key = tlsa::HandedFile{.name = certificate.key->string(), .octets = handed.key->view()};
  }
  auto read = tlsa::read_chain(files);
  handed.findings.merge(std::move(read.findings));
  handed.chain = std::move(read.chain);
  return handed;
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
