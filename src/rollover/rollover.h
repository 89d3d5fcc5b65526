#pragma once

/// \file
/// The rollover engine: which records of which key are to be published or withdrawn, when the next
/// step is due, and why it waits. Pure: no I/O, no clock, no randomness; the same arguments give
/// the same decision. The daemon, the cron pass, `plan` and the tests call this one function.
/// Thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/facts.h"
#include "model/key_ring.h"
#include "model/policy.h"

namespace danewerk::rollover {

/// A move of one record that the rules allowed.
struct Step {
  std::string key;  ///< identity
  model::KeyRecord record = model::KeyRecord::kDnskey;
  model::Visibility from = model::Visibility::kHidden;
  model::Visibility to = model::Visibility::kHidden;
  /// Identifier of the rule or timing that let it go now, such as "ROLL-ZSK-SWAP"; ids.h.
  std::string_view rule;
  /// The whole sentence: what was waited for, since when.
  std::string reason;
};

/// A move that is wanted and not yet allowed (promise P5).
struct Wait {
  std::string key;  ///< identity; empty when it is about the zone
  model::KeyRecord record = model::KeyRecord::kDnskey;
  model::Visibility to = model::Visibility::kHidden;
  std::string_view rule;  ///< ids.h
  std::string reason;     ///< what is awaited, in a sentence
  sys_seconds since{};
  std::optional<sys_seconds> until{};   ///< earliest end; none: depends on somebody
  std::optional<sys_seconds> latest{};  ///< without `until`: it ends by then, whatever others do
  bool is_operators = false;            ///< nothing goes on until the operator does something
};

/// A key to make. The engine is called again when it is in the ring.
struct WantedKey {
  model::KeyRole role = model::KeyRole::kZsk;
  std::uint8_t algorithm = 0;
  unsigned bits = 0;
  std::string predecessor{};  ///< identity; empty for a first or a standby key
  bool is_standby = false;
  std::string_view rule;
  std::string reason;
};

/// What the zone's apex must show for the parent (RFC 7344, RFC 8078).
struct CdsWish {
  std::vector<std::string> keys{};  ///< identities: CDS and CDNSKEY of these; empty: none
  bool is_delete = false;           ///< the delete form (RFC 8078 section 4)
  bool operator==(const CdsWish&) const = default;
};

struct Situation {
  model::KeyRing ring;
  model::Facts facts;
  model::Policy policy;
  sys_seconds now{};
  /// The number that the next version will get: steps that change the zone belong to it.
  model::VersionNumber next_version = 1;
  /// Manual mode: steps that begin a move and that the operator has released (`key step`).
  bool step_released = false;
  /// The operator froze the zone: no roll begins, what is under way goes on.
  bool is_frozen = false;
};

struct Decision {
  model::KeyRing ring;      ///< after the steps
  std::vector<Step> steps;  ///< in the order in which they were taken
  std::vector<WantedKey> wanted;
  /// Identities of keys that nothing needs any more; the ring does not have them any more, either.
  std::vector<std::string> purge;
  CdsWish cds;
  std::vector<Wait> waits;
  /// When to ask again, though nothing happens until then. None: only facts can move anything.
  std::optional<sys_seconds> wake;
};

/// Takes every step that is possible now.
Decision decide(const Situation& situation);

/// What the ring asks of the zone: identities, in the ring's order.
struct Signers {
  std::vector<std::string> published;    ///< in the DNSKEY RRset
  std::vector<std::string> sign_dnskey;  ///< sign DNSKEY, CDS, CDNSKEY
  std::vector<std::string> sign_zone;    ///< each of them signs every other RRset
  /// ZSKs that make no signature any more. What one has made on an RRset stays until a key of
  /// sign_zone of its algorithm has signed that RRset, little by little (roll-in).
  std::vector<std::string> retiring;
};
Signers signers(const model::KeyRing& ring);

/// The ring with a key that was just made.
void add_made_key(model::KeyRing& ring, const WantedKey& wanted, model::RingKey made);

// What the operator may ask. Each is refused with the reason where the rules forbid it, and
// otherwise only changes goals: the steps follow by the same rules.

/// Begins to replace the key of ROLE as soon as the rules allow. kRefused while one is under way.
/// For another method than the policy's, call `decide` with that in the policy once, in the same
/// pass: a roll goes on as it began.
Result<void> request_roll(Situation& situation, model::KeyRole role);
/// Turns a roll back, or the way to insecure: the predecessor stays and gets a new lifetime, the
/// successor goes. kRefused once the predecessor is purged, when it is compromised, and while the
/// policy asks for another kind of key than it is: the roll would begin again. \returns
/// what it needs: sentences for the operator, such as a DS to upload again.
Result<std::vector<std::string>> abort_roll(Situation& situation, model::KeyRole role);
/// Takes a key out of use. kRefused when the zone would lose its last chain of trust by it.
Result<void> retire(Situation& situation, std::string_view id);
/// DS first, then the rest. kRefused when it is on its way already.
Result<void> go_insecure(Situation& situation);

}  // namespace danewerk::rollover
