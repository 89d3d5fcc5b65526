#include "rollover/rollover.h"

#include <algorithm>

#include <fmt/format.h>

#include "rollover/cds.h"
#include "rollover/ids.h"
#include "rollover/methods.h"
#include "rollover/ring_view.h"
#include "rollover/rules.h"
#include "rollover/successors.h"
#include "rollover/timing.h"

namespace danewerk::rollover {

namespace {

using model::KeyRecord;
using model::KeyRing;
using model::RingKey;
using model::Visibility;

/// More steps than any zone can take at once: a fault of ours shall not become an endless loop.
constexpr int kMaxRounds = 1000;

bool withdraws(Visibility to) {
  return to == Visibility::kUnretentive || to == Visibility::kHidden;
}

/// The engine asks for something, rather than learns that it has come about.
bool is_begin(Visibility to) {
  return to == Visibility::kRumoured || to == Visibility::kUnretentive;
}

/// One call of decide: goes round until no step is possible; what the last round found out is the
/// answer.
class Pass {
 public:
  explicit Pass(const Situation& situation)
      : situation_(situation),
        outside_{.facts = situation.facts,
                 .policy = situation.policy,
                 .now = situation.now,
                 .next_version = situation.next_version,
                 .is_frozen = situation.is_frozen} {
    decision_.ring = situation.ring;
    decision_.ring.going_insecure |= situation.policy.is_unsigned;
  }

  Decision run() && {
    for (int round = 0; round < kMaxRounds; ++round) {
      decision_.waits.clear();
      dates_.clear();
      auto plan = plan_keys(decision_.ring, outside_);
      const bool is_changed = plan.ring != decision_.ring;
      decision_.ring = std::move(plan.ring);
      decision_.wanted = std::move(plan.wanted);
      decision_.waits = std::move(plan.waits);
      dates_ = std::move(plan.dates);
      if (!is_changed && !settle_one() && !begin_one()) break;
    }
    decision_.cds = cds_wish(decision_.ring, outside_);
    purge();
    decision_.ring.going_insecure = situation_.ring.going_insecure;
    choose_wake();
    return std::move(decision_);
  }

 private:
  KeyRing& ring() { return decision_.ring; }
  [[nodiscard]] bool is_held() const { return !situation_.facts.held.empty(); }

  /// A record whose caches have run out.
  bool settle_one() {
    for (std::size_t i = 0; i < ring().keys.size(); ++i) {
      for (const auto record : model::kKeyRecords) {
        const auto visibility = ring().keys.at(i).visibility(record);
        if (visibility != Visibility::kRumoured && visibility != Visibility::kUnretentive) continue;
        const auto moment = settles(ring().keys.at(i), record, outside_);
        const auto to =
            visibility == Visibility::kRumoured ? Visibility::kOmnipresent : Visibility::kHidden;
        if (settle({i, record, to}, moment)) return true;
      }
    }
    return false;
  }

  bool settle(const Move& move, const Moment& moment) {
    if (!moment.is_past(situation_.now)) {
      wait_until(move, moment);
      return false;
    }
    // That time has passed is all that speaks for it, and the clock may be what is wrong.
    if (is_held()) {
      refuse({.moves = {move}}, ids::kHeld, situation_.facts.held);
      return false;
    }
    return take({.moves = {move}, .rule = moment.rule, .reason = "no more: " + moment.reason});
  }

  void wait_until(const Move& move, const Moment& moment) {
    const auto& key = ring().keys.at(move.key);
    Wait wait{.key = key.id,
              .record = move.record,
              .to = move.to,
              .rule = moment.rule,
              .reason = moment.reason,
              .since = key.at(move.record).since,
              .until = moment.at,
              .latest = moment.latest,
              .is_operators = moment.is_operators};
    if (moment.rule == ids::kDsUpload || moment.rule == ids::kDsRemoval) explain_ds(wait);
    decision_.waits.push_back(std::move(wait));
  }

  /// Who has to act: the parent by itself, from CDS, or the operator.
  void explain_ds(Wait& wait) {
    const auto wish = cds_wish(ring(), outside_);
    const bool is_offered = wish.is_delete || !wish.keys.empty();
    wait.is_operators = !is_offered;
    const auto* verb = wait.rule == ids::kDsUpload ? "upload" : "remove";
    wait.reason +=
        is_offered ? fmt::format("; CDS asks for it, or {} it by hand", verb)
                   : fmt::format("; {} it at the registrar (`danewerk key ds` prints it)", verb);
  }

