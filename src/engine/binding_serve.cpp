#include "engine/binding_serve.h"

#include <utility>

#include <fmt/format.h>

#include "base/account.h"
#include "store/key_access.h"

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

/// The key beside these certificates in the served folder, when they were served before.
Result<std::optional<Secret>> kept_key(const serve::ServedPlace& place, const std::string& pem) {
  DW_TRY(const auto folder, serve::ServedFolder::open(place));
  DW_TRY(const auto all, folder.generations());
  for (const auto generation : all) {
    const auto there = folder.certificates(generation);
    if (!there || *there != pem) continue;
    return folder.key(generation);
  }
  return std::optional<Secret>();
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

Result<std::optional<ServedNow>> served_now(const config::ServedFolder& folder) {
  DW_TRY(const auto served, serve::ServedFolder::open({.directory = folder.directory}));
  DW_TRY(const auto current, served.current());
  if (!current) return std::optional<ServedNow>();
  DW_TRY(auto pem, served.certificates(*current));
  return std::optional(
      ServedNow{.pem = std::move(pem), .is_confirmed = served.is_confirmed(*current)});
}

Result<serve::Deployed> serve_chain(const config::Certificate& certificate, const ServeWish& wish) {
  DW_CHECK(certificate.serve.has_value(), "only what has a served folder is put there");
  serve::DeployTask task{.reload = certificate.reload.words,
                         .reload_timeout = certificate.reload.timeout,
                         .tell = wish.tell,
                         .check = wish.check};
  DW_TRY(task.place, served_place(*certificate.serve));
  task.files.certificates = blocks_of(wish.pem);
  if (wish.key != nullptr) {
    const auto octets = wish.key->view();
    task.files.key = Secret(Bytes(octets.begin(), octets.end()));
  } else if (certificate.key) {
    DW_TRY(task.files.key, kept_key(task.place, wish.pem));
    if (!task.files.key) {
      return fail(Errc::kUnavailable,
                  fmt::format("the key of a chain that is to be served is neither in '{}' nor in "
                              "'{}'",
                              certificate.key->string(), certificate.serve->directory.string()),
                  "the client must have renewed once more; its new certificate is looked at next");
    }
  }
  return serve::deploy(task);
}

}  // namespace danewerk::engine
