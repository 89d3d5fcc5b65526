#include "unit/rollover/binding_driver.h"

#include <algorithm>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace danewerk::rollover {

using model::RdataSet;

namespace {

/// What is ours there is what was asked for; what else stands there stays.
RdataSet sent_to(model::Elsewhere& elsewhere, const model::TlsaOwner& owner,
                 const RdataSet& wanted) {
  auto others = owner.others();
  elsewhere.ours.insert(wanted.begin(), wanted.end());
  return others;
}

}  // namespace

BindingDriver::BindingDriver(model::BindingMode mode, std::vector<std::string> records)
    : forms(std::move(records)) {
  policy.mode = mode;
  binding.name = "mail";
  owners.push_back(model::empty_owner("_25._tcp.mx.", negative_ttl));
  advance_all();
}

Bytes BindingDriver::record(const std::string& word) {
  Bytes out;
  for (std::size_t i = 0; i < 3; ++i) out.push_back(static_cast<std::uint8_t>(word.at(i) - '0'));
  out.insert(out.end(), word.begin() + 4, word.end());
  return out;
}

std::string BindingDriver::word(const Bytes& rdata) {
  return fmt::format("{}{}{}:{}", rdata[0], rdata[1], rdata[2],
                     std::string(rdata.begin() + 3, rdata.end()));
}

RdataSet BindingDriver::records(const std::vector<std::string>& words) {
  RdataSet out;
  for (const auto& one : words) out.insert(record(one));
  return out;
}

bool BindingDriver::matches(const Cert& cert, const Bytes& rdata) const {
  const std::string subject(rdata.begin() + 3, rdata.end());
  if (rdata[0] == 3) return subject == (rdata[1] == 1 ? cert.key : cert.id);
  return cert.sends_anchor && now < cert.until &&
         std::ranges::find(cert.issuers, subject) != cert.issuers.end();
}

model::Chain BindingDriver::chain(const Cert& cert) const {
  model::Chain out{.id = cert.id,
                   .key = cert.key,
                   .issuers = cert.issuers,
                   .key_record = record("311:" + cert.key),
                   .not_before = cert.from,
                   .not_after = cert.until,
                   .anchor_not_after = cert.anchor_until,
                   .issuer = cert.standing};
  evaluate(out);
  return out;
}

void BindingDriver::evaluate(model::Chain& chain) const {
  const auto known = certs_.find(chain.id);
  if (known == certs_.end()) return;
  const auto& cert = known->second;
  chain.wanted.clear();
  for (const auto& form : forms) {
    const auto subject = form[0] == '2' ? cert.issuers.at(0) : form[1] == '1' ? cert.key : cert.id;
    chain.wanted.insert(record(form + ":" + subject));
  }
  chain.satisfies.clear();
  auto all = model::together(pool(), chain.wanted);
  all.insert(chain.key_record);
  for (const auto& rdata : all) {
    if (matches(cert, rdata)) chain.satisfies.insert(rdata);
  }
}

RdataSet BindingDriver::pool() const {
  RdataSet all;
  for (const auto& owner : owners) {
    for (const auto& version : owner.versions) all = model::together(all, version.records);
    all = model::together(all, owner.foreign);
  }
  for (const auto& [id, cert] : certs_) {
    for (const auto& form : forms) {
      for (const auto& issuer : cert.issuers) all.insert(record(form + ":" + issuer));
      all.insert(record(form + ":" + (form[1] == '1' ? cert.key : cert.id)));
    }
    all.insert(record("311:" + cert.key));
  }
  return all;
}

BindingSituation BindingDriver::situation() const {
  BindingSituation out{.binding = binding,
                       .policy = policy,
                       .owners = {},
                       .endpoints = {},
                       .coverage = {},
                       .held = held,
                       .now = now};
  for (auto* list : {&out.binding.staged, &out.binding.previous}) {
    for (auto& one : *list) evaluate(one);
  }
  if (out.binding.served) evaluate(*out.binding.served);
  for (auto& key : out.binding.keys) {
    key.records.clear();
    for (const auto& form : forms) {
      if (form.starts_with("31")) key.records.insert(record(form + ":" + key.id));
    }
  }
  for (std::size_t i = 0; i < owners.size(); ++i) {
    OwnerSituation owner{.view = views_.at(i)};
    owner.view.owner = owners[i];
    if (const auto found = neighbours.find(owners[i].name); found != neighbours.end()) {
      owner.neighbours = found->second;
    }
    owner.neighbours = model::together(owner.neighbours, owners[i].others());
    owner.named_by_others = named_by_others;
    out.owners.push_back(std::move(owner));
  }
  for (const auto& name : endpoints) {
    model::Endpoint endpoint{.name = name, .is_probed = is_probed};
    if (const auto found = silent.find(name); found != silent.end()) {
      endpoint.is_silent = found->second;
    }
    if (const auto found = without_tls.find(name); found != without_tls.end()) {
      endpoint.is_without_tls = found->second;
    }
    if (const auto found = sights_.find(name); found != sights_.end()) {
      endpoint.sight = found->second;
    }
    out.endpoints.push_back(std::move(endpoint));
  }
  for (const auto& issuer : coverage) out.coverage.insert(record("211:" + issuer));
  return out;
}

