#include "rollover/binding.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"
#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::BindingKeyUse;
using model::BindingMode;

std::string_view doing_instead(const model::Endpoint& endpoint) {
  if (endpoint.is_without_tls) return ": it answers without TLS";
  return endpoint.is_silent ? ": it does not answer" : "";
}

/// One call of decide. What time and looks have settled comes first, then what is to be served,
/// then the records for it.
class Pass {
 public:
  explicit Pass(BindingSituation situation) : s_(std::move(situation)) {}

  BindingDecision run() && {
    drop_what_ended();
    ban_issuers();
    confirm();
    close_way_back();
    end_exchange();
    end_outages();
    const auto drift = note_drift();
    auto deployment = plan_deployment(s_, drift);
    out_.deploy = std::move(deployment.deploy);
    append(deployment.waits);
    plan_keys();
    for (const auto& owner : s_.owners) plan_owner(owner, drift);
    find_what_is_worth_knowing();
    out_.label = label_of(s_);
    out_.binding = std::move(s_.binding);
    choose_wake();
    return std::move(out_);
  }

 private:
  model::Binding& binding() { return s_.binding; }
  [[nodiscard]] const model::Chain* served() const { return served_chain(s_.binding); }
  [[nodiscard]] bool is_held() const { return !s_.held.empty(); }

  void drop_what_ended() {
    if (is_held()) return;
    std::erase_if(binding().banned, [&](const model::BannedRecord& banned) {
      const bool is_over = banned.until && *banned.until <= s_.now;
      if (is_over) {
        step(ids::kTlsaBanned,
             fmt::format("{} may be published again: the stolen certificate has ended",
                         model::label(banned.rdata)));
      }
      return is_over;
    });
    std::erase_if(binding().staged, [&](const model::Chain& chain) {
      const bool is_over = chain.not_after <= s_.now || binding().is_compromised(chain.key);
      if (is_over) step(ids::kTlsaDates, fmt::format("{} is not wanted any more", name_of(chain)));
      return is_over;
    });
  }

  /// After a theft, whatever is configured, covered or taken over since: a certificate of the
  /// stolen key may be of any issuer (RFC 7672 section 4).
  void ban_issuers() {
    auto& until = binding().stolen_until;
    if (until && *until <= s_.now && !is_held()) until.reset();
    if (!until) return;
    auto records = s_.coverage;
    if (served() != nullptr) records = model::together(std::move(records), served()->wanted);
    for (const auto& chain : binding().staged) {
      records = model::together(std::move(records), chain.wanted);
    }
    for (const auto& owner : s_.owners) {
      records = model::together(std::move(records), own_records(owner, s_));
    }
    // What others publish at every owner is there in any case.
    std::erase_if(records, [&](const Bytes& rdata) {
      return std::ranges::all_of(
          s_.owners, [&](const OwnerSituation& owner) { return owner.neighbours.contains(rdata); });
    });
    auto& banned = binding().banned;
    for (const auto& rdata : records) {
      if (!model::combination_of(rdata).names_issuer()) continue;
      const auto known = std::ranges::find(banned, rdata, &model::BannedRecord::rdata);
      if (known == banned.end()) {
        banned.push_back({rdata, until});
        continue;
      }
      auto& end = known->until;
      if (end) end = std::max(*end, *until);
    }
  }

  /// Live check: every endpoint presents what we serve, twice.
  void confirm() {
    const auto deployed = binding().deployed;
    if (served() == nullptr || !deployed || binding().confirmed) return;
    if (binding().is_untold) {
      wait({.subject = name_of(*served()),
            .rule = ids::kTlsaUntold,
            .reason = "services could not be told of it",
            .since = *deployed});
      return;
    }
    for (const auto& endpoint : s_.endpoints) {
      if (presents_served(endpoint, binding())) continue;
      if (binding().previous.empty()) return;
      wait({.subject = endpoint.name,
            .rule = ids::kTlsaLiveCheck,
            .reason = fmt::format("{} is not known to present {}{}", endpoint.name,
                                  name_of(*served()), doing_instead(endpoint)),
            .since = *deployed});
      return;
    }
    binding().confirmed = s_.now;
    const bool is_seen = std::ranges::any_of(s_.endpoints, &model::Endpoint::is_probed);
    step(ids::kTlsaConfirmed,
         is_seen
             ? fmt::format("every endpoint presents {}", name_of(*served()))
             : fmt::format("nobody looks at the services (probe: none): {} is taken as presented",
                           name_of(*served())));
  }

