#pragma once

/// \file
/// The methods of RFC 7583 and RFC 6781: which record may begin to come or to go, and together with
/// which. They choose a way; whether it is safe, the rules say (rules.h). No state.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/key_ring.h"
#include "rollover/moment.h"

namespace danewerk::rollover {

/// One record that moves; KEY counts in the ring.
struct Move {
  std::size_t key = 0;
  model::KeyRecord record = model::KeyRecord::kDnskey;
  model::Visibility to = model::Visibility::kHidden;
};

/// Moves that are made together or not at all.
struct Attempt {
  std::vector<Move> moves;
  std::string_view rule{};  ///< ids.h
  std::string reason{};     ///< why it may be made; if blocked, what is awaited
  bool is_blocked = false;
  bool is_operators = false;
};

/// The first signing of a zone: everything but DS at once.
std::optional<Attempt> first_signing(const model::KeyRing& ring);
/// DNSKEY and its signature by the key begin to come. REQUIRES for all: the key is of the ring.
std::optional<Attempt> introduce_dnskey(const model::KeyRing& ring, const model::RingKey& key,
                                        const Outside& outside);
std::optional<Attempt> introduce_signatures(const model::KeyRing& ring, const model::RingKey& key,
                                            const Outside& outside);
std::optional<Attempt> introduce_ds(const model::KeyRing& ring, const model::RingKey& key,
                                    const Outside& outside);

/// The last part of becoming insecure: everything at once, when no DS is left anywhere.
std::optional<Attempt> strip(const model::KeyRing& ring, const Outside& outside);
/// DNSKEY and its signature by the key begin to go.
std::optional<Attempt> withdraw_dnskey(const model::KeyRing& ring, const model::RingKey& key);
std::optional<Attempt> withdraw_signatures(const model::KeyRing& ring, const model::RingKey& key);
std::optional<Attempt> withdraw_ds(const model::KeyRing& ring, const model::RingKey& key);

/// Moves of those records of the key that are not there yet.
std::vector<Move> moves_of(const model::KeyRing& ring, const model::RingKey& key,
                           const std::vector<model::KeyRecord>& records, model::Visibility to);

}  // namespace danewerk::rollover