void BindingDriver::take(const BindingSituation& asked) {
  binding = asked.binding;
  for (std::size_t i = 0; i < owners.size(); ++i) owners[i] = asked.owners[i].view.owner;
}

Offer BindingDriver::offer(const Cert& cert) {
  certs_[cert.id] = cert;
  return ask([&](auto& asked) { return rollover::offer(asked, chain(cert)); });
}

Result<void> BindingDriver::next_key(const std::string& key) {
  return ask([&](auto& asked) { return add_next_key(asked, {.id = key}); });
}

void BindingDriver::pass() {
  publish();
  advance_all();
  look();
  last = decide(situation());
  binding = last.binding;
  while (last.deploy) {
    const auto deployment = *last.deploy;
    note_deployed(binding, deployment, now);
    log.push_back({now, (deployment.is_restore ? "restore " : "deploy ") + binding.served->id});
    look();
    last = decide(situation());
    binding = last.binding;
  }
  commit(last);
  publish();
  advance_all();
  // What is published now is known now: the answer that status gives, and when to wake.
  last = decide(situation());
  CHECK_FALSE(last.deploy.has_value());
  last.waits.insert(last.waits.end(), merge_waits_.begin(), merge_waits_.end());
  const auto label = std::string(name_of(last.label));
  if (log.empty() || !did("label " + label) ||
      std::ranges::find_if(log.rbegin(), log.rend(), [](const Event& event) {
        return event.what.starts_with("label ");
      })->what != "label " + label) {
    log.push_back({now, "label " + label});
  }
}

void BindingDriver::look() {
  for (const auto& name : endpoints) {
    if (silent[name] || without_tls[name]) continue;
    std::optional<Cert> shown;
    if (const auto found = stuck.find(name); found != stuck.end()) {
      certs_[found->second.id] = found->second;
      shown = found->second;
    } else if (binding.served && certs_.contains(binding.served->id)) {
      shown = certs_.at(binding.served->id);
    }
    if (!shown) continue;
    auto seen = chain(*shown);
    auto& sight = sights_[name];
    if (std::exchange(shown_ids_[name], shown->id) != shown->id) sight.hits = 0;
    if (sight.at != now || sight.hits == 0) ++sight.hits;
    sight = {.key = shown->key,
             .satisfies = seen.satisfies,
             .wanted = seen.wanted,
             .hits = sight.hits,
             .at = now};
  }
}

void BindingDriver::commit(const BindingDecision& decision) {
  merge_waits_.clear();
  for (auto& owner : owners) {
    const auto asked = situation();
    std::vector<OwnerShare> shares{share_of(asked, decision, owner.name)};
    if (!neighbour_chain.empty() && neighbours.contains(owner.name)) {
      shares.push_back({.binding = "other",
                        .wish = {.records = neighbours[owner.name], .ttl = hours(1)},
                        .chains = {records(neighbour_chain)}});
    }
    auto merged = merge(owner, shares);
    for (auto& wait : merged.waits) merge_waits_.push_back(std::move(wait));
    auto records = merged.wish.records;
    if (owner.elsewhere)
      records = model::together(records, sent_to(*owner.elsewhere, owner, records));
    const auto ttl = records.empty() ? negative_ttl : merged.wish.ttl;
    const auto& present = owner.versions.back();
    if (present.records == records && (records.empty() || present.ttl == ttl)) continue;
    const auto version = ++versions_[owner.name];
    commit_rrset(owner, {.records = records, .ttl = ttl, .first = version, .made = now});
    facts[owner.name].publications.push_back(
        {.version = version, .serial = static_cast<std::uint32_t>(version)});
    const auto index = static_cast<std::size_t>(&owner - owners.data());
    if (can_publish) {
      for (auto& shown : shown_) {
        if (shown.owner == index && !shown.replaced) shown.replaced = now;
      }
    }
    shown_.push_back({.owner = index, .records = records, .ttl = ttl});
    std::string words;
    for (const auto& rdata : records) words += " " + word(rdata);
    log.push_back({now, owner.name + words});
  }
}

