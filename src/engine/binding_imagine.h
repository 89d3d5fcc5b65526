#pragma once

/// \file
/// Keys and certificates that do not exist, for plans. Private to this folder. No state.

#include <map>
#include <optional>
#include <string>

#include "config/certificate.h"
#include "model/binding.h"

namespace danewerk::engine {

/// A key as `tlsa next-key` would make it. \param name  tells it from others.
model::BindingKey imagine_key(const config::Certificate& certificate, const std::string& name);

/// A certificate for a key that is known, or imagined, from the issuer of LIKE.
struct ImaginedCertificate {
  std::string key{};  ///< identity
  bool is_issuer_new = false;
  std::string name{};  ///< tells it from others
  sys_seconds now{};
};
model::Chain imagine_certificate(const config::Certificate& certificate, const model::Chain& like,
                                 const ImaginedCertificate& imagined);

/// What to call an imagined chain and its records, whose digests say nothing to anybody, by the
/// labels that sentences have. \param served  whose records are real.
using ImaginedNames = std::map<std::string, std::string>;
ImaginedNames names_of_imagined(const model::Chain& chain,
                                const std::optional<model::Chain>& served);
std::string renamed(std::string text, const ImaginedNames& names);

/// Identity of an imagined key.
std::string imagined_identity(const std::string& name);

}  // namespace danewerk::engine
