#pragma once

/// \file
/// Signatures of the sample RRsets from version to version: what a signer keeps, makes and drops
/// when the ring asks for other signers. And the ledger, kept from the versions made. No
/// randomness but what is passed in.

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/facts.h"
#include "model/key_ring.h"
#include "rollover/rollover.h"
#include "world/version.h"

namespace danewerk::drive {

/// Names of keys as the engine has them, and as the world has them.
class Names {
 public:
  world::Key of(const std::string& id, std::uint8_t algorithm);
  [[nodiscard]] world::Key of(const std::string& id) const { return keys_.at(id); }
  [[nodiscard]] const std::map<std::string, world::Key>& all() const { return keys_; }
  world::KeySet of(const std::vector<std::string>& ids) const;

 private:
  std::map<std::string, world::Key> keys_;
};

class Samples {
 public:
  explicit Samples(std::size_t count) : signers_(count) {}
  /// Signs as the ring asks: every key of `sign_zone` signs every RRset; what a retiring key signed
  /// stays until its turn comes. ROLL_IN: over how long a new ZSK takes over; 0: at once.
  void sign(const rollover::Signers& wanted, const Names& names, seconds roll_in, sys_seconds now);
  [[nodiscard]] const std::vector<world::KeySet>& signers() const { return signers_; }
  /// Would `sign` change anything?
  [[nodiscard]] bool is_due(const rollover::Signers& wanted, const Names& names, seconds roll_in,
                            sys_seconds now) const;
  [[nodiscard]] bool all_signed_by(world::Key key) const;
  [[nodiscard]] bool none_signed_by(world::Key key) const;

 private:
  std::vector<world::KeySet> signers_;
  /// Since when a key signs.
  std::map<world::Key, sys_seconds> takes_over_;
};

/// Brings LEDGER up to a version with these values.
void keep_ledger(std::vector<model::LedgerEntry>& ledger, const world::ZoneVersion& version);

}  // namespace danewerk::drive
