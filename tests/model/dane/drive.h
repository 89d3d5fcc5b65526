#pragma once

/// \file
/// Lets the engine keep the certificates and TLSA records of one or two bindings in a world of
/// resolvers, pass after pass in virtual time: clients that renew when and how they like, hooks
/// that are called twice or not at all, secondaries that are cut off, operators, emergencies. What
/// the engine is told is what can be seen. Thread-compatible.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drive/dice.h"
#include "model/facts.h"
#include "rollover/binding.h"
#include "world/dane.h"

namespace danewerk::dane {

using drive::Dice;

/// How often something happens, in thousandths a pass.
struct Troubles {
  unsigned cut_secondary = 0;
  unsigned late_pass = 0;
  unsigned lost_pass = 0;
  unsigned failed_publish = 0;
  unsigned held = 0;
  unsigned renewal = 0;     ///< before its time
  unsigned new_key = 0;     ///< of a thousand renewals
  unsigned new_issuer = 0;  ///< of a thousand renewals one that nobody announced
  unsigned no_hook = 0;     ///< of a thousand renewals; a later pass finds them
  unsigned request = 0;
  unsigned emergency = 0;
  unsigned forms = 0;  ///< the operator asks for other records
  unsigned ttl = 0;
};

struct Scenario {
  std::uint64_t seed = 0;
  model::BindingPolicy policy{};
  std::vector<model::TlsaCombination> forms{};
  std::size_t bindings = 1;
  std::size_t owners = 1;
  unsigned secondaries = 0;
  std::size_t endpoints = 1;
  bool is_probed = true;
  seconds zone_lag = std::chrono::hours(1);
  seconds reload_lag{0};
  seconds soa_refresh = std::chrono::hours(2);
  seconds soa_retry = std::chrono::minutes(15);
  seconds soa_expire = std::chrono::days(7);
  seconds negative_ttl = std::chrono::minutes(30);
  seconds lifetime = std::chrono::days(60);
  seconds pass = std::chrono::hours(1);
  std::chrono::days length{120};
  Troubles troubles{};
  bool has_one_authority = false;  ///< else each binding has issuers of its own
};
Scenario random_scenario(std::uint64_t seed);
std::string to_text(const Scenario& scenario);
std::vector<model::TlsaCombination> random_forms(Dice& dice);

struct Outcome {
  std::vector<std::string> faults{};
  std::size_t passes = 0;
  std::size_t deployments = 0;
  std::size_t versions = 0;
  std::size_t incidents = 0;
  std::vector<std::string> log{};
};

class Drive {
 public:
  explicit Drive(const Scenario& scenario);
  void run();
  /// All troubles end: every chain that waits has to be served, every roll to end.
  void settle();
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

 private:
  struct Certificate {
    world::Presented content{};
    sys_seconds from{};
    model::IssuerStanding standing = model::IssuerStanding::kListed;
  };
  /// A binding and the client that renews its certificate.
  struct Side {
    model::Binding binding;
    model::BindingPolicy policy;
    std::optional<Certificate> folder{};  ///< what the client has
    bool is_seen = false;                 ///< somebody told us of it
    std::string client_key{};             ///< that the client keeps
    std::map<std::string, rollover::TlsaWish> wishes{};
    std::map<std::string, model::Endpoint> endpoints{};
    std::map<std::string, std::string> shown{};
    rollover::BindingDecision last{};
    std::size_t counted = 0;  ///< incidents
  };
  struct Zone {
    model::TlsaOwner owner;
    model::Facts facts;
    model::VersionNumber version = 0;
    std::map<model::VersionNumber, world::TlsaRrset> unpublished{};
    std::optional<sys_seconds> fails_until{};
    bool is_maybe_served = false;
    rollover::OwnerView view{};
    std::map<std::size_t, sys_seconds> back{};
  };
  struct Reload {
    sys_seconds at{};
    std::string endpoint;
    world::Presented content;
  };

  void step_to(sys_seconds at);
  void pass();
  void pass_of(Side& side);
  void act(Side& side);
  void commit();
  void publish(Zone& zone, std::size_t index);
  void observe(Zone& zone, std::size_t index);
  void advance();
  void look(Side& side);
  void happen();
  void happen_to(Side& side);
  void renew(Side& side, bool is_careful);
  [[nodiscard]] std::string authority_of(const Side& side) const;
  [[nodiscard]] std::optional<std::string> trusted_issuer(const Side& side) const;
  void hand_over(Side& side);
  void request(Side& side);
  void emergency(Side& side);
  void serve_operator(Side& side);
  void serve_emergency(Side& side);
  void judge();
  void judge_theft(const Zone& zone);
  [[nodiscard]] bool is_allowed(const world::Refusal& refusal) const;
  [[nodiscard]] bool is_at_rest(const Side& side) const;
  [[nodiscard]] rollover::BindingSituation situation(const Side& side) const;
  [[nodiscard]] model::Chain chain_of(const Certificate& certificate) const;
  void evaluate(model::Chain& chain) const;
  [[nodiscard]] model::RdataSet pool() const;
  [[nodiscard]] model::RdataSet wanted_for(const world::Presented& content) const;
  [[nodiscard]] model::RdataSet satisfied_by(const world::Presented& content) const;
  void fault(const std::string& sentence);
  void log(const std::string& sentence);

  Scenario scenario_;
  Dice dice_;
  world::DaneWorld world_;
  std::vector<Zone> zones_;
  std::vector<Side> sides_;
  std::map<std::string, Certificate> certificates_;
  std::vector<Reload> reloads_;
  std::set<std::string> stolen_{};   ///< keys
  std::set<std::string> offered_{};  ///< certificates
  std::vector<model::TlsaCombination> forms_;
  seconds ttl_{0};
  std::optional<sys_seconds> held_until_{};
  sys_seconds now_;
  mutable model::RdataSet pool_{};  ///< records in question, as of the last situation
  std::size_t made_ = 0;
  Outcome outcome_;
};

}  // namespace danewerk::dane
