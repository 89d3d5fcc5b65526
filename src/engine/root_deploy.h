#pragma once

/// \file
/// Serving with two users (promise P7): the engine decides and has no key of a service; root has
/// the client's files, puts them into the served folder and tells the services. Each function says
/// whose side it is on. No state.

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/finding.h"
#include "config/config.h"
#include "serve/deploy.h"
#include "serve/handover.h"

namespace danewerk::engine {

/// How long one side waits for the other.
inline constexpr seconds kHandoverWait = std::chrono::seconds(30);

/// `serve: {by: deploy}`.
bool is_served_by_root(const config::Certificate& certificate);

/// Where both sides meet, below the state.
Path handover_folder(const config::Config& config);

/// Root's: the client's files, and the served ones.
struct ClientFiles {
  std::string pem{};            ///< certificates, in the order in which they are served
  Bytes leaf{};                 ///< the server's of them, DER
  std::optional<Secret> key{};  ///< of the file that is configured
  bool fits = false;            ///< the key is that of the certificate
  std::string served{};         ///< certificates in the served folder
  Findings findings{};          ///< those of tlsa::read_chain, BINDING-SERVED-CHANGED
  Findings key_findings{};      ///< of the key, which count when it was not made here
};
ClientFiles read_client_files(const config::Certificate& certificate);

/// What the owner of the state says.
struct OwnersWord {
  std::optional<serve::Verdict> verdict{};
  std::optional<Secret> key{};        ///< of its chain, or of the served one, when it was made here
  bool is_given = false;              ///< the client's certificates were taken in
  std::optional<std::string> kept{};  ///< chains that are served or may be again; none: not known
};
/// The owner's: takes in the client's certificates, when their key fits or was made here, and says
/// what is to be served. \param handover  held until root is done.
Result<OwnersWord> take_in(const config::Config& config, const config::Certificate& certificate,
                           const ClientFiles& files, serve::Handover& handover);

/// Root's: serves what the verdict says, tells services again of what was never confirmed, or puts
/// a key there again that somebody changed. What is wrong with certificates is for a pass to see.
/// Nothing when there is nothing to do. kUnavailable when no key is there for the chain.
Result<std::optional<serve::Deployed>> carry_out(const config::Certificate& certificate,
                                                 const ClientFiles& files, const OwnersWord& word,
                                                 sys_seconds now);

}  // namespace danewerk::engine
