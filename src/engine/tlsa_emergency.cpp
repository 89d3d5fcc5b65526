#include <algorithm>

#include <fmt/format.h>

#include "engine/binding_context.h"
#include "engine/requests.h"
#include "tlsa/association.h"
#include "tlsa/block.h"

namespace danewerk::engine {

namespace {

using model::EmergencyChoice;
using model::EmergencyKind;
using rollover::BindingSituation;
using rollover::EmergencyOption;

constexpr std::uint64_t kMostOctets = 1U << 16;

Result<EmergencyKind> kind_of(const Request& request) {
  DW_TRY(const auto typed, request.text("kind"));
  const auto kind = model::emergency_kind_from_text(typed);
  if (kind) return *kind;
  return fail(Errc::kBadInput,
              fmt::format("'{}' is none of key-stolen, key-lost, issuer-compromised", typed));
}

/// "next" is what people type.
Result<std::optional<EmergencyChoice>> choice_of(const Request& request) {
  DW_TRY(const auto typed, request.optional_text("choose"));
  if (!typed) return std::optional<EmergencyChoice>();
  if (*typed == "next") return std::optional(EmergencyChoice::kNextKey);
  const auto choice = model::emergency_choice_from_text(*typed);
  if (choice) return choice;
  return fail(Errc::kBadInput,
              fmt::format("'{}' is none of next, availability, security, records", *typed));
}

std::string_view typed_name(EmergencyChoice choice) {
  return choice == EmergencyChoice::kNextKey ? "next" : to_text(choice);
}

Result<tlsa::Block> read_issuer(const Path& file) {
  DW_TRY(const auto text, read_file(file, kMostOctets));
  auto blocks = tlsa::read_blocks(as_bytes(text));
  if (!blocks) return tl::unexpected(std::move(blocks).error().in(file.string()));
  auto& first = blocks->front();
  if (first.is_certificate() && first.credential.is_ca) return std::move(first);
  return fail(Errc::kRefused,
              first.is_certificate() ? fmt::format("'{}': the certificate of {} is no issuer's",
                                                   file.string(), first.credential.subject)
                                     : fmt::format("'{}' has no certificate", file.string()),
              "name a file with the issuer's certificate, such as chain.pem");
}

/// All records that stand anywhere, or may still be held.
model::RdataSet records_there(const BindingSituation& situation) {
  model::RdataSet all;
  for (const auto& owner : situation.owners) {
    for (const auto& version : owner.view.owner.versions) {
      all = model::together(std::move(all), version.records);
    }
  }
  return all;
}

/// Records that name the issuer whose certificate the file has: those that stand anywhere, and
/// those that are configured. kRefused when none of them is published: nothing would come of it.
Result<model::RdataSet> records_of_issuer(const Path& file, const BindingSituation& situation,
                                          const config::Certificate& certificate) {
  DW_TRY(const auto issuer, read_issuer(file));
  const auto there = records_there(situation);
  auto forms = model::combinations_of(there);
  for (const auto& form : certificate.records) {
    forms.insert({.usage = form.usage, .selector = form.selector, .matching = form.matching});
  }
  model::RdataSet records;
  for (const auto& form : forms) {
    if (!form.names_issuer()) continue;
    const tlsa::Combination combination{.usage = static_cast<tlsa::Usage>(form.usage),
                                        .selector = static_cast<tlsa::Selector>(form.selector),
                                        .matching = static_cast<tlsa::Matching>(form.matching)};
    DW_TRY(auto data, tlsa::association_data(issuer, combination.selector, combination.matching));
    records.insert(tlsa::Association{.combination = combination, .data = std::move(data)}.rdata());
  }
  const bool is_named =
      std::ranges::any_of(records, [&](const Bytes& rdata) { return there.contains(rdata); });
  if (is_named) return records;
  return fail(Errc::kRefused,
              fmt::format("no record that is published names {}", issuer.credential.subject),
              fmt::format("danewerk tlsa show {} lists the records", certificate.name));
}

Json options_json(const std::vector<EmergencyOption>& options) {
  auto all = Json::array();
  for (const auto& option : options) {
    Json one{{"choose", typed_name(option.choice)},
             {"action", option.action},
             {"exposure", option.exposure}};
    one["attacker_until"] = option.attacker_until ? Json(to_text(*option.attacker_until)) : Json();
    one["outage_seconds"] = option.outage.count();
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::string> sentences(const std::vector<EmergencyOption>& options) {
  std::vector<std::string> all;
  all.reserve(options.size());
  for (const auto& option : options) {
    all.push_back(
        fmt::format("{}: {}; {}", typed_name(option.choice), option.action, option.exposure));
  }
  return all;
}

/// What is done when nothing is said: the only option.
Result<EmergencyChoice> chosen(const std::optional<EmergencyChoice>& asked,
                               const std::vector<EmergencyOption>& options) {
  if (asked) return *asked;
  if (options.size() == 1) return options.front().choice;
  return fail(Errc::kBadInput, "there is more than one way out", "--choose names one of them");
}

Error no_certificate() {
  return {Errc::kRefused, "the binding serves no certificate yet"};
}

/// Says what can be done, and does nothing.
Result<Json> show_options(const Request& request, const config::Certificate& certificate,
                          EmergencyKind kind, const std::optional<std::string>& issuer) {
  DW_TRY(const auto look, look_at_bindings(request));
  DW_TRY(const auto situation, situation_of(request, look, certificate.name));
  if (issuer) DW_TRY_VOID(records_of_issuer(*issuer, situation, certificate));
  const auto options = rollover::emergency_options(situation, kind);
  if (options.empty()) return tl::unexpected(no_certificate());
  Json reply{{"binding", certificate.name}, {"notes", sentences(options)}};
  reply["options"] = options_json(options);
  reply["error"] = "nothing was done yet";
  reply["hint"] = options.size() == 1 ? "--confirm does it"
                                      : "--choose names one of these ways, and --confirm takes it";
  reply["code"] = "operator";
  return reply;
}

}  // namespace

Result<Json> tlsa_emergency(const Request& request) {
  DW_TRY(const auto* certificate, configured_binding(request));
  DW_TRY(const auto kind, kind_of(request));
  DW_TRY(const auto asked, choice_of(request));
  DW_TRY(const auto issuer, request.optional_text("issuer"));
  if ((kind == EmergencyKind::kIssuerCompromised) != issuer.has_value()) {
    return fail(Errc::kBadInput, "a file with the issuer's certificate belongs to a bad issuer");
  }
  if (!request.is_set("confirm")) return show_options(request, *certificate, kind, issuer);
  return change_binding(request, [&](BindingChange& edit) -> Result<Json> {
    const auto options = rollover::emergency_options(edit.situation, kind);
    if (options.empty()) return tl::unexpected(no_certificate());
    DW_TRY(const auto choice, chosen(asked, options));
    model::RdataSet banned;
    if (issuer) {
      DW_TRY(banned, records_of_issuer(*issuer, edit.situation, *edit.config));
    }
    DW_TRY_VOID(rollover::begin_emergency(edit.situation, kind, choice, banned));
    const auto taken = std::ranges::find(options, choice, &EmergencyOption::choice);
    DW_CHECK(taken != options.end(), "what was begun is one of the options");
    auto reply = done(edit, fmt::format("{}: {}", to_text(kind), taken->action), {taken->exposure});
    edit.events.push_back(taken->exposure);
    reply["options"] = options_json(options);
    return reply;
  });
}

}  // namespace danewerk::engine
