#include "rollover/successors.h"

#include <algorithm>

#include <fmt/format.h>

#include "rollover/ds_sight.h"
#include "rollover/ids.h"
#include "rollover/ring_view.h"
#include "rollover/timing.h"

namespace danewerk::rollover {

namespace {

using model::Goal;
using model::KeyRecord;
using model::KeyRing;
using model::KeyRole;
using model::RingKey;
using model::Visibility;

/// Why a key is to be replaced.
struct Reason {
  std::string_view rule;
  std::string text;
  bool is_urgent = false;   ///< does not wait for other rolls
  bool is_rebuild = false;  ///< all roles change together: algorithm, or CSK against KSK and ZSK
};

std::uint8_t policy_algorithm(const model::Policy& policy) {
  return static_cast<std::uint8_t>(policy.algorithm);
}

const model::KeyPolicy& parameters(KeyRole role, const model::Policy& policy) {
  return role == KeyRole::kZsk ? policy.zsk : policy.ksk;
}

std::vector<KeyRole> roles_of(const model::Policy& policy) {
  if (policy.has_csk) return {KeyRole::kCsk};
  return {KeyRole::kKsk, KeyRole::kZsk};
}

bool is_role_of(KeyRole role, const model::Policy& policy) {
  return std::ranges::count(roles_of(policy), role) != 0;
}

bool uses_rsa(std::uint8_t algorithm) {
  return algorithm == 5 || algorithm == 7 || algorithm == 8 || algorithm == 10;
}

unsigned policy_bits(KeyRole role, const model::Policy& policy) {
  return uses_rsa(policy_algorithm(policy)) ? parameters(role, policy).bits : 0;
}

/// Same algorithm and size; a size that nobody knows is taken as it is.
bool fits(const RingKey& key, const model::Policy& policy) {
  const auto bits = policy_bits(key.role, policy);
  return key.algorithm == policy_algorithm(policy) &&
         (bits == 0 || key.bits == 0 || key.bits == bits);
}

sys_seconds in_use_since(const RingKey& key) {
  return key.active.value_or(key.created);
}

const RingKey* successor_with(const KeyRing& ring, const RingKey& key, KeyRecord record) {
  const auto found = std::ranges::find_if(ring.keys, [&](const RingKey& other) {
    return other.predecessor == key.id && other.owns(record) && is_in_service(ring, other);
  });
  return found == ring.keys.end() ? nullptr : &*found;
}

/// Some key that the policy has a place for can take over what KEY does.
bool is_covered(const KeyRing& ring, const RingKey& key, KeyRecord record,
                const model::Policy& policy) {
  if (!key.owns(record)) return true;
  if (is_role_of(key.role, policy)) return successor_with(ring, key, record) != nullptr;
  return std::ranges::any_of(ring.keys, [&](const RingKey& other) {
    return other.owns(record) && is_in_service(ring, other) && is_role_of(other.role, policy);
  });
}

bool has_successors(const KeyRing& ring, const RingKey& key, const model::Policy& policy) {
  return is_covered(ring, key, KeyRecord::kKrrsig, policy) &&
         is_covered(ring, key, KeyRecord::kZrrsig, policy);
}

/// A key of that algorithm in service makes such signatures.
bool signs(const KeyRing& ring, std::uint8_t algorithm, KeyRecord record) {
  return std::ranges::any_of(ring.keys, [&](const RingKey& key) {
    return key.algorithm == algorithm && key.owns(record) && is_in_service(ring, key);
  });
}

/// The algorithms whose keys in service sign both DNSKEY RRset and zone.
std::vector<std::uint8_t> complete_algorithms(const KeyRing& ring) {
  auto all = algorithms(ring);
  std::erase_if(all, [&](std::uint8_t algorithm) {
    return !signs(ring, algorithm, KeyRecord::kKrrsig) ||
           !signs(ring, algorithm, KeyRecord::kZrrsig);
  });
  return all;
}

bool is_requested(const KeyRing& ring, KeyRole role) {
  return std::ranges::count(ring.requests, role, &KeyRing::Request::role) != 0;
}

/// Works on one plan; the parts in the order in which they matter.
class Planner {
 public:
  Planner(const KeyRing& ring, const Outside& outside) : outside_(outside) { plan_.ring = ring; }

