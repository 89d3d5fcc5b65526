#pragma once

/// \file
/// The servers of a zone that somebody else signs: a primary that takes updates, and secondaries
/// that follow it after a while.

#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/certificates.h"
#include "support/managed_site.h"
#include "update/network.h"

namespace danewerk::elsewhere {

using support::kHour;
using test::good;
using update::Sent;
using update::ServerAnswer;
using RdataSet = std::set<Bytes>;

inline constexpr auto kStart = support::kCertificateTime;
inline constexpr auto kDay = std::chrono::days(1);
inline constexpr auto kMinute = std::chrono::minutes(1);
inline const std::string kOwner = "_25._tcp.mx1.zone.test.";

/// Somebody else's primary, and two secondaries that take a while.
class Elsewhere : public update::Network {
 public:
  struct Content {
    sys_seconds since{};
    std::uint32_t serial = 0;
    RdataSet records{};
  };

  /// Of the primary; secondaries follow.
  void put(RdataSet records) {
    if (history.back().records == records) return;
    history.push_back({now, history.back().serial + 1, std::move(records)});
  }
  [[nodiscard]] const RdataSet& present() const { return history.back().records; }

  [[nodiscard]] const Content& at(seconds lag) const {
    const auto* found = &history.front();
    for (const auto& one : history) {
      if (one.since + lag <= now) found = &one;
    }
    return *found;
  }

  std::vector<update::OwnerLook> look_all(const std::vector<update::OwnerTask>& tasks,
                                          const update::LookOptions& /*options*/) override {
    ++looks;
    std::vector<update::OwnerLook> all;
    for (const auto& task : tasks) {
      CHECK(dns::to_text(task.owner) == kOwner);
      auto& look = all.emplace_back();
      look.zone = good(dns::name_from_text("zone.test."));
      for (const auto& [address, lag] : secondaries) look.answers.push_back(answer(address, lag));
    }
    return all;
  }

  std::vector<Sent> send_all(const std::vector<update::SendTask>& tasks,
                             const net::AskLimits& /*limits*/) override {
    std::vector<Sent> all;
    for (const auto& task : tasks) {
      ++sends;
      CHECK(to_text(task.server) == "192.0.2.1@53");
      if (outcome != Sent::Outcome::kRefused && takes) apply(*task.update);
      all.push_back({outcome, outcome == Sent::Outcome::kAccepted ? "" : "does not answer", {}});
    }
    return all;
  }

  void apply(const dns::Update& update) {
    auto records = present();
    for (const auto& record : update.records) {
      CHECK(dns::to_text(record.owner) == kOwner);
      if (record.act == dns::Update::Act::kAdd) {
        records.insert(record.rdata);
      } else {
        records.erase(record.rdata);
      }
    }
    put(std::move(records));
  }

  [[nodiscard]] ServerAnswer answer(const std::string& address, seconds lag) const {
    ServerAnswer made{.server = {.name = address + ".test.", .endpoint = {address, 53}}};
    made.why = "does not answer";
    if (silent.contains(address)) return made;
    const auto& content = at(lag);
    made.kind = ServerAnswer::Kind::kShows;
    made.soa = {.serial = content.serial,
                .refresh = kHour,
                .retry = seconds(900),
                .expire = kDay * 7,
                .negative_ttl = seconds(300)};
    made.records = content.records;
    made.ttl = content.records.empty() ? seconds(300) : seconds(600);
    made.is_signed = true;
    made.signed_until = now + kDay * 14;
    return made;
  }

  std::map<std::string, seconds> secondaries{{"192.0.2.2", seconds(60)}, {"192.0.2.3", kHour}};
  std::set<std::string> silent{};
  Sent::Outcome outcome = Sent::Outcome::kAccepted;
  bool takes = true;  ///< unless it refuses, what was sent is done
  sys_seconds now{};
  std::vector<Content> history{{.serial = 1}};
  int looks = 0;
  int sends = 0;
};

}  // namespace danewerk::elsewhere