  void close_way_back() {
    const auto confirmed = binding().confirmed;
    const auto former = former_chains(binding());
    if (!confirmed || former.empty()) return;
    const auto end = *confirmed + rollback_window(views_of(s_), s_.policy);
    if (s_.now >= end && !is_held()) {
      binding().previous.clear();
      if (auto& emergency = binding().emergency) emergency->former.clear();
      step(ids::kTlsaRollback, "what was served before is let go");
      return;
    }
    wait({.subject = name_of(*former.back()),
          .rule = is_held() ? ids::kHeld : ids::kTlsaRollback,
          .reason = is_held() ? s_.held : why_former_counts(),
          .since = *confirmed,
          .until = end});
  }

  [[nodiscard]] std::string why_former_counts() const {
    return s_.binding.previous.empty() ? "a service that reloads late may present it"
                                       : "the way back stays open";
  }

  void end_exchange() {
    if (!binding().is_exchange || served() == nullptr) return;
    const auto needs = needs_of(*served(), binding());
    if (are_omnipresent(needs, s_)) binding().is_exchange = false;
  }

  /// What was served against the gate is accepted by every version that may be held, or presented
  /// by nobody any more.
  void end_outages() {
    if (served() == nullptr || !binding().confirmed) return;
    if (std::ranges::none_of(binding().incidents, &model::Incident::is_open)) return;
    // What is banned goes as soon as others let it, whoever needs it.
    if (binding().is_exchange || may_reload_late() || is_any_refused()) return;
    const bool is_seen = std::ranges::any_of(s_.endpoints, &model::Endpoint::is_probed);
    for (auto& incident : binding().incidents) {
      // What was decided a moment ago may not be published yet.
      const bool is_new = incident.at == s_.now || !incident.is_open;
      // Where nobody looks, nobody knows what is presented: it takes as long as was foreseen.
      if (!is_seen && incident.until && s_.now < *incident.until) continue;
      if (is_new || incident.rule == ids::kTlsaDrift) continue;
      incident.is_open = false;
      incident.until = s_.now;
    }
  }

  /// A service that nobody looks at may present what was served before.
  [[nodiscard]] bool may_reload_late() const {
    const auto& deployed = s_.binding.deployed;
    return deployed && !std::ranges::all_of(s_.endpoints, &model::Endpoint::is_probed) &&
           s_.now < *deployed + rollback_window(views_of(s_), s_.policy);
  }

  /// Some version that may be held refuses what is served, or what an endpoint presents: of one
  /// key that may be an earlier certificate still.
  [[nodiscard]] bool is_any_refused() const {
    const auto views = views_of(s_);
    const auto is_refused = [&](const model::RdataSet& satisfied) {
      return !gate(satisfied, views, GateKind::kStrict).is_open();
    };
    return is_refused(served()->satisfies) ||
           std::ranges::any_of(s_.endpoints, [&](const model::Endpoint& endpoint) {
             const auto* sight = current_sight(endpoint, s_.binding);
             return sight != nullptr && is_refused(sight->satisfies);
           });
  }

  Drift note_drift() {
    auto drift = find_drift(s_);
    out_.reload = drift.some;
    for (const auto& name : drift.some) {
      finding(ids::kTlsaDrift,
              fmt::format("{} presents what no record matches; others do not: reload it", name));
    }
    for (const auto& name : drift.strangers) {
      finding(ids::kTlsaStranger,
              fmt::format("{} presents a key that nobody here knows: hand over its certificate if "
                          "it is yours, else somebody answers in its place",
                          name));
    }
    auto& incidents = binding().incidents;
    const auto open = std::ranges::find_if(incidents, [](const model::Incident& incident) {
      return incident.is_open && incident.rule == ids::kTlsaDrift;
    });
    if (!drift.is_full) {
      if (open != incidents.end()) {
        open->is_open = false;
        open->until = s_.now;
      }
      return drift;
    }
    finding(ids::kTlsaDrift, "the services present what no published record matches");
    if (open == incidents.end()) {
      incidents.push_back(
          {.at = s_.now,
           .rule = std::string(ids::kTlsaDrift),
           .what = drift.is_restorable  ? "services presented a chain that no record matches; what "
                                          "is to be served is put there again"
                   : drift.live.empty() ? "services present a chain that no record matches"
                                        : "services present a chain that no record matches; its "
                                          "record is added",
           .until = s_.now + horizon(),
           .is_open = true});
    }
    return drift;
  }