  KeyPlan make() && {
    if (plan_.ring.going_insecure) return std::move(plan_);
    drop_spoilt_successors();
    for (auto& key : plan_.ring.keys) retire(key);
    drop_strays();
    for (const auto role : roles_of(outside_.policy)) demand(role);
    keep_in_reserve();
    drop_idle_requests();
    return std::move(plan_);
  }

 private:
  /// A successor that is compromised before its predecessor has gone: back to the predecessor.
  void drop_spoilt_successors() {
    for (auto& key : plan_.ring.keys) {
      if (!key.is_compromised || !is_wanted(plan_.ring, key)) continue;
      if (key.is_standby) key.goal = Goal::kHidden;
      auto* old = plan_.ring.find(key.predecessor);
      if (old == nullptr || old->is_gone() || old->is_compromised) continue;
      key.goal = Goal::kHidden;
      old->goal = Goal::kOmnipresent;
      old->active = outside_.now;
    }
  }

  /// A key left in service alone in its algorithm, beside another that does all of the work: what
  /// a roll leaves that was turned back more than once.
  void drop_strays() {
    const auto all = complete_algorithms(plan_.ring);
    if (all.empty()) return;
    for (auto& key : plan_.ring.keys) {
      if (is_in_service(plan_.ring, key) && std::ranges::count(all, key.algorithm) == 0 &&
          key.algorithm != policy_algorithm(outside_.policy)) {
        key.goal = Goal::kHidden;
      }
    }
  }

  /// Whether a key that has a successor goes now, or when.
  void retire(RingKey& key) {
    const auto& policy = outside_.policy;
    if (!is_in_service(plan_.ring, key) || !has_successors(plan_.ring, key, policy)) return;
    const auto lifetime = parameters(key.role, policy).lifetime;
    const bool is_at_once = key.is_compromised || !is_role_of(key.role, policy) ||
                            !fits(key, policy) || signs_keys(key) || !lifetime ||
                            is_requested(plan_.ring, key.role);
    const auto end = in_use_since(key) + lifetime.value_or(seconds(0));
    if (is_at_once || end <= outside_.now) {
      key.goal = Goal::kHidden;
      std::erase(plan_.ring.requests, KeyRing::Request{key.role});
      return;
    }
    plan_.dates.push_back(end);
    plan_.waits.push_back(
        Wait{.key = key.id,
             .record = KeyRecord::kZrrsig,
             .to = Visibility::kUnretentive,
             .rule = ids::kRetire,
             .reason = fmt::format("{} signs until its lifetime ends", label(key)),
             .since = in_use_since(key),
             .until = end});
  }

  void demand(KeyRole role) {
    const auto* head = head_of(plan_.ring, role);
    if (head == nullptr) head = predecessor_of_other_role(role);
    if (head == nullptr) {
      want(role, "",
           {.rule = ids::kFirstKey, .text = fmt::format("the zone has no {}", name(role))});
      return;
    }
    const auto reason = why_replace(*head, role);
    if (!reason) return;
    if (outside_.is_frozen && !reason->is_urgent) {
      plan_.waits.push_back(
          Wait{.key = head->id,
               .record = KeyRecord::kDnskey,
               .to = Visibility::kUnretentive,
               .rule = ids::kFrozen,
               .reason = fmt::format(
                   "{}; the zone is frozen, danewerk zone thaw lets its roll begin", reason->text),
               .since = outside_.now,
               .is_operators = true});
      return;
    }
    if (auto obstacle = obstacle_to(role, *reason); !obstacle.empty()) {
      plan_.waits.push_back(
          Wait{.key = head->id,
               .record = KeyRecord::kDnskey,
               .to = Visibility::kUnretentive,
               .rule = ids::kOneAtATime,
               .reason = fmt::format("{}; its roll waits: {}", reason->text, std::move(obstacle)),
               .since = outside_.now});
      return;
    }
    if (!take_from_reserve(*head, role)) want(role, head->id, *reason);
  }

  static std::string name(KeyRole role) {
    switch (role) {
      case KeyRole::kKsk:
        return "KSK";
      case KeyRole::kZsk:
        return "ZSK";
      case KeyRole::kCsk:
        return "CSK";
    }
    return {};
  }