void BindingDriver::publish() {
  if (!can_publish) return;
  for (auto& [name, known] : facts) {
    for (auto& publication : known.publications) {
      if (!publication.published) publication.published = now;
    }
  }
}

void BindingDriver::advance_all() {
  views_.clear();
  for (auto& owner : owners) {
    auto& known = facts[owner.name];
    known.held = held;
    model::Policy zone;
    zone.propagation_delay = delay;
    const Outside outside{
        .facts = known, .policy = zone, .now = now, .next_version = versions_[owner.name] + 1};
    auto advanced = advance(owner, outside, policy);
    owner = advanced.view.owner;
    views_.push_back(std::move(advanced.view));
  }
}

void BindingDriver::run_until(sys_seconds end) {
  while (now < end) {
    auto next = end;
    if (last.wake && *last.wake > now) next = std::min(next, *last.wake);
    if (binding.served && !binding.confirmed) next = std::min(next, now + minutes(10));
    now = next;
    pass();
    const auto refusal = find_refusal();
    CHECK_MESSAGE((refusal.empty() || !binding.incidents.empty()), refusal);
  }
}

std::string BindingDriver::published(std::size_t owner) const {
  std::string out;
  for (const auto& rdata : owners.at(owner).present())
    out += (out.empty() ? "" : " ") + word(rdata);
  return out;
}

sys_seconds BindingDriver::when(const std::string& what) const {
  const auto found = std::ranges::find(log, what, &Event::what);
  std::string all;
  for (const auto& event : log) all += "\n  " + danewerk::to_text(event.at) + " " + event.what;
  REQUIRE_MESSAGE(found != log.end(), what, " did not happen:", all);
  return found->at;
}

bool BindingDriver::did(const std::string& what) const {
  return std::ranges::find(log, what, &Event::what) != log.end();
}

bool BindingDriver::waits_for(std::string_view rule) const {
  return std::ranges::find(last.waits, rule, &BindingWait::rule) != last.waits.end();
}

bool BindingDriver::found(std::string_view rule) const {
  return std::ranges::find(last.findings, rule, &BindingFinding::rule) != last.findings.end();
}

std::string BindingDriver::find_refusal() const {
  if (!binding.served || !certs_.contains(binding.served->id)) return {};
  const auto& cert = certs_.at(binding.served->id);
  for (const auto& version : shown_) {
    // Every server has the next version after DELAY, and a resolver keeps this one for a TTL.
    if (version.replaced && *version.replaced + delay + version.ttl < now) continue;
    std::map<std::string, bool> accepted;
    for (const auto& rdata : version.records) {
      accepted[word(rdata).substr(0, 3)] |= matches(cert, rdata);
    }
    for (const auto& [combination, is_accepted] : accepted) {
      if (!is_accepted)
        return fmt::format("{}: {} is refused by {}", danewerk::to_text(now), cert.id, combination);
    }
  }
  return {};
}

BindingDriver bound(model::BindingMode mode, std::vector<std::string> forms) {
  BindingDriver mail(mode, std::move(forms));
  mail.coverage = {"i1", "i2"};
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1", "root"}});
  mail.run_for(days(3));
  REQUIRE(mail.served() == "k1");
  return mail;
}

BindingDriver issuer_mode() {
  return bound(model::BindingMode::kAny, {"311", "211"});
}

Cert renewed(const BindingDriver& mail, const std::string& id, const std::string& key,
             const std::string& issuer) {
  return {.id = id,
          .key = key,
          .issuers = {issuer, "root"},
          .from = mail.now,
          .until = mail.now + days(95)};
}

Result<void> emergency(BindingDriver& mail, model::EmergencyKind kind,
                       model::EmergencyChoice choice, const std::vector<std::string>& banned) {
  return mail.ask([&](auto& asked) {
    return begin_emergency(asked, kind, choice, BindingDriver::records(banned));
  });
}

}  // namespace danewerk::rollover
