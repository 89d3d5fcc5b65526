#pragma once

/// \file
/// A pass over all bindings (the rules live in rollover/binding.h): certificate files are
/// read, chains judged by OpenSSL, what may be served is served, and what zones are to hold is
/// told. Before the zones of the same pass. For one pass; not for two threads at once.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/binding_files.h"
#include "engine/binding_look.h"
#include "engine/binding_owners.h"
#include "engine/binding_report.h"
#include "engine/binding_serve.h"
#include "engine/client_archive.h"
#include "engine/elsewhere_owners.h"
#include "engine/endpoint_look.h"
#include "engine/zone_pass.h"
#include "engine/zone_tlsa.h"
#include "model/binding_state.h"
#include "rollover/binding.h"
#include "serve/deploy.h"
#include "store/key_access.h"
#include "store/state.h"
#include "tlsa/append_root.h"
#include "tlsa/catalogue.h"

namespace danewerk::engine {

class BindingRound {
 public:
  /// Both must outlive it.
  BindingRound(const PassTask& pass, store::State& state);
  BindingRound(const BindingRound&) = delete;
  BindingRound& operator=(const BindingRound&) = delete;
  ~BindingRound();

  /// Decides for every binding, serves what may be served, and remembers it. A binding that fails
  /// is a finding in its report. Fails when the state does.
  Result<std::vector<BindingReport>> run();

  /// What `run` would begin with, for requests: nothing is taken in, decided or written.
  Result<BindingsLook> look();

  /// What the rules say against certificates that the clients left (ROLL-TLSA-*), and owners at
  /// which no record can stand (BINDING-OWNER-TAKEN), for a check. As
  /// `look`, after which nothing else is to be asked.
  Result<Findings> refusals();

  /// What a zone is to hold. Empty for a zone without services of ours.
  [[nodiscard]] const std::vector<OwnerWish>& wishes(const std::string& zone) const;

  /// Services by the zone of their host, with what clients may hold of their records once this
  /// pass is over. After `run` or `look`.
  [[nodiscard]] GuardedServices guarded() const;

 private:
  struct Owner;
  struct Bound;
  struct Cure;

  Result<void> read_state();
  Result<void> load_bindings();
  Result<void> enter_zone(const config::ZoneConfig& zone, OwnerLook& look) const;
  void find_elsewhere();
  void find_caching();
  void enter_owner(const config::Service& service, Bound& bound);
  Result<Owner*> owner_elsewhere(const std::string& name, Bound& bound);
  Result<Owner*> owner_at(const std::string& name, const config::ZoneConfig& zone,
                          const model::BindingPolicy& policy);
  Result<void> load_left_owners();
  void recall(Bound& bound);
  void inherit(Bound& bound);
  Result<void> enter_left(Bound& bound);
  static void remember_owners(Bound& bound);
  void read_chains(Bound& bound);
  void append_root(Bound& bound, tlsa::Chain& chain);
  [[nodiscard]] std::optional<tlsa::RootWish> root_wish(const Bound& bound,
                                                        const tlsa::Chain& chain) const;
  [[nodiscard]] tlsa::Chain with_root(const Bound& bound, const tlsa::Chain& chain) const;
  [[nodiscard]] Result<tlsa::Chain> chain_of(const std::string& pem) const;
  [[nodiscard]] store::KeyFolder key_store() const;
  void take_in_served(Bound& bound);
  Result<std::string> told_chain(Bound& bound);
  static bool is_changed(const Bound& bound, const std::optional<ServedNow>& there);
  [[nodiscard]] bool is_outdated(const Bound& bound) const;
  void restore_served(Bound& bound, const std::optional<ServedNow>& there);
  void confirm_served(Bound& bound, const std::string& pem);
  Result<serve::Deployed> serve(const Bound& bound, ServeWish wish);
  Result<std::string> id_of_served(Bound& bound, const std::string& pem);
  [[nodiscard]] model::RdataSet published_records(const Bound& bound) const;
  [[nodiscard]] model::RdataSet records_in_question(const Bound& bound) const;
  [[nodiscard]] Result<model::Chain> facts_of(const Bound& bound, const tlsa::Chain& chain) const;
  [[nodiscard]] rollover::BindingSituation situation(const Bound& bound) const;
  [[nodiscard]] std::vector<const Owner*> sharing_place(const Owner& owner) const;
  void each_sound(const std::function<void(Bound&)>& step);
  void conclude(Bound& bound) const;
  void add_neighbours(const Bound& bound, const model::RdataSet& claimed, const Owner& owner,
                      rollover::OwnerSituation& situation) const;
  static void add_neighbour(const Bound& other, const model::RdataSet& claimed, const Owner& owner,
                            rollover::OwnerSituation& situation);

