#pragma once

/// \file
/// What a pass over bindings is made of. Private to this folder.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "engine/binding_files.h"
#include "engine/binding_round.h"
#include "engine/service_records.h"
#include "serve/handover.h"

namespace danewerk::engine {

/// A name at which TLSA records stand.
struct BindingRound::Owner {
  KnownOwner known{};
  std::vector<std::string> bindings{};                   ///< that have it
  std::map<std::string, rollover::OwnerShare> shares{};  ///< by binding, of those decided
};

/// A binding on its way through the pass.
struct BindingRound::Bound {
  const config::Certificate* config = nullptr;
  model::BindingPolicy policy{};
  model::BindingState state{};
  HandedCertificate handed{};
  std::string handed_id{};                    ///< Chain::id of `handed`; empty: none
  std::vector<std::string> owners{};          ///< names
  std::vector<std::string> left{};            ///< owners that it has no more, and clients may hold
  std::optional<std::string> heir_of{};       ///< the name that it had in the pass before
  std::vector<std::string> hosts{};           ///< as certificates have them
  model::RdataSet coverage{};                 ///< records of issuers that may come
  std::optional<serve::Handover> handover{};  ///< `serve: {by: deploy}`: locked for the pass
  std::optional<serve::Verdict> verdict{};    ///< what root is to serve
  BindingReport report{};
  std::string news{};       ///< what this pass put in place, in words
  bool has_failed = false;  ///< nothing is decided: what stands there stays

  /// Once: several steps of a pass may meet the same obstacle.
  void fail_with(std::string_view id, const Error& error) {
    for (const auto& known : report.findings.list()) {
      if (known.id == id && known.message == error.message()) return;
    }
    report.findings.add({.id = id,
                         .level = Level::kError,
                         .message = error.message(),
                         .owner = config->name,
                         .hint = error.hint()});
  }
};

/// A service answered the last look without TLS: it is looked at in each pass until it does not.
bool lacks_tls(const model::BindingState& state);

}  // namespace danewerk::engine
