/// \file
/// What happens to driven bindings from outside: clients, operators, thieves, bad luck; and what
/// records match which certificate.

#include <algorithm>

#include <fmt/format.h>

#include "dane/drive.h"
#include "rollover/binding_view.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::dane {

using danewerk::to_text;

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

Bytes rdata_of(const model::TlsaCombination& form, const std::string& subject) {
  Bytes out;
  out.reserve(3 + subject.size());
  for (const auto number : {form.usage, form.selector, form.matching}) out.push_back(number);
  for (const auto letter : subject) out.push_back(static_cast<std::uint8_t>(letter));
  return out;
}

world::TlsaItem item_of(const Bytes& rdata) {
  return {rdata[0], rdata[1], rdata[2], std::string(rdata.begin() + 3, rdata.end())};
}

}  // namespace

void Drive::happen() {
  const auto& troubles = scenario_.troubles;
  if (held_until_ && *held_until_ <= now_) held_until_.reset();
  if (!held_until_ && dice_.chance(troubles.held)) {
    held_until_ = now_ + dice_.between(hours(1), days(2));
    log("facts are held");
  }
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    auto& zone = zones_[i];
    auto& servers = world_.zone(i);
    std::erase_if(zone.back, [&](const auto& entry) {
      if (entry.second > now_) return false;
      servers.restore(entry.first, now_);
      return true;
    });
    for (std::size_t j = 0; j < servers.seen_count(); ++j) {
      if (zone.back.contains(j) || !dice_.chance(troubles.cut_secondary)) continue;
      servers.cut(j, now_);
      zone.back[j] = now_ + dice_.between(hours(1), days(dice_.chance(300) ? 12 : 2));
      log(fmt::format("secondary {} of {} is cut off until {}", j + 1, zone.owner.name,
                      to_text(zone.back[j])));
    }
    if (!zone.fails_until && dice_.chance(troubles.failed_publish)) {
      zone.fails_until = now_ + dice_.between(hours(1), days(1));
      zone.is_maybe_served = dice_.chance(500);
      log(zone.owner.name + " cannot be published");
    }
  }
  if (dice_.chance(troubles.forms)) {
    forms_ = random_forms(dice_);
    std::string all;
    for (const auto& form : forms_) all += " [" + model::to_text(form) + "]";
    log("the operator asks for" + all);
  }
  if (dice_.chance(troubles.ttl)) {
    const auto ttl = dice_.between(minutes(5), hours(8));
    for (auto& side : sides_) side.policy.ttl = ttl;
    log("the TTL becomes " + to_text(ttl));
  }
  for (auto& side : sides_) happen_to(side);
}

void Drive::happen_to(Side& side) {
  const auto& troubles = scenario_.troubles;
  const bool is_due =
      side.folder->from + (side.folder->content.until - side.folder->from) * 2 / 3 <= now_;
  const bool is_late = side.binding.served && side.binding.served->not_after - now_ < days(12);
  if (is_late && dice_.chance(150)) {
    renew(side, true);  // somebody looks after it
  } else if (is_due || dice_.chance(troubles.renewal)) {
    renew(side, false);
  }
  if (dice_.chance(troubles.request)) request(side);
  if (dice_.chance(troubles.emergency)) emergency(side);
}

std::string Drive::authority_of(const Side& side) const {
  return scenario_.has_one_authority ? "ca" : side.binding.name;
}

/// Who declared an issuer compromised goes to another one.
std::optional<std::string> Drive::trusted_issuer(const Side& side) const {
  if (!side.binding.served) return {};
  const auto is_banned = [&](const std::string& issuer) {
    return std::ranges::find(side.binding.banned,
                             rdata_of({.usage = 2, .selector = 1, .matching = 1}, issuer),
                             &model::BannedRecord::rdata) != side.binding.banned.end();
  };
  const auto authority = authority_of(side);
  for (const auto& issuer :
       {side.binding.served->issuers.front(), authority + "-i1", authority + "-i2"}) {
    if (!is_banned(issuer)) return issuer;
  }
  return {};
}