  void plan_keys() {
    if (served() == nullptr || wants_no_records(s_)) return;
    const auto* next = binding().key_of(BindingKeyUse::kNext);
    const bool is_asked = binding().is_roll_wanted || binding().emergency.has_value();
    if (next == nullptr) {
      const bool is_wanted = s_.policy.mode == BindingMode::kNext || is_asked;
      const bool is_replaced = binding().emergency && !binding().staged.empty();
      if (!is_wanted || is_replaced || !binding().previous.empty() || binding().is_exchange) return;
      out_.wants_next_key = true;
      wait({.subject = binding().name,
            .rule = ids::kTlsaNextKey,
            .reason = fmt::format("a next key is to be made: `danewerk tlsa next-key {}`",
                                  binding().name),
            .since = s_.now,
            .is_operators = true});
      return;
    }
    if (!is_asked || binding().staged_for(next->id) != nullptr) return;
    const auto& emergency = binding().emergency;
    const bool is_urgent = emergency && emergency->choice == model::EmergencyChoice::kSecurity;
    if (!is_urgent && !are_omnipresent(next->records, s_)) {
      wait_for_ready(*next);
      return;
    }
    out_.order_for = next->id;
    wait({.subject = next->id,
          .rule = ids::kTlsaOrder,
          .reason = fmt::format("the next key may be served: order its certificate (`danewerk tlsa "
                                "csr {} --key next`)",
                                binding().name),
          .since = next->since,
          .is_operators = true});
  }

  /// A certificate that is there too early may be served too early.
  void wait_for_ready(const model::BindingKey& next) {
    Moment ready{.at = sys_seconds{}};
    for (const auto& owner : s_.owners) {
      const auto& versions = owner.view.owner.versions;
      for (std::size_t i = 0; i < versions.size(); ++i) {
        if (std::ranges::includes(versions[i].records, next.records)) continue;
        ready = later_of(ready, owner.view.ends.at(i));
      }
    }
    BindingWait waiting{.subject = next.id,
                        .rule = ids::kTlsaIn,
                        .reason = are_published(next.records, s_)
                                      ? "versions of the RRset without the next key may be held"
                                      : "the next key's records are not published yet",
                        .since = next.since,
                        .until = ready.at,
                        .latest = ready.latest};
    if (!ready.at) waiting.expected = s_.now + horizon();
    wait(std::move(waiting));
  }

  void plan_owner(const OwnerSituation& owner, const Drift& drift) {
    auto plan = plan_records(owner, s_, drift.live);
    append(plan.waits);
    const auto own = own_records(owner, s_);
    const auto rule = binding().is_stopping ? ids::kTlsaStop : ids::kTlsaNotNeeded;
    for (const auto& rdata : model::without(plan.wish.records, own)) {
      if (owner.view.owner.is_out(rdata)) continue;
      step(ids::kTlsaNeeded,
           fmt::format("{} comes at {}", model::label(rdata), owner.view.owner.name));
    }
    for (const auto& rdata : model::without(own, plan.wish.records)) {
      step(rule, fmt::format("{} goes at {}", model::label(rdata), owner.view.owner.name));
    }
    for (const auto& rdata : stale_records(owner, s_)) {
      finding(ids::kTlsaStale, fmt::format("{} at {} matches nothing we know", model::label(rdata),
                                           owner.view.owner.name));
    }
    out_.wishes[owner.view.owner.name] = std::move(plan.wish);
  }

  void find_silent() {
    for (const auto& endpoint : s_.endpoints) {
      if (!endpoint.is_probed || !endpoint.is_silent) continue;
      finding(ids::kTlsaSilent, fmt::format("{} cannot be reached{}{}", endpoint.name,
                                            endpoint.why.empty() ? "" : ": ", endpoint.why));
    }
  }

  void find_plain() {
    for (const auto& endpoint : s_.endpoints) {
      const bool is_plain = endpoint.is_probed && endpoint.is_without_tls;
      if (!is_plain || !is_promised(endpoint, s_)) continue;
      finding(ids::kTlsaPlain,
              fmt::format("{}: senders that hold its TLSA records defer their mail",
                          without_tls(endpoint)));
    }
  }

  /// Monitoring has to know for as long as it goes on, whoever chose it.
  void find_outages() {
    for (const auto& incident : binding().incidents) {
      if (!incident.is_open || incident.rule == ids::kTlsaDrift) continue;
      finding(ids::kTlsaRefused,
              fmt::format("clients may refuse what is served{}: {}",
                          incident.until ? " until about " + to_text(*incident.until) : "",
                          incident.what));
    }
  }

