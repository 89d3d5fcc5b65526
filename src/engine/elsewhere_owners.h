#pragma once

/// \file
/// Owners of TLSA records in zones that are signed elsewhere, in a pass over bindings: what their
/// servers show comes in before anything is decided, and what is wanted goes out after it. For one
/// pass and one thread.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "config/config.h"
#include "engine/binding_owners.h"
#include "engine/zone_pass.h"
#include "rollover/binding.h"
#include "update/ledger.h"
#include "update/network.h"

namespace danewerk::engine {

/// What bindings want at an owner, and what came of it.
struct ElsewhereWish {
  model::TlsaOwner* owner = nullptr;
  update::Wanted wanted{};
  bool is_new = false;  ///< another version than the one that is there
  Findings findings{};
  std::string what{};  ///< what was done, a sentence; empty: nothing
  std::vector<rollover::BindingWait> waits{};
};

class ElsewhereOwners {
 public:
  /// PASS must outlive it.
  explicit ElsewhereOwners(const PassTask& pass) : pass_(pass) {}

  /// \param update  must outlive this. \param remembered  none: nobody ever heard of the owner.
  void add(const std::string& name, const config::Certificate::Update& update,
           std::optional<model::TlsaOwner> remembered);
  [[nodiscard]] bool contains(const std::string& name) const { return owners_.contains(name); }
  /// Asks the servers of all that were added, where it is time. Takes seconds when some are silent.
  void look();
  /// Asks the servers of OWNERS that this pass did not ask: another chain is to be served, and much
  /// may have gone since anybody asked. \returns names of those whose servers show what was not
  /// known; `load` has it. REQUIRES: each is as `load` gave it.
  std::vector<std::string> look_again(const std::vector<const model::TlsaOwner*>& owners);

  /// The owner as the rules of bindings see it. \param events  gets the moves of its records.
  /// kUnavailable when no server ever said what is there: nothing can be decided then.
  /// REQUIRES: contains.
  Result<KnownOwner> load(const std::string& name, const model::BindingPolicy& policy,
                          std::vector<model::Event>& events);
  /// What speaks against relying on what was seen. REQUIRES: contains.
  [[nodiscard]] Findings findings(const std::string& name) const;
  /// When its servers are to be asked again.
  [[nodiscard]] sys_seconds next_look(const model::TlsaOwner& owner) const;

  /// Makes what is wanted the next version of each owner. \returns whether there is a new one: to
  /// be committed before it is sent, for after a crash nobody knows how far it came.
  bool intend(std::vector<ElsewhereWish>& wishes) const;
  /// Sends what the servers have not accepted yet, or tells the operator what to change.
  void send(std::vector<ElsewhereWish>& wishes);

 private:
  struct Elsewhere {
    const config::Certificate::Update* update = nullptr;
    model::TlsaOwner owner{};
    Findings findings{};
    bool is_asked = false;  ///< by this pass
  };
  void ask(const std::vector<Elsewhere*>& asked);
  [[nodiscard]] update::OwnerTask task_for(const Elsewhere& one) const;
  Result<std::shared_ptr<const net::TsigKey>> tsig(const std::string& name);
  Result<update::SendTask> send_task(const ElsewhereWish& wish,
                                     const config::Certificate::Update& update,
                                     const update::Difference& difference);
  void enter(const update::Sent& sent, const std::string& server, ElsewhereWish& wish) const;
  void ask_operator(ElsewhereWish& wish) const;
  update::Network& network();

  const PassTask& pass_;
  update::Network own_{};
  std::map<std::string, Elsewhere> owners_;  ///< by name
  std::map<std::string, std::shared_ptr<const net::TsigKey>> secrets_;
};

}  // namespace danewerk::engine