  [[nodiscard]] bool wants_look(const Bound& bound) const;
  void look_at_endpoints();
  void look_at(std::vector<Bound*> asked);
  bool enter_sights(Bound& bound, const std::vector<SeenEndpoint>& seen);
  [[nodiscard]] model::Endpoint::Sight sight_of(const Bound& bound, const SeenEndpoint& seen) const;
  [[nodiscard]] bool is_neighbours(const Bound& bound, const std::string& key) const;
  Result<void> check_live(const Bound& bound, const std::string& pem);
  Result<void> open_handover(Bound& bound);
  static bool is_roots(const Bound& bound);
  [[nodiscard]] Result<void> withdraw_verdicts() const;
  [[nodiscard]] HandedCertificate read_handed(const Bound& bound) const;
  [[nodiscard]] HandedCertificate read_given(const Bound& bound) const;
  void tell_root(Bound& bound);

  void offer(Bound& bound);
  [[nodiscard]] std::optional<Cure> find_cure(const Bound& bound) const;
  void go_back(Bound& bound);
  void advise_cure(Bound& bound);
  [[nodiscard]] Result<std::optional<ArchivedKey>> spare_key(const Bound& bound,
                                                             const std::string& pem) const;
  [[nodiscard]] tlsa::ChainDemands demands_of(const Bound& bound) const;
  void find_coverage(Bound& bound) const;
  [[nodiscard]] std::vector<tlsa::Association> issuer_records(const Bound& bound) const;
  [[nodiscard]] std::optional<IssuerLook> issuers_of(const Bound& bound) const;
  [[nodiscard]] model::RdataSet coverage_of(const Bound& bound, const tlsa::Chain& chain) const;
  bool judge(Bound& bound, const tlsa::Chain& chain);
  void settle_all();
  void settle(Bound& bound);
  void decide(Bound& bound);
  /// What became of a chain that was to be served.
  enum class Deploying : std::uint8_t {
    kServed,
    kUntold,  ///< it is there, and services did not take it
    kNoKey,   ///< another one may be served instead
    kNews,    ///< the zone's author added something that counts, or servers elsewhere show it
    kNotNow,
  };
  bool finds_news(Bound& bound);
  bool finds_news_elsewhere(Bound& bound);
  Result<void> remember(Bound& bound, const rollover::Deployment& deployment);
  static void forget_pending(Bound& bound, const rollover::BindingDecision& decision);
  Deploying deploy(Bound& bound, const rollover::Deployment& deployment);
  [[nodiscard]] bool lacks_key(const Bound& bound, const ServeWish& wish) const;
  void find_lost_keys(Bound& bound) const;
  Deploying put_in_place(Bound& bound, const rollover::Deployment& deployment);
  bool make_next_key(Bound& bound);
  [[nodiscard]] seconds key_retention(const Bound& bound) const;
  void set_old_keys_aside(Bound& bound);
  static void drop_old_files(Bound& bound);
  static void forget_chains(Bound& bound);
  static Renewal renewal_of(const Bound& bound);
  void tell_again(Bound& bound, const rollover::BindingDecision& decision);
  void finish(Bound& bound, const rollover::BindingDecision& decision);
  void gather_wishes();
  [[nodiscard]] model::RdataSet adopted_at(const Owner& owner) const;
  [[nodiscard]] OwnerWish wish_at(const Owner& owner);
  [[nodiscard]] bool has_failed_binding() const;
  Result<void> change_elsewhere();
  void take_results(std::vector<ElsewhereWish>& wishes);
  static rollover::OwnerShare share_of(const Bound& bound, const Owner& owner);
  void event(Bound& bound, const std::string& what, std::string_view rule);
  Result<void> save();
  Result<void> save_owners(store::State::Transaction& transaction) const;
  static bool is_forgotten(const Owner& owner);
  Result<void> forget_bindings(store::State::Transaction& transaction);

  const PassTask& pass_;
  store::State& state_;
  tlsa::Catalogue catalogue_{};
  mutable std::map<std::string, tlsa::Chain> chains_{};   ///< of the state, by their PEM
  std::map<std::string, model::BindingPolicy> caching_;   ///< by name of an owner
  std::map<std::string, std::unique_ptr<Owner>> owners_;  ///< by name
  std::map<std::string, std::unique_ptr<Bound>> bound_;   ///< by name of the binding
  std::map<std::string, std::vector<OwnerWish>> wishes_;  ///< by zone
  BindingOwners known_;
  ElsewhereOwners elsewhere_;
  EndpointLook endpoint_look_;
  std::map<std::string, model::BindingState> stored_{};  ///< by name; until they are loaded
  std::vector<std::string> left_bindings_{};  ///< remembered, and not in the configuration
  std::vector<model::Event> events_{};
};

}  // namespace danewerk::engine
