#pragma once

/// \file
/// The keys of a zone as the rollover engine sees them: no key material, only what validators may
/// hold of each. Value types; thread-compatible.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/key.h"
#include "model/visibility.h"

namespace danewerk::model {

/// The records that a key owns.
enum class KeyRecord : std::uint8_t {
  kDnskey,  ///< the key in the DNSKEY RRset
  kKrrsig,  ///< its signatures over the DNSKEY RRset; KSK and CSK
  kZrrsig,  ///< its signatures over the rest of the zone; ZSK and CSK
  kDs,      ///< its DS at the parent; KSK and CSK
};
inline constexpr std::array kKeyRecords{KeyRecord::kDnskey, KeyRecord::kKrrsig, KeyRecord::kZrrsig,
                                        KeyRecord::kDs};
/// "DNSKEY", "KRRSIG", "ZRRSIG", "DS".
std::string_view to_text(KeyRecord record);
std::optional<KeyRecord> key_record_from_text(std::string_view text);

/// Whether a key of this role owns such a record.
bool owns(KeyRole role, KeyRecord record);

/// What is to become of a key.
enum class Goal : std::uint8_t {
  kHidden,       ///< to be withdrawn, or kept back
  kOmnipresent,  ///< to be introduced, or kept in use
};
std::string_view to_text(Goal goal);
std::optional<Goal> goal_from_text(std::string_view text);

struct RingKey {
  std::string id;  ///< model::Key::id(); a key that `plan` foresees: "new ZSK 2"
  KeyRole role = KeyRole::kZsk;
  std::uint8_t algorithm = 0;
  unsigned bits = 0;  ///< of an RSA modulus, else 0
  KeyTag tag = 0;     ///< for messages; 0 for a key that is only planned
  sys_seconds created{};
  Goal goal = Goal::kHidden;
  std::string predecessor{};  ///< identity of the key that it replaces; may be empty
  /// When it took over: a ZSK since it signs, a KSK since its DS was seen everywhere. Its lifetime
  /// counts from here (Tact of RFC 7583 section 3.1).
  std::optional<sys_seconds> active{};
  std::array<RecordState, 4> records{};  ///< by KeyRecord
  /// First version in which every signature that the last move of ZRRSIG asks for was there, or
  /// gone; 0: not yet (a ZSK may take over little by little).
  VersionNumber resigned = 0;
  bool is_standby = false;      ///< published, not used until a roll takes it
  bool is_compromised = false;  ///< the operator said so: withdrawn as fast as the rules allow

  [[nodiscard]] RecordState& at(KeyRecord record) {
    return records.at(static_cast<std::size_t>(record));
  }
  [[nodiscard]] const RecordState& at(KeyRecord record) const {
    return records.at(static_cast<std::size_t>(record));
  }
  [[nodiscard]] Visibility visibility(KeyRecord record) const { return at(record).visibility; }
  [[nodiscard]] bool owns(KeyRecord record) const { return model::owns(role, record); }
  /// All that it owns is hidden.
  [[nodiscard]] bool is_gone() const;
  bool operator==(const RingKey&) const = default;
};

/// "KSK 12345", "new ZSK 2".
std::string label(const RingKey& key);

/// All keys of a zone that the engine knows, in order of their making.
struct KeyRing {
  std::vector<RingKey> keys;

  /// Rolls that the operator asked for and that are not begun yet.
  struct Request {
    KeyRole role = KeyRole::kZsk;
    bool operator==(const Request&) const = default;
  };
  std::vector<Request> requests;
  /// The zone is to become insecure: DS first, then all signatures.
  bool going_insecure = false;

  [[nodiscard]] const RingKey* find(std::string_view id) const;
  [[nodiscard]] RingKey* find(std::string_view id);
  /// The key that replaces ID, unless it was given up.
  [[nodiscard]] const RingKey* successor_of(std::string_view id) const;
  bool operator==(const KeyRing&) const = default;
};

}  // namespace danewerk::model