  /// Where the policy now has other roles: the key that did this work so far.
  const RingKey* predecessor_of_other_role(KeyRole role) const {
    const auto record = role == KeyRole::kZsk ? KeyRecord::kZrrsig : KeyRecord::kKrrsig;
    const RingKey* last = nullptr;
    for (const auto& key : plan_.ring.keys) {
      if (key.owns(record) && is_in_service(plan_.ring, key)) last = &key;
    }
    return last;
  }

  std::optional<Reason> why_replace(const RingKey& head, KeyRole role) {
    const auto& policy = outside_.policy;
    if (head.is_compromised) {
      return Reason{ids::kCompromised, label(head) + " is compromised", true};
    }
    if (head.role != role || !fits(head, policy)) {
      const bool is_rebuild = head.role != role || head.algorithm != policy_algorithm(policy);
      return Reason{ids::kPolicyChanged,
                    fmt::format("the policy asks for another kind of key than {}", label(head)),
                    false, is_rebuild};
    }
    if (is_requested(plan_.ring, role)) {
      return Reason{ids::kRequested, "the operator asked to replace " + label(head)};
    }
    const auto lifetime = parameters(role, policy).lifetime;
    if (!lifetime) return std::nullopt;
    const auto due = in_use_since(head) + *lifetime - lead(role, outside_);
    if (due <= outside_.now) {
      return Reason{ids::kLifetime, fmt::format("the lifetime of {} ends {}", label(head),
                                                to_text(in_use_since(head) + *lifetime))};
    }
    plan_.dates.push_back(due);
    return std::nullopt;
  }

  /// Both change together: the one must not wait for the other.
  bool is_rebuilding() const {
    const auto is_rebuilt = [&](const RingKey& key) {
      const auto* old = plan_.ring.find(key.predecessor);
      return old != nullptr && !old->is_gone() && is_in_service(plan_.ring, key) &&
             (old->algorithm != key.algorithm || old->role != key.role);
    };
    return !plan_.wanted.empty() || std::ranges::any_of(plan_.ring.keys, is_rebuilt);
  }

  /// Why a roll may not begin now; empty: it may.
  std::string obstacle_to(KeyRole role, const Reason& reason) {
    // Without a key for each work, nothing else can end.
    if (reason.is_urgent || complete_algorithms(plan_.ring).empty()) return {};
    if (reason.is_rebuild && is_rebuilding()) return {};
    if (!reason.is_rebuild && !plan_.wanted.empty()) return "one roll at a time begins";
    if (auto own = under_way(plan_.ring, role); !own.empty()) return own;
    if (role == KeyRole::kCsk) return {};
    const auto other = role == KeyRole::kZsk ? KeyRole::kKsk : KeyRole::kZsk;
    auto obstacle = under_way(plan_.ring, other);
    if (role == KeyRole::kZsk && !reason.is_rebuild && !obstacle.empty() && is_stuck()) return {};
    return obstacle;
  }

  /// A KSK roll that goes on for long, or that waits for a person.
  bool is_stuck() {
    std::optional<sys_seconds> begin;
    bool is_waiting = false;
    for (const auto& key : plan_.ring.keys) {
      if (!signs_keys(key)) continue;
      const auto ds = key.at(KeyRecord::kDs).visibility;
      const auto sight = ds_sight(key, outside_);
      is_waiting = is_waiting || (ds == Visibility::kRumoured && !sight.seen) ||
                   (ds == Visibility::kUnretentive && !sight.gone);
      if (is_in_service(plan_.ring, key))
        begin = std::max(begin.value_or(key.created), key.created);
    }
    if (is_waiting && outside_.policy.cds == model::CdsPolicy::kNever) return true;
    if (!begin) return true;
    if (*begin + kLongRoll <= outside_.now) return true;
    plan_.dates.push_back(*begin + kLongRoll);
    return false;
  }

  bool take_from_reserve(const RingKey& head, KeyRole role) {
    for (auto& key : plan_.ring.keys) {
      if (!key.is_standby || key.role != role || !is_wanted(plan_.ring, key)) continue;
      if (key.is_compromised || !fits(key, outside_.policy)) continue;
      key.is_standby = false;
      key.predecessor = head.id;
      return true;
    }
    return false;
  }

