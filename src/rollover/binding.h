#pragma once

/// \file
/// The rules of bindings: which TLSA records are wanted, which chain may be served now, which keys
/// are needed, and why something waits. One principle: the records wanted are those that the
/// served chain, the staged ones, the next key and the way back need, as far as gate H lets them
/// in; a chain is served as soon as gate G lets it; a record goes as soon as nothing needs it.
/// Pure: no I/O, no clock, no randomness. Thread-safe.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/binding.h"
#include "rollover/tlsa_gate.h"
#include "rollover/tlsa_timing.h"

namespace danewerk::rollover {

/// An owner name of the binding, as `advance` left it in this pass.
struct OwnerSituation {
  OwnerView view;
  model::RdataSet neighbours{};  ///< what other bindings want here now
  /// named_records of other bindings here: what they let go of, nobody else takes up.
  model::RdataSet named_by_others{};
};

/// Bindings of one owner are decided one after the other, each with what the ones before it came to
/// want.
struct BindingSituation {
  model::Binding binding;
  model::BindingPolicy policy;
  std::vector<OwnerSituation> owners;
  /// Of services that it has no more: clients that hold their records still come to it.
  std::vector<OwnerView> left{};
  std::vector<model::Endpoint> endpoints;
  /// Records of issuers that may come, from the catalogue.
  model::RdataSet coverage;
  /// Why no irreversible step may be taken now; empty: they may (model::Facts::held).
  std::string held{};
  sys_seconds now{};
};

/// What the owner's RRset is to have of this binding.
struct TlsaWish {
  model::RdataSet records{};
  seconds ttl{0};
  /// Of these records those that go as soon as no other binding needs their combination here: until
  /// then what is served has to match it.
  model::RdataSet spare{};
  bool operator==(const TlsaWish&) const = default;
};

/// A chain to serve now.
struct Deployment {
  std::string chain;  ///< Chain::id
  GateKind gate = GateKind::kStrict;
  bool is_restore = false;   ///< the served one again: endpoints present something else
  bool is_exchange = false;  ///< old records need not wait for the new ones
  /// Clients go by the key of what was served before, whatever is configured now.
  bool is_known_by_key = false;
  bool is_outage = false;                     ///< some resolver may hold what refuses it
  std::optional<sys_seconds> outage_until{};  ///< as far as it can be told
  std::string rule{};
  std::string reason{};
};

struct BindingStep {
  std::string_view rule{};
  std::string what{};  ///< a sentence
};

/// Something that is wanted and not possible yet (promise P5).
struct BindingWait {
  std::string subject{};  ///< a chain, a record at an owner, an endpoint
  std::string_view rule{};
  std::string reason{};
  sys_seconds since{};
  std::optional<sys_seconds> until{};     ///< earliest end
  std::optional<sys_seconds> latest{};    ///< it ends by then, whatever others do
  std::optional<sys_seconds> expected{};  ///< without `until`: as far as can be told beforehand
  bool is_operators = false;
};

struct BindingFinding {
  std::string_view rule{};
  std::string text{};
};

/// A word for people; follows from everything else.
enum class BindingLabel : std::uint8_t {
  kInit,       ///< no records yet
  kStable,     ///< nothing to do
  kPrepare,    ///< a next key is to be made
  kPublished,  ///< new records are not everywhere yet
  kAging,      ///< they are, and old versions of the RRset are still held
  kReady,      ///< the next key may be served
  kLiveCheck,  ///< a new chain is served, and not every endpoint is known to present it
  kSettle,     ///< the way back is open
  kRetired,    ///< old records are withdrawn, and not everywhere yet
  kHold,       ///< somebody has to act
  kStopping,   ///< no records any more, but some are held
  kOff,        ///< no records
};
std::string_view name_of(BindingLabel label);

struct BindingDecision {
  /// After the steps. A deployment is not among them: see note_deployed.
  model::Binding binding;
  std::map<std::string, TlsaWish> wishes;  ///< by owner name
  /// To be done first; then decide again, and only then publish.
  std::optional<Deployment> deploy;
  bool wants_next_key = false;
  /// A key that is ready for a certificate, which nobody has ordered yet.
  std::string order_for{};
  std::vector<std::string> reload;  ///< endpoints that present something else than the others
  std::vector<BindingStep> steps;
  std::vector<BindingWait> waits;
  std::vector<BindingFinding> findings;
  std::optional<sys_seconds> wake;  ///< when to ask again; none: only facts can move anything
  BindingLabel label = BindingLabel::kInit;
};

/// Records that a binding has, had or bans: of its chains and keys.
model::RdataSet named_records(const model::Binding& binding);

/// All that is possible now.
BindingDecision decide(const BindingSituation& situation);

/// The chain is served now: reload and check succeeded.
/// REQUIRES: the chain is staged, previous or served.
void note_deployed(model::Binding& binding, const Deployment& deployment, sys_seconds now);

/// Before it is done: what to remember of it (model::Binding::pending).
model::PendingDeployment pending_of(const Deployment& deployment);
/// Of a chain that is served by now, and nobody noted it: what was decided of it. Where nothing
/// was, or before an emergency, what the way out of that one asks for. REQUIRES: the chain is
/// staged or previous.
Deployment found_served(const BindingSituation& situation, const std::string& chain);

/// What was decided of a chain that somebody handed over.
struct Offer {
  enum class Kind : std::uint8_t {
    kNothing,  ///< it is served already, or the operator turned back from it
    kStaged,   ///< decide will deploy it, now or later
    kRefused,
  };
  Kind kind = Kind::kStaged;
  std::string_view rule{};
  std::string reason{};
};
/// A chain from the client's folder. Stages it, unless a rule refuses it; then nothing changes.
Offer offer(BindingSituation& situation, model::Chain chain);

// What the operator may ask. Each is refused with the reason, and otherwise only changes goals.

/// Begins to replace the key.
Result<void> request_tlsa_roll(BindingSituation& situation);
/// A key that was made, or whose public half was given, to be served next.
Result<void> add_next_key(BindingSituation& situation, model::BindingKey key);
/// The next key is no more: another has to be made.
Result<void> lose_next_key(BindingSituation& situation);
/// Turns a roll back: the next key goes, or what was served before is served again; never what was
/// turned back from itself.
/// \returns what is done, a sentence.
Result<std::string> abort_tlsa_roll(BindingSituation& situation);
/// Takes over the author's records at all owners, without a change.
Result<void> adopt(BindingSituation& situation);
/// The same with records elsewhere that no binding here has. \returns what was done, sentences.
Result<std::vector<std::string>> adopt_unclaimed(BindingSituation& situation);
/// Lets go of adopted records that match nothing we know.
Result<void> drop_stale(BindingSituation& situation);
/// Vouches for the issuer of a staged chain.
Result<void> confirm_issuer(BindingSituation& situation);
/// No TLSA records any more. Chains stay as they are until nobody holds any.
Result<void> stop_dane(BindingSituation& situation);
Result<void> resume_dane(BindingSituation& situation);

/// A way out of an emergency, with what it costs.
struct EmergencyOption {
  model::EmergencyChoice choice = model::EmergencyChoice::kSecurity;
  std::string action{};
  /// Until when somebody with the stolen key is believed by some client, if the step is taken now.
  std::optional<sys_seconds> attacker_until{};
  /// How long some clients refuse us; zero: none does.
  seconds outage{0};
  std::string exposure{};  ///< both as sentences
};
/// What can be done, the best first.
/// \param issuer  kIssuerCompromised: SHA-256 of its public key.
std::vector<EmergencyOption> emergency_options(const BindingSituation& situation,
                                               model::EmergencyKind kind);
/// \param banned  kIssuerCompromised: the issuer's records.
Result<void> begin_emergency(BindingSituation& situation, model::EmergencyKind kind,
                             model::EmergencyChoice choice, const model::RdataSet& banned);

}  // namespace danewerk::rollover
