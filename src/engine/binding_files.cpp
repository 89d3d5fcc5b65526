#include "engine/binding_files.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/guarded_folder.h"
#include "engine/file_hint.h"
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

/// One that the client made and has not filled.
bool is_empty_file(ByteView octets, std::string_view id, const Path& file, Findings& findings) {
  if (!octets.empty()) return false;
  findings.add({.id = id,
                .level = Level::kError,
                .message = "the file is empty",
                .place = {.file = file.string()},
                .hint = "was the disk full when the client wrote it? let it write it again"});
  return true;
}

/// With a hint by what is in the file, where it is no certificate or key.
Findings hinted(const Findings& found, const tlsa::HandedOver& files) {
  const auto octets_of = [&](const std::string& name) {
    return files.key && files.key->name == name ? files.key->octets
                                                : files.certificates.front().octets;
  };
  Findings all;
  for (auto finding : found.list()) {
    const bool is_bare = finding.id == "TLSA-CHAIN-UNREADABLE" && finding.hint.empty();
    if (is_bare) finding.hint = hint_for_content(octets_of(finding.place.file));
    all.add(std::move(finding));
  }
  return all;
}

HandedCertificate read_files(const config::Certificate& certificate, const store::KeyFolder& keys) {
  HandedCertificate handed;
  const auto& file = certificate.certificate;
  const auto text = read_file(file, kMostChainOctets);
  if (!text) {
    add_unreadable(handed.findings, "TLSA-CHAIN-UNREADABLE", file, text.error());
    return handed;
  }
  if (is_empty_file(as_bytes(*text), "TLSA-CHAIN-UNREADABLE", file, handed.findings)) {
    return handed;
  }
  tlsa::HandedOver files{.certificates = {{.name = file.string(), .octets = as_bytes(*text)}}};
  const auto chain = tlsa::read_chain(files).chain;
  const auto key_file = certificate.key.value_or(keys.path);
  auto key = key_for(certificate, chain, keys);
  if (!key) {
    add_unreadable(handed.findings, "BINDING-KEY-UNREADABLE", key_file, key.error());
    return handed;
  }
  handed.key = *std::move(key);
  if (handed.key) {
    const auto octets = handed.key->view();
    if (is_empty_file(octets, "BINDING-KEY-UNREADABLE", key_file, handed.findings)) return handed;
    files.key = tlsa::HandedFile{.name = key_file.string(), .octets = octets};
  }
  auto read = tlsa::read_chain(files);
  handed.findings.merge(hinted(read.findings, files));
  handed.chain = std::move(read.chain);
  return handed;
}

}  // namespace

Findings about(const Findings& found, const std::string& name, const Path& file) {
  Findings all;
  for (auto finding : found.list()) {
    if (finding.owner.empty()) finding.owner = name;
    const bool is_said = finding.message.find(file.string()) != std::string::npos;
    if (finding.place.file.empty() && !is_said) finding.place.file = file.string();
    all.add(std::move(finding));
  }
  return all;
}

void add_unreadable(Findings& findings, std::string_view id, const Path& file, const Error& error) {
  const auto kind = id == "BINDING-KEY-UNREADABLE" ? ClientFile::kKey : ClientFile::kChain;
  const auto& message = error.message();
  // Most reasons name the file already.
  const bool is_said = message.find(file.string()) != std::string::npos;
  findings.add({.id = id,
                .level = Level::kError,
                .message = message,
                .place = {.file = is_said ? std::string() : file.string()},
                .hint = error.hint().empty() ? hint_for_unreadable(file, kind) : error.hint()});
}

Findings judge_access(const config::Certificate& certificate) {
  auto places = open_places(certificate.certificate);
  for (auto& place : certificate.key ? open_places(*certificate.key) : std::vector<Path>()) {
    if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
  }
  Findings findings;
  for (const auto& place : places) {
    findings.add({.id = "BINDING-CLIENT-OPEN",
                  .level = Level::kWarning,
                  .message = fmt::format("others may write to '{}', and change what is served",
                                         place.string()),
                  .owner = certificate.name,
                  .hint = fmt::format("chmod go-w '{}'", place.string())});
  }
  return findings;
}

HandedCertificate read_certificate(const config::Certificate& certificate,
                                   const store::KeyFolder& keys) {
  auto handed = read_files(certificate, keys);
  auto looked_at = certificate;
  // Who may write a key that was refused is told already.
  if (handed.findings.count("BINDING-KEY-UNREADABLE") != 0) looked_at.key.reset();
  handed.findings.merge(judge_access(looked_at));
  handed.findings = about(handed.findings, certificate.name, {});
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
