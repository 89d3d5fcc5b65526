#pragma once

/// \file
/// A binding's served folder: what services read from it, and putting another chain there.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "config/certificate.h"
#include "serve/deploy.h"

namespace danewerk::engine {

/// Where, with the numbers of the owner and group that are named. kBadInput when the system does
/// not know them.
Result<serve::ServedPlace> served_place(const config::ServedFolder& folder);

/// What services read now.
struct ServedNow {
  std::string pem{};          ///< certificates
  bool is_confirmed = false;  ///< services were told of it, and took it
  std::string fault{};        ///< what somebody changed of the files without key; empty: nothing
  std::string key_fault{};    ///< the same of the key; empty where it is not for us to read
};
/// Nothing when nothing is there.
Result<std::optional<ServedNow>> served_now(const config::Certificate& certificate,
                                            serve::ServedFolder::Depth depth);

/// The key, PEM, is that of the chain's first certificate.
bool is_key_of(const std::string& pem, const Secret& key);

/// Whether the served folder still has the key of these certificates, which were served before.
Result<bool> has_kept_key(const config::ServedFolder& folder, const std::string& pem);

/// What to serve.
struct ServeWish {
  std::string pem{};            ///< certificates, the server's first
  const Secret* key = nullptr;  ///< that belongs to them; null: nobody has handed it over
  serve::DeployTask::Tell tell = serve::DeployTask::Tell::kOfNews;
  std::function<Result<void>()> check{};  ///< of the live service; empty: nobody looks
};

/// Serves the chain and reloads. Without a key, that of a generation that is still there is taken.
/// kUnavailable when none has it; kRefused when the key is another one's, or when services would
/// lose the key that is there.
Result<serve::Deployed> serve_chain(const config::Certificate& certificate, const ServeWish& wish);

/// Why services did not take it, and what they read now. REQUIRES: there was trouble.
Error trouble_of(const serve::Deployed& done);

/// Removes what was served before and is in no chain of KEPT, PEM, with its keys. Nothing while
/// services were not told of what is served.
Result<void> drop_served(const config::Certificate& certificate, std::string_view kept);

}  // namespace danewerk::engine
