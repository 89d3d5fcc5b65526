#include "engine/binding_serve.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/account.h"
#include "tlsa/chain.h"

namespace danewerk::engine {

namespace {

constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";

/// One block a certificate.
std::vector<std::string> blocks_of(const std::string& pem) {
  std::vector<std::string> blocks;
  std::size_t at = 0;
  for (auto end = pem.find(kEnd); end != std::string::npos; end = pem.find(kEnd, at)) {
    blocks.push_back(pem.substr(at, end + kEnd.size() - at));
    at = end + kEnd.size();
  }
  return blocks;
}

/// The chain's key, of a set of files that was served before and is still there.
Result<std::optional<Secret>> kept_key(const serve::ServedFolder& folder, const std::string& pem) {
  DW_TRY(const auto all, folder.generations());
  for (const auto generation : all) {
    DW_TRY(auto key, folder.key(generation));
    if (key && is_key_of(pem, *key)) return key;
  }
  return std::optional<Secret>();
}

/// Services read the key from where it is, and would find it gone.
Result<bool> has_key(const serve::ServedFolder& folder) {
  DW_TRY(const auto current, folder.current());
  if (!current) return false;
  DW_TRY(const auto key, folder.key(*current));
  return key.has_value();
}

/// What goes there beside the chain; nothing when the key is no file.
Result<std::optional<Secret>> key_for(const config::Certificate& certificate,
                                      const serve::ServedPlace& place, const ServeWish& wish) {
  const auto directory = place.directory.string();
  if (wish.key != nullptr) {
    const auto octets = wish.key->view();
    if (is_key_of(wish.pem, *wish.key)) {
      return std::optional(Secret(Bytes(octets.begin(), octets.end())));
    }
    return fail(Errc::kRefused,
                "the key is not that of the chain that is to be served, or cannot be read",
                fmt::format("what is served stays; danewerk tlsa show {} names the key's file",
                            certificate.name));
  }
  DW_TRY(const auto folder, serve::ServedFolder::open(place));
  DW_TRY(auto kept, kept_key(folder, wish.pem));
  if (kept) return kept;
  if (certificate.key) {
    return fail(Errc::kUnavailable,
                fmt::format("the key of a chain that is to be served is neither in '{}' nor in "
                            "'{}'",
                            certificate.key->string(), directory),
                "the client must have renewed once more; its new certificate is looked at next");
  }
  DW_TRY(const bool loses_key, has_key(folder));
  if (!loses_key) return std::optional<Secret>();
  return fail(
      Errc::kRefused,
      fmt::format("'{}' has a key, and would have none: the certificate names no `key`", directory),
      fmt::format("name the key's file in danewerk.yaml; if it is no file any more, remove "
                  "the link '{}'",
                  directory));
}

}  // namespace

Result<serve::ServedPlace> served_place(const config::ServedFolder& folder) {
  serve::ServedPlace place{.directory = folder.directory, .key_mode = folder.mode};
  if (!folder.owner.empty()) {
    DW_TRY(place.owner, user_id(folder.owner));
  }
  if (!folder.group.empty()) {
    DW_TRY(place.group, group_id(folder.group));
  }
  return place;
}

bool is_key_of(const std::string& pem, const Secret& key) {
  const auto end = pem.find(kEnd);
  if (end == std::string::npos) return false;
  const auto leaf = tlsa::read_blocks(as_bytes(pem).first(end + kEnd.size()));
  const auto keys = tlsa::read_blocks(key.view());
  if (!leaf || !keys) return false;
  const auto wanted = tlsa::key_digest(leaf->front());
  return std::ranges::any_of(
      *keys, [&](const tlsa::Block& block) { return tlsa::key_digest(block) == wanted; });
}

Result<std::optional<ServedNow>> served_now(const config::Certificate& certificate,
                                            serve::ServedFolder::Depth depth) {
  DW_CHECK(certificate.serve.has_value(), "only a served folder can be looked at");
  const auto& directory = certificate.serve->directory;
  DW_TRY(const auto served, serve::ServedFolder::open({.directory = directory}));
  DW_TRY(const auto current, served.current());
  if (!current) return std::optional<ServedNow>();
  DW_TRY(auto content, served.look(*current, depth));
  ServedNow now{.pem = std::move(content.certificates),
                .is_confirmed = served.is_confirmed(*current),
                .fault = std::move(content.fault),
                .key_fault = std::move(content.key_fault)};
  if (depth == serve::ServedFolder::Depth::kPublic || !now.fault.empty()) return std::optional(now);
  const bool is_missing = !content.key && certificate.key;
  const bool is_others = content.key && !is_key_of(now.pem, *content.key);
  if (now.key_fault.empty() && (is_missing || is_others)) {
    now.key_fault = fmt::format("'{}' has {}", directory.string(),
                                is_missing ? "no key" : "a key of another certificate");
  }
  return std::optional(std::move(now));
}

Result<bool> has_kept_key(const config::ServedFolder& folder, const std::string& pem) {
  DW_TRY(const auto served, serve::ServedFolder::open({.directory = folder.directory}));
  DW_TRY(const auto key, kept_key(served, pem));
  return key.has_value();
}

Result<void> drop_served(const config::Certificate& certificate, std::string_view kept) {
  DW_CHECK(certificate.serve.has_value(), "only in a served folder something can be removed");
  DW_TRY(auto served, serve::ServedFolder::open({.directory = certificate.serve->directory}));
  DW_TRY(const auto current, served.current());
  if (!current || !served.is_confirmed(*current)) return {};
  return served.drop_but(kept);
}

Result<serve::Deployed> serve_chain(const config::Certificate& certificate, const ServeWish& wish) {
  DW_CHECK(certificate.serve.has_value(), "only what has a served folder is put there");
  serve::DeployTask task{.reload = certificate.reload.words,
                         .reload_timeout = certificate.reload.timeout,
                         .tell = wish.tell,
                         .check = wish.check};
  DW_TRY(task.place, served_place(*certificate.serve));
  task.files.certificates = blocks_of(wish.pem);
  DW_TRY(task.files.key, key_for(certificate, task.place, wish));
  return serve::deploy(task);
}

Error trouble_of(const serve::Deployed& done) {
  const bool is_back = done.outcome == serve::Deployed::Outcome::kRolledBack;
  return {Errc::kUnavailable, done.trouble,
          is_back ? "what was served before is served again; the next pass tries anew"
                  : "the files stay as they are; the next pass tells the services again"};
}

}  // namespace danewerk::engine
