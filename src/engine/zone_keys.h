#pragma once

/// \file
/// The keys of a managed zone between its ring (what the rollover engine knows) and its key files
/// (what can sign). Not for two writers at once.

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "model/key_ring.h"
#include "rollover/rollover.h"
#include "sign/signing_keys.h"
#include "store/key_store.h"

namespace danewerk::engine {

class ZoneKeys {
 public:
  /// Reads every key file of the zone. Fails as store::load_keys: no key is ever taken for missing.
  static Result<ZoneKeys> load(const store::KeyFolder& folder, dns::NameView zone);

  /// The key for what the rollover engine wants: one of ours that was made and never used, or a new
  /// one, on disk when this returns. \returns it as the ring shall hold it.
  Result<model::RingKey> take_or_make(const rollover::WantedKey& wanted, const model::KeyRing& ring,
                                      sys_seconds now);

  /// Of the keys that are there, `take_or_make` takes only these (identities).
  void offer_only(std::vector<std::string> ids) { offered_ = std::move(ids); }

  /// Takes a key that nothing needs any more out of sight, its file kept (store::set_aside).
  Result<void> set_aside(std::string_view id);

  /// What signs and what is published. kRefused when a key that has to sign has no private half
  /// here: what is published stays (promise P4).
  [[nodiscard]] Result<sign::SigningKeys> choose(const model::KeyRing& ring) const;

  /// DNSKEY RDATA in parts by identity; null when there is no such file.
  [[nodiscard]] const model::Key* find(std::string_view id) const;
  [[nodiscard]] const std::vector<model::Key>& all() const { return keys_; }
  /// What was found in the folder.
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  ZoneKeys(store::KeyFolder folder, dns::NameView zone) : folder_(std::move(folder)), zone_(zone) {}
  /// The file of a key that is in use; kRefused without it, or without what it signs with.
  [[nodiscard]] Result<const model::Key*> in_use(const model::RingKey& ring_key, bool signs) const;
  [[nodiscard]] std::vector<sign::RetiringKey> retiring(const rollover::Signers& signers) const;
  store::KeyFolder folder_;
  dns::Name zone_;
  std::vector<model::Key> keys_;
  std::optional<std::vector<std::string>> offered_{};  ///< none: all
  Findings findings_;
};

}  // namespace danewerk::engine
