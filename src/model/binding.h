#pragma once

/// \file
/// A binding: a certificate, the services that present it, and all that is remembered of both. What
/// a chain satisfies is found out elsewhere, by OpenSSL, anew in each pass: here are only octets
/// to compare. Value types; thread-compatible.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/tlsa_owner.h"

namespace danewerk::model {

/// What becomes of the key when a certificate is renewed.
enum class BindingMode : std::uint8_t {
  kStable,  ///< it stays; a new one is announced before it is served
  kNext,    ///< the next one is always announced already
  kAny,     ///< it changes at each renewal
};

/// What the configuration says of a binding.
struct BindingPolicy {
  BindingMode mode = BindingMode::kStable;
  bool is_key_pinned = false;    ///< every key but the current and the next one is refused
  bool learns_issuers = false;   ///< one that leads to a known anchor is published by itself
  bool is_fast = false;          ///< mode `any`: a new key is served at once on the issuer's record
  bool is_gate_relaxed = false;  ///< one matching record a version is enough
  bool has_served_folder = true;  ///< services read what we put there
  seconds ttl = std::chrono::hours(1);
  unsigned cache_factor = 2;                 ///< K: how many TTLs a resolver may keep an RRset
  seconds margin = std::chrono::minutes(5);  ///< M: clocks, rounding
  seconds least_rollback = std::chrono::hours(24);
  bool operator==(const BindingPolicy&) const = default;
};

/// What is known of a chain's issuer.
enum class IssuerStanding : std::uint8_t {
  kListed,    ///< the catalogue, or the operator, names it for this binding
  kVerified,  ///< it leads to an anchor of the catalogue
  kUnknown,
};

/// A certificate with its issuers.
struct Chain {
  std::string id;                      ///< digest of its octets
  std::string key;                     ///< SHA-256 of its public key, hexadecimal
  std::vector<std::string> issuers{};  ///< the same of its issuers, from the leaf upwards
  RdataSet satisfies{};  ///< of all records in question those that a client would accept it by
  RdataSet wanted{};     ///< what the configured combinations ask for
  Bytes key_record{};    ///< 3 1 1 of its key, whatever is configured
  sys_seconds not_before{};
  sys_seconds not_after{};
  /// The earliest end of what leads from it to the anchor that is published.
  std::optional<sys_seconds> anchor_not_after{};
  IssuerStanding issuer = IssuerStanding::kListed;
  sys_seconds arrived{};  ///< when it was accepted
  bool operator==(const Chain&) const = default;
};

enum class BindingKeyUse : std::uint8_t {
  kCurrent,
  kNext,         ///< made and announced, not served yet
  kRetired,      ///< was served once
  kCompromised,  ///< somebody else has it, or nobody
};

struct BindingKey {
  std::string id;  ///< as Chain::key
  BindingKeyUse use = BindingKeyUse::kCurrent;
  RdataSet records{};  ///< of the configured combinations those that name a key
  sys_seconds since{};
  bool is_stolen = false;  ///< somebody else has it
  /// When the last of its certificates ends that were seen, served or not.
  std::optional<sys_seconds> certified_until{};
  bool operator==(const BindingKey&) const = default;
};

/// An address of a service, with SNI or without, by one algorithm: all that can differ.
struct Endpoint {
  std::string name;
  std::string owner{};     ///< of its TLSA records; empty: not known yet
  bool is_probed = true;   ///< somebody looks at it
  bool is_silent = false;  ///< the last look found nobody
  /// The last look found somebody with whom no TLS session comes about: clients that hold records
  /// refuse it, and mail waits (RFC 7672 section 2.2).
  bool is_without_tls = false;
  std::string why{};  ///< of both: what the look met, a sentence that begins with a verb
  struct Sight {
    std::string key;       ///< as Chain::key
    RdataSet satisfies{};  ///< as Chain::satisfies
    RdataSet wanted{};     ///< as Chain::wanted
    unsigned hits = 0;     ///< so many looks in succession showed the same
    sys_seconds at{};      ///< the last of them
    bool operator==(const Sight&) const = default;
  };
  std::optional<Sight> sight{};
  bool operator==(const Endpoint&) const = default;
};

enum class EmergencyKind : std::uint8_t { kKeyStolen, kKeyLost, kIssuerCompromised };
enum class EmergencyChoice : std::uint8_t {
  kNextKey,       ///< the key that is announced everywhere takes over now
  kAvailability,  ///< the old key is served until the new one is announced everywhere
  kSecurity,      ///< a new key is served now
  kRecords,       ///< only records change
};

struct Emergency {
  EmergencyKind kind = EmergencyKind::kKeyStolen;
  EmergencyChoice choice = EmergencyChoice::kSecurity;
  sys_seconds since{};
  /// Of that key, what was served before: nobody goes back to it, but a service that reloads late
  /// may present it.
  std::vector<Chain> former{};
  bool operator==(const Emergency&) const = default;
};

/// A record that must not be published.
struct BannedRecord {
  Bytes rdata{};
  std::optional<sys_seconds> until{};  ///< none: for ever
  bool operator==(const BannedRecord&) const = default;
};

/// Something that clients may have noticed, or will.
struct Incident {
  sys_seconds at{};
  std::string rule{};                  ///< identifier, rollover/tlsa_ids.h
  std::string what{};                  ///< a sentence
  std::optional<sys_seconds> until{};  ///< when it is over for everybody; none: nobody can tell
  bool is_open = false;                ///< still going on
  bool operator==(const Incident&) const = default;
};

/// A chain that is to be served. Root may do so, or the process end, before that is noted: what
/// follows from it then is what was decided, and announced.
struct PendingDeployment {
  std::string chain{};  ///< Chain::id
  std::string rule{};   ///< identifier, rollover/tlsa_ids.h
  std::string reason{};
  // As in rollover::Deployment:
  bool is_exchange = false;
  bool is_known_by_key = false;
  bool is_outage = false;
  bool operator==(const PendingDeployment&) const = default;
};

/// All that is remembered.
struct Binding {
  std::string name;
  std::vector<BindingKey> keys{};
  std::optional<Chain> served{};
  std::vector<Chain> staged{};             ///< accepted and waiting, in order of arrival; one a key
  std::vector<Chain> previous{};           ///< were served before, and may be again for a while
  std::optional<sys_seconds> deployed{};   ///< since when `served` is served
  std::optional<sys_seconds> confirmed{};  ///< since when every endpoint is known to present it
  std::optional<PendingDeployment> pending{};
  bool is_from_backup = false;  ///< what is served is yet to be compared with what is published
  bool is_untold = false;       ///< services could not be told of `served`, or did not take it
  /// Records were exchanged at once: those that nobody needs do not wait for those that came.
  bool is_exchange = false;
  bool is_roll_wanted = false;
  bool is_stopping = false;  ///< no records any more
  std::optional<Emergency> emergency{};
  std::vector<BannedRecord> banned{};
  /// Until then certificates of a stolen key may be valid: nothing that names an issuer is wanted.
  std::optional<sys_seconds> stolen_until{};
  RdataSet confirmed_issuers{};  ///< records that the operator let in
  RdataSet adopted{};            ///< were the author's before, or another tool's
  RdataSet dropped{};            ///< were adopted, and are let go of
  /// Certificates that the operator turned back from, by their id: not taken from the client again.
  std::set<std::string> turned_back{};
  std::vector<Incident> incidents{};

  [[nodiscard]] const BindingKey* key(std::string_view id) const;
  [[nodiscard]] BindingKey* key(std::string_view id);
  [[nodiscard]] const BindingKey* key_of(BindingKeyUse use) const;
  [[nodiscard]] const Chain* staged_for(std::string_view key) const;
  [[nodiscard]] bool is_compromised(std::string_view key) const;
  bool operator==(const Binding&) const = default;
};

std::string_view to_text(BindingMode mode);
std::string_view to_text(BindingKeyUse use);
std::string_view to_text(EmergencyKind kind);
std::string_view to_text(EmergencyChoice choice);
std::string_view to_text(IssuerStanding standing);
std::optional<BindingMode> binding_mode_from_text(std::string_view text);
std::optional<BindingKeyUse> binding_key_use_from_text(std::string_view text);
std::optional<EmergencyKind> emergency_kind_from_text(std::string_view text);
std::optional<EmergencyChoice> emergency_choice_from_text(std::string_view text);
std::optional<IssuerStanding> issuer_standing_from_text(std::string_view text);

}  // namespace danewerk::model