  void find_changed_keys(const model::Chain& served) {
    for (const auto& chain : binding().staged) {
      if (chain.key == served.key || s_.policy.mode == BindingMode::kAny) continue;
      const auto* key = binding().key(chain.key);
      if (key != nullptr && key->use == BindingKeyUse::kNext) continue;
      finding(ids::kTlsaKeyChanged,
              fmt::format("{}: the client changes the key at renewal; make it keep the key",
                          name_of(chain)));
    }
  }

  void find_what_is_worth_knowing() {
    find_silent();
    find_plain();
    if (served() == nullptr) return;
    find_outages();
    const auto& served = *served_chain(s_.binding);
    find_changed_keys(served);
    if (served.anchor_not_after && *served.anchor_not_after <= s_.now + kAnchorLead) {
      finding(ids::kTlsaAnchorEnds, fmt::format("the anchor of {} ends at {}", name_of(served),
                                                to_text(*served.anchor_not_after)));
    }
    find_unknown_issuer(served);
    find_early_end(served);
  }

  /// What is configured and not published names an issuer that nobody knows. As first records they
  /// come all the same.
  void find_unknown_issuer(const model::Chain& served) {
    const auto unknown = unvouched(served, s_);
    if (unknown.empty()) return;
    const auto record = model::label(*unknown.begin());
    const auto remedy =
        fmt::format("`danewerk tlsa adopt {} --confirm-issuer` lets it in", binding().name);
    if (!has_records(s_) || wants_no_records(s_)) {
      finding(ids::kTlsaIssuer,
              fmt::format("nobody vouches for the issuer of what is served ({})", record));
      return;
    }
    finding(ids::kTlsaIssuer,
            fmt::format("nobody vouches for the issuer of what is served: {} is not published",
                        record));
    wait({.subject = name_of(served),
          .rule = ids::kTlsaIssuer,
          .reason = fmt::format("{} is not published, for nobody vouches for its issuer: {}",
                                record, remedy),
          .since = binding().deployed.value_or(s_.now),
          .is_operators = true});
  }

  /// A wait that ends too close to the end of the served certificate, or after it.
  void find_early_end(const model::Chain& served) {
    std::optional<sys_seconds> ends;
    for (const auto& wait : out_.waits) {
      const bool is_ours = wait.rule == ids::kTlsaGate || wait.rule == ids::kTlsaIn ||
                           wait.rule == ids::kNotSeen || wait.rule == ids::kNotShown ||
                           wait.rule == ids::kNotPublished;
      const auto end = wait.until ? wait.until : wait.expected ? wait.expected : wait.latest;
      if (is_ours && end && (!ends || *end > *ends)) ends = end;
    }
    if (!ends || served.not_after >= *ends + kRenewalLead) return;
    finding(ids::kTlsaRenewFirst,
            fmt::format("{} ends at {}, too close to {}: renew it with its own key first",
                        name_of(served), to_text(served.not_after), to_text(*ends)));
  }

  [[nodiscard]] std::vector<sys_seconds> dates() const {
    std::vector<sys_seconds> dates;
    const auto add = [&](std::optional<sys_seconds> date) {
      if (date) dates.push_back(*date);
    };
    for (const auto& wait : out_.waits) {
      add(wait.until);
      add(wait.latest);
    }
    for (const auto& owner : s_.owners) {
      for (const auto& end : owner.view.ends) add(end.at ? end.at : end.latest);
    }
    for (const auto& banned : out_.binding.banned) add(banned.until);
    const auto* served = served_chain(out_.binding);
    if (out_.binding.staged.empty() || served == nullptr) return dates;
    add(served->not_after - kExpiryLead);
    add(served->not_after - kExpirySlack - horizon());
    return dates;
  }

  void choose_wake() {
    for (const auto date : dates()) {
      if (date > s_.now && (!out_.wake || date < *out_.wake)) out_.wake = date;
    }
  }

  [[nodiscard]] seconds horizon() const {
    seconds longest{0};
    for (const auto& owner : s_.owners) longest = std::max(longest, owner.view.horizon);
    return longest;
  }

  void step(std::string_view rule, std::string what) {
    out_.steps.push_back({.rule = rule, .what = std::move(what)});
  }
  void wait(BindingWait waiting) { out_.waits.push_back(std::move(waiting)); }
  void append(std::vector<BindingWait>& waits) {
    for (auto& one : waits) wait(std::move(one));
  }
  void finding(std::string_view rule, std::string text) {
    out_.findings.push_back({.rule = rule, .text = std::move(text)});
  }

  BindingSituation s_;  ///< as it changes
  BindingDecision out_;
};

}  // namespace

BindingDecision decide(const BindingSituation& situation) {
  return Pass(situation).run();
}

}  // namespace danewerk::rollover
