#pragma once

/// \file
/// Hand-made schedules for the tests of the world: what is published, in words; how long that takes
/// to reach everybody is the world's.

#include <string>
#include <utility>
#include <vector>

#include "world/world.h"

namespace danewerk::world {

inline constexpr sys_seconds kStart{std::chrono::hours(500'000)};
inline constexpr seconds kLag{3600};         ///< Dprp
inline constexpr seconds kParentLag{1800};   ///< DprpP
inline constexpr seconds kDnskeyTtl{7200};   ///< TTLkey
inline constexpr seconds kDataTtl{14400};    ///< TTLsig
inline constexpr seconds kNegativeTtl{900};  ///< Ingp
inline constexpr seconds kDsTtl{86400};      ///< TTLds
inline constexpr seconds kExpire{1'209'600};
inline constexpr seconds kLong{10'000'000};  ///< longer than all of them together

/// A zone that nobody lists a secondary of, and its parent; moves its own clock.
class Schedule {
 public:
  explicit Schedule(std::vector<std::string> secondaries = {})
      : world_({.zone = {.seen = std::move(secondaries), .unseen_lag = kLag},
                .parent = {.unseen_lag = kParentLag, .has_expire = false}}) {}

  Schedule& wait(seconds span) {
    now_ += span;
    world_.advance(now_);
    return *this;
  }
  /// The zone shows KEYS, signed by DNSKEY_SIGNERS, and data signed by DATA_SIGNERS.
  Schedule& zone(const KeySet& keys, const KeySet& dnskey_signers, const KeySet& data_signers) {
    world_.publish({.number = ++number_,
                    .dnskey = {.keys = keys,
                               .signers = dnskey_signers,
                               .ttl = keys.empty() ? kNegativeTtl : kDnskeyTtl},
                    .data = {{.name = "www A", .ttl = kDataTtl, .signers = data_signers},
                             {.name = "NSEC", .ttl = kNegativeTtl, .signers = data_signers}},
                    .expire = kExpire},
                   now_);
    return *this;
  }
  Schedule& ds(const KeySet& keys) {
    world_.publish_ds({.keys = keys, .ttl = kDsTtl}, now_);
    return *this;
  }
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] sys_seconds now() const { return now_; }
  /// The rules that were violated, each once: "", "P1-DS P1-DATA".
  [[nodiscard]] std::string broken() {
    world_.judge(now_);
    std::set<std::string> rules;
    for (const auto& violation : world_.violations()) rules.insert(violation.rule);
    std::string out;
    for (const auto& rule : rules) out += (out.empty() ? "" : " ") + rule;
    return out;
  }

 private:
  World world_;
  sys_seconds now_ = kStart;
  std::uint64_t number_ = 0;
};

/// Keys of the schedules: two KSKs and two ZSKs of one algorithm, a pair of another.
inline constexpr Key kKsk1{1, 8}, kKsk2{2, 8}, kZsk1{11, 8}, kZsk2{12, 8};
inline constexpr Key kNewKsk{3, 13}, kNewZsk{13, 13};

}  // namespace danewerk::world