  /// Keys in reserve are of the kind that is in service: another kind would need signatures of its
  /// own for nothing.
  void keep_in_reserve() {
    for (auto& key : plan_.ring.keys) {
      if (!key.is_standby || !is_wanted(plan_.ring, key)) continue;
      if (!is_role_of(key.role, outside_.policy) || !fits(key, outside_.policy) ||
          !is_served(key.role)) {
        key.goal = Goal::kHidden;
      }
    }
    for (const auto role : roles_of(outside_.policy)) fill_reserve(role);
  }

  /// The key in service is of the kind that the policy asks for.
  [[nodiscard]] bool is_served(KeyRole role) const {
    const auto* head = head_of(plan_.ring, role);
    return head != nullptr && head->algorithm == policy_algorithm(outside_.policy);
  }

  void fill_reserve(KeyRole role) {
    const auto wanted =
        role == KeyRole::kZsk ? outside_.policy.standby_zsks : outside_.policy.standby_ksks;
    unsigned kept = 0;
    for (auto& key : plan_.ring.keys) {
      if (!key.is_standby || key.role != role || !is_wanted(plan_.ring, key)) continue;
      if (++kept > wanted) key.goal = Goal::kHidden;
    }
    if (!is_served(role)) return;
    for (; kept < wanted; ++kept) {
      want(role, "",
           {.rule = ids::kStandby,
            .text = fmt::format("the policy asks for {} {} in reserve", wanted, name(role))});
      plan_.wanted.back().is_standby = true;
    }
  }

  /// A request for a role that the zone does not have any more.
  void drop_idle_requests() {
    std::erase_if(plan_.ring.requests, [&](const KeyRing::Request& request) {
      return !is_role_of(request.role, outside_.policy);
    });
  }

  void want(KeyRole role, std::string predecessor, const Reason& reason) {
    plan_.wanted.push_back(WantedKey{.role = role,
                                     .algorithm = policy_algorithm(outside_.policy),
                                     .bits = policy_bits(role, outside_.policy),
                                     .predecessor = std::move(predecessor),
                                     .is_standby = false,
                                     .rule = reason.rule,
                                     .reason = reason.text});
  }

  const Outside& outside_;
  KeyPlan plan_;
};

bool is_introduced(const KeyRing& ring, const RingKey& key) {
  if (!is_omnipresent(key, KeyRecord::kDnskey)) return false;
  if (signs_zone(key) && !is_omnipresent(key, KeyRecord::kZrrsig)) return false;
  if (!signs_keys(key)) return true;
  if (!is_omnipresent(key, KeyRecord::kKrrsig)) return false;
  const auto* old = ring.find(key.predecessor);
  return old == nullptr || old->is_gone() || is_omnipresent(key, KeyRecord::kDs);
}

}  // namespace

KeyPlan plan_keys(const KeyRing& ring, const Outside& outside) {
  return Planner(ring, outside).make();
}

bool suits(const RingKey& key, const model::Policy& policy) {
  return is_role_of(key.role, policy) && fits(key, policy);
}

std::string under_way(const KeyRing& ring, KeyRole role) {
  for (const auto& key : ring.keys) {
    const bool is_same = role == KeyRole::kZsk ? signs_zone(key) : signs_keys(key);
    if (!is_same) continue;
    if (!is_wanted(ring, key) && !key.is_gone()) {
      return fmt::format("{} is on its way out", label(key));
    }
    if (is_in_service(ring, key) && !is_introduced(ring, key)) {
      return fmt::format("{} is on its way in", label(key));
    }
  }
  return {};
}

const RingKey* head_of(const KeyRing& ring, KeyRole role) {
  const RingKey* head = nullptr;
  for (const auto& key : ring.keys) {
    if (key.role != role || !is_in_service(ring, key)) continue;
    const auto record = signs_zone(key) ? KeyRecord::kZrrsig : KeyRecord::kKrrsig;
    if (successor_with(ring, key, record) == nullptr) head = &key;
  }
  return head;
}

}  // namespace danewerk::rollover