/// \param is_careful  with the key that is served, by an issuer that is announced.
void Drive::renew(Side& side, bool is_careful) {
  const auto& name = side.binding.name;
  if (is_careful && side.binding.served) side.client_key = side.binding.served->key;
  if (side.binding.is_compromised(side.client_key) ||
      (!is_careful && dice_.chance(scenario_.troubles.new_key))) {
    side.client_key = fmt::format("{}-k{}", name, ++made_);
  }
  std::string issuer = authority_of(side) + (dice_.chance(500) ? "-i1" : "-i2");
  if (is_careful) issuer = trusted_issuer(side).value_or(issuer);
  Certificate made{.content = {.certificate = fmt::format("{}-c{}", name, ++made_),
                               .key = side.client_key,
                               .issuers = {issuer, authority_of(side) + "-root"},
                               .until = now_ + scenario_.lifetime},
                   .from = now_};
  if (!is_careful && dice_.chance(scenario_.troubles.new_issuer)) {
    made.content.issuers.front() = fmt::format("{}-i{}", name, ++made_);
    made.standing = dice_.one_of({model::IssuerStanding::kListed, model::IssuerStanding::kVerified,
                                  model::IssuerStanding::kUnknown});
  }
  log(fmt::format("{} is renewed: {} of key {} by {}", name, made.content.certificate,
                  made.content.key, made.content.issuers.front()));
  certificates_[made.content.certificate] = made;
  side.folder = made;
  side.is_seen = !dice_.chance(scenario_.troubles.no_hook);
}

void Drive::hand_over(Side& side) {
  side.is_seen = true;
  offered_.insert(side.folder->content.certificate);
  const bool is_twice = dice_.chance(200);
  for (int i = 0; i < (is_twice ? 2 : 1); ++i) {
    auto asked = situation(side);
    const auto answer = rollover::offer(asked, chain_of(*side.folder));
    side.binding = asked.binding;
    if (answer.kind != rollover::Offer::Kind::kRefused || i != 0) continue;
    // Whoever reads the mail makes the client use the key that is served.
    if (dice_.chance(20)) {
      log(fmt::format("{} {} is refused: {} {}", side.binding.name,
                      side.folder->content.certificate, answer.rule, answer.reason));
      renew(side, true);
      return;
    }
  }
}

void Drive::request(Side& side) {
  auto asked = situation(side);
  std::string what;
  bool done = false;
  switch (dice_.below(6)) {
    case 0:
    case 1:
      what = "roll";
      done = rollover::request_tlsa_roll(asked).has_value();
      break;
    case 2:
      what = "abort";
      done = rollover::abort_tlsa_roll(asked).has_value();
      break;
    case 3:
      what = "lose the next key";
      done = rollover::lose_next_key(asked).has_value();
      break;
    default:
      what = asked.binding.is_stopping ? "resume" : "stop";
      done = asked.binding.is_stopping
                 ? rollover::resume_dane(asked).has_value()
                 : dice_.chance(300) && rollover::stop_dane(asked).has_value();
  }
  side.binding = asked.binding;
  log(fmt::format("{} operator: {}{}", side.binding.name, what, done ? "" : ", refused"));
}

void Drive::emergency(Side& side) {
  if (!side.binding.served || side.binding.emergency) return;
  auto asked = situation(side);
  const auto kind =
      dice_.one_of({model::EmergencyKind::kKeyStolen, model::EmergencyKind::kKeyStolen,
                    model::EmergencyKind::kKeyLost, model::EmergencyKind::kIssuerCompromised});
  const auto options = rollover::emergency_options(asked, kind);
  if (options.empty()) return;
  const auto choice = options[dice_.below(options.size())].choice;
  model::RdataSet banned;
  for (const auto& form : forms_) {
    if (form.usage == 2) banned.insert(rdata_of(form, asked.binding.served->issuers.front()));
  }
  const auto done = rollover::begin_emergency(asked, kind, choice, banned);
  if (!done) return;
  if (kind == model::EmergencyKind::kKeyStolen) stolen_.insert(asked.binding.served->key);
  side.binding = asked.binding;
  log(fmt::format("{} emergency: {} by {}", side.binding.name, model::to_text(kind),
                  model::to_text(choice)));
}

/// Who is asked for something does it within hours.
void Drive::serve_operator(Side& side) {
  auto asked = situation(side);
  const auto finds = [&](std::string_view rule) {
    return std::ranges::find(side.last.findings, rule, &rollover::BindingFinding::rule) !=
           side.last.findings.end();
  };
  const auto has = [&](std::string_view rule) {
    return finds(rule) || std::ranges::find(side.last.waits, rule, &rollover::BindingWait::rule) !=
                              side.last.waits.end();
  };
  // Who is told that a renewed certificate waits does not order another one.
  const bool is_ending = finds(rollover::ids::kTlsaRenewFirst) && side.binding.staged.empty();
  if (side.last.wants_next_key && dice_.chance(200)) {
    const auto done =
        rollover::add_next_key(asked, {.id = fmt::format("{}-k{}", side.binding.name, ++made_)});
    if (!done) fault("a new key is refused: " + done.error().message());
    side.binding = asked.binding;
  } else if (has(rollover::ids::kTlsaIssuer) && dice_.chance(50)) {
    if (rollover::confirm_issuer(asked)) side.binding = asked.binding;
  } else if (!side.last.order_for.empty() && dice_.chance(200)) {
    side.client_key = side.last.order_for;
    renew(side, false);
  } else if (is_ending && !side.binding.emergency && dice_.chance(200)) {
    renew(side, true);
  }
}