  /// A move that somebody wants.
  bool begin_one() {
    if (begin(first_signing(ring())) || begin(strip(ring(), outside_))) return true;
    for (const auto& key : ring().keys) {
      if (begin(introduce_dnskey(ring(), key, outside_)) ||
          begin(introduce_signatures(ring(), key, outside_)) ||
          begin(introduce_ds(ring(), key, outside_)) || begin(withdraw_ds(ring(), key)) ||
          begin(withdraw_signatures(ring(), key)) || begin(withdraw_dnskey(ring(), key))) {
        return true;
      }
    }
    return false;
  }

  bool begin(const std::optional<Attempt>& attempt) {
    if (!attempt) return false;
    if (attempt->is_blocked) {
      refuse(*attempt, attempt->rule, attempt->reason);
      return false;
    }
    if (situation_.policy.is_manual && !situation_.step_released) {
      refuse(*attempt, ids::kManual,
             fmt::format("{}; waits for `danewerk key step`", attempt->reason));
      decision_.waits.back().is_operators = true;
      return false;
    }
    return take(*attempt);
  }

  bool take(const Attempt& attempt) {
    const bool is_irreversible =
        std::ranges::any_of(attempt.moves, [](const Move& move) { return withdraws(move.to); });
    if (is_irreversible && is_held()) {
      refuse(attempt, ids::kHeld, situation_.facts.held);
      return false;
    }
    auto after = ring();
    for (const auto& move : attempt.moves) apply(move, after);
    if (const auto rule = violated_rule(ring(), after)) {
      refuse(attempt, *rule, fmt::format("not safe yet: {}", attempt.reason));
      return false;
    }
    for (const auto& move : attempt.moves) {
      const auto& key = ring().keys.at(move.key);
      decision_.steps.push_back(Step{.key = key.id,
                                     .record = move.record,
                                     .from = key.visibility(move.record),
                                     .to = move.to,
                                     .rule = attempt.rule,
                                     .reason = attempt.reason});
    }
    for (const auto& move : attempt.moves) {
      if (move.record == KeyRecord::kDs && is_begin(move.to))
        outside_.asked_now.push_back(ring().keys.at(move.key).id);
    }
    ring() = std::move(after);
    return true;
  }

  void apply(const Move& move, KeyRing& target) const {
    auto& key = target.keys.at(move.key);
    auto& state = key.at(move.record);
    state.visibility = move.to;
    state.since = situation_.now;
    if (is_begin(move.to) && move.record != KeyRecord::kDs) state.version = situation_.next_version;
    if (is_begin(move.to) && move.record == KeyRecord::kZrrsig) key.resigned = 0;
    if (is_activation(target, key, move)) key.active = situation_.now;
  }

  /// Tact of RFC 7583 section 3.1: a ZSK with its first signatures, a KSK when its DS is in every
  /// cache, or, at a parent that has none, when its DNSKEY is.
  static bool is_activation(const KeyRing& ring, const RingKey& key, const Move& move) {
    if (key.role == model::KeyRole::kZsk) {
      return move.record == KeyRecord::kZrrsig && move.to == Visibility::kRumoured && !key.active;
    }
    if (move.to != Visibility::kOmnipresent) return false;
    if (move.record == KeyRecord::kDs) return true;
    return move.record == KeyRecord::kDnskey && !key.active && is_insecure(ring);
  }

  void refuse(const Attempt& attempt, std::string_view rule, std::string reason) {
    const auto& move = attempt.moves.front();
    const auto& key = ring().keys.at(move.key);
    decision_.waits.push_back(Wait{.key = key.id,
                                   .record = move.record,
                                   .to = move.to,
                                   .rule = rule,
                                   .reason = std::move(reason),
                                   .since = key.at(move.record).since,
                                   .is_operators = attempt.is_operators});
  }

  void purge() {
    const auto retention = situation_.policy.key_retention;
    std::erase_if(ring().keys, [&](const RingKey& key) {
      if (is_wanted(decision_.ring, key) || !key.is_gone()) return false;
      sys_seconds last{};
      for (const auto& state : key.records) last = std::max(last, state.since);
      if (last == sys_seconds{}) return false;  // never used: somebody's spare key
      if (last + retention > situation_.now) {
        dates_.push_back(last + retention);
        return false;
      }
      if (is_held()) return false;
      decision_.purge.push_back(key.id);
      return true;
    });
  }

  void choose_wake() {
    for (const auto& wait : decision_.waits) {
      if (wait.until) dates_.push_back(*wait.until);
      if (wait.latest) dates_.push_back(*wait.latest);
    }
    for (const auto date : dates_) {
      if (date <= situation_.now) continue;
      if (!decision_.wake || date < *decision_.wake) decision_.wake = date;
    }
  }

  const Situation& situation_;
  Outside outside_;
  Decision decision_;
  std::vector<sys_seconds> dates_;
};

}  // namespace

Decision decide(const Situation& situation) {
  return Pass(situation).run();
}

}  // namespace danewerk::rollover