void Drive::serve_emergency(Side& side) {
  if (!side.binding.emergency || !side.binding.staged.empty() || !dice_.chance(100)) return;
  if (side.binding.key_of(model::BindingKeyUse::kNext) != nullptr) return;
  side.client_key = fmt::format("{}-k{}", side.binding.name, ++made_);
  renew(side, false);
}

model::RdataSet Drive::wanted_for(const world::Presented& content) const {
  model::RdataSet out;
  for (const auto& form : forms_) {
    const auto& subject = form.usage == 2      ? content.issuers.front()
                          : form.selector == 1 ? content.key
                                               : content.certificate;
    out.insert(rdata_of(form, subject));
  }
  return out;
}

model::RdataSet Drive::pool() const {
  model::RdataSet all;
  for (const auto& zone : zones_) {
    for (const auto& version : zone.owner.versions) all = model::together(all, version.records);
  }
  const auto add = [&](const std::string& id) {
    all = model::together(all, wanted_for(certificates_.at(id).content));
  };
  for (const auto& side : sides_) {
    for (const auto& chain : side.binding.staged) add(chain.id);
    for (const auto& chain : side.binding.previous) add(chain.id);
    if (side.binding.served) add(side.binding.served->id);
    if (side.folder) add(side.folder->content.certificate);
  }
  for (const auto& side : sides_) {
    for (const auto& form : forms_) {
      if (form.usage != 2) continue;
      all.insert(rdata_of(form, authority_of(side) + "-i1"));
      all.insert(rdata_of(form, authority_of(side) + "-i2"));
    }
  }
  return all;
}

model::RdataSet Drive::satisfied_by(const world::Presented& content) const {
  model::RdataSet out;
  auto all = model::together(pool_, wanted_for(content));
  all.insert(rdata_of({}, content.key));
  for (const auto& rdata : all) {
    if (world::matches(item_of(rdata), content, now_)) out.insert(rdata);
  }
  return out;
}

void Drive::evaluate(model::Chain& chain) const {
  const auto& content = certificates_.at(chain.id).content;
  chain.wanted = wanted_for(content);
  chain.satisfies = satisfied_by(content);
}

model::Chain Drive::chain_of(const Certificate& certificate) const {
  pool_ = pool();
  const auto& content = certificate.content;
  model::Chain out{.id = content.certificate,
                   .key = content.key,
                   .issuers = content.issuers,
                   .key_record = rdata_of({}, content.key),
                   .not_before = certificate.from,
                   .not_after = content.until,
                   .issuer = certificate.standing};
  evaluate(out);
  return out;
}

rollover::BindingSituation Drive::situation(const Side& side) const {
  pool_ = pool();
  rollover::BindingSituation out{.binding = side.binding,
                                 .policy = side.policy,
                                 .owners = {},
                                 .endpoints = {},
                                 .coverage = {},
                                 .held = held_until_ ? "the clock may be wrong" : "",
                                 .now = now_};
  for (auto* list : {&out.binding.staged, &out.binding.previous}) {
    for (auto& chain : *list) evaluate(chain);
  }
  if (out.binding.served) evaluate(*out.binding.served);
  for (auto& key : out.binding.keys) {
    key.records.clear();
    for (const auto& form : forms_) {
      if (form.usage == 3 && form.selector == 1) key.records.insert(rdata_of(form, key.id));
    }
  }
  for (const auto& form : forms_) {
    if (form.usage != 2) continue;
    out.coverage.insert(rdata_of(form, authority_of(side) + "-i1"));
    out.coverage.insert(rdata_of(form, authority_of(side) + "-i2"));
  }
  const auto claimed = rollover::claimed_records(out.binding, out.coverage);
  for (const auto& zone : zones_) {
    rollover::OwnerSituation owner{.view = zone.view};
    owner.view.owner = zone.owner;
    for (const auto& other : sides_) {
      if (&other == &side) continue;
      owner.named_by_others =
          model::together(owner.named_by_others, rollover::named_records(other.binding));
      const auto wish = other.wishes.find(zone.owner.name);
      const auto has_decided = wish != other.wishes.end();
      const auto standing = rollover::standing_records(other.binding, claimed, zone.owner);
      owner.neighbours =
          model::together(owner.neighbours, has_decided ? wish->second.records : standing);
    }
    out.owners.push_back(std::move(owner));
  }
  for (const auto& [name, endpoint] : side.endpoints) {
    out.endpoints.push_back(endpoint);
    auto& sight = out.endpoints.back().sight;
    if (!sight) continue;
    const auto& content = certificates_.at(side.shown.at(name)).content;
    sight->satisfies = satisfied_by(content);
    sight->wanted = wanted_for(content);
  }
  return out;
}

}  // namespace danewerk::dane
