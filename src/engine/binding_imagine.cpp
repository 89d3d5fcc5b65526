#include "engine/binding_imagine.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "crypto/signature.h"
#include "engine/binding_simulation.h"
#include "rollover/binding_plan.h"

namespace danewerk::engine {

namespace {

using model::Chain;
using model::RdataSet;
using model::TlsaCombination;

constexpr seconds kUsualLife = std::chrono::days(90);
constexpr std::uint8_t kSha512 = 2;

Bytes hash(crypto::DigestType type, const std::string& text) {
  const auto value = crypto::digest(type, as_bytes(text));
  const auto octets = value.view();
  return {octets.begin(), octets.end()};
}

/// The record of what has that identity: SHA-256 of it, in hexadecimal.
Bytes record_of(const TlsaCombination& form, const std::string& identity) {
  Bytes rdata{form.usage, form.selector, form.matching};
  const auto known = from_hex(identity);
  const auto data =
      form.matching == kSha512 || !known ? hash(crypto::DigestType::kSha512, identity) : *known;
  rdata.insert(rdata.end(), data.begin(), data.end());
  return rdata;
}

bool names_key(const TlsaCombination& form) {
  return !form.names_issuer() && form.selector == 1;
}

/// Of records those that stay when key, or issuer, stays.
RdataSet kept(const RdataSet& records, bool is_key_kept, bool is_issuer_kept) {
  RdataSet out;
  for (const auto& rdata : records) {
    const auto form = model::combination_of(rdata);
    const bool stays = names_key(form) ? is_key_kept : form.names_issuer() && is_issuer_kept;
    if (stays) out.insert(rdata);
  }
  return out;
}

TlsaCombination form_of(const config::TlsaForm& form) {
  return {.usage = form.usage, .selector = form.selector, .matching = form.matching};
}

}  // namespace

std::string imagined_identity(const std::string& name) {
  return to_hex(hash(crypto::DigestType::kSha256, "imagined " + name));
}

model::BindingKey imagine_key(const config::Certificate& certificate, const std::string& name) {
  model::BindingKey key{.id = imagined_identity(name)};
  for (const auto& form : certificate.records) {
    const auto combination = form_of(form);
    if (names_key(combination)) key.records.insert(record_of(combination, key.id));
  }
  return key;
}

Chain imagine_certificate(const config::Certificate& certificate, const Chain& like,
                          const ImaginedCertificate& imagined) {
  const bool is_key_kept = imagined.key == like.key;
  Chain chain = like;
  chain.id = imagined_identity("certificate " + imagined.name);
  chain.key = imagined.key;
  if (!is_key_kept) chain.key_record = record_of({}, chain.key);
  if (imagined.is_issuer_new) {
    chain.issuers = {imagined_identity("issuer " + imagined.name)};
    chain.issuer = model::IssuerStanding::kUnknown;
    chain.anchor_not_after.reset();
  }
  chain.satisfies = kept(like.satisfies, is_key_kept, !imagined.is_issuer_new);
  chain.wanted = kept(like.wanted, is_key_kept, !imagined.is_issuer_new);
  const auto forms_there = model::combinations_of(chain.wanted);
  for (const auto& form : certificate.records) {
    const auto combination = form_of(form);
    if (forms_there.contains(combination)) continue;
    const auto& subject = combination.names_issuer()
                              ? (chain.issuers.empty() ? chain.id : chain.issuers.front())
                          : names_key(combination) ? chain.key
                                                   : chain.id;
    chain.wanted.insert(record_of(combination, subject));
  }
  chain.satisfies.insert(chain.wanted.begin(), chain.wanted.end());
  chain.satisfies.insert(chain.key_record);
  const auto life = std::max(like.not_after - like.not_before, kUsualLife);
  chain.not_before = imagined.now;
  chain.not_after = std::max(imagined.now + life, like.not_after);
  if (chain.anchor_not_after) {
    chain.anchor_not_after = std::max(*chain.anchor_not_after, chain.not_after);
  }
  chain.arrived = imagined.now;
  return chain;
}

ImaginedNames names_of_imagined(const Chain& chain, const std::optional<Chain>& served) {
  ImaginedNames names{{rollover::name_of(chain), "the imagined certificate"}};
  const auto known = served ? served->wanted : RdataSet();
  for (const auto& rdata : model::without(chain.wanted, known)) {
    const auto form = model::combination_of(rdata);
    names[model::label(rdata)] =
        fmt::format("{} of its {}", model::to_text(form), form.names_issuer() ? "issuer" : "key");
  }
  return names;
}

std::string renamed(std::string text, const ImaginedNames& names) {
  for (const auto& [label, name] : names) {
    for (auto at = text.find(label); at != std::string::npos;
         at = text.find(label, at + name.size())) {
      text.replace(at, label.size(), name);
    }
  }
  return text;
}

Chain imagine_chain(const BindingLook& binding, ImaginedChange change, sys_seconds now) {
  const auto& served = binding.state.binding.served;
  DW_CHECK(served.has_value(), "a binding that serves a certificate");
  const bool is_key_new = change == ImaginedChange::kKey;
  return imagine_certificate(*binding.config, *served,
                             {.key = is_key_new ? imagined_identity("key") : served->key,
                              .is_issuer_new = change == ImaginedChange::kIssuer,
                              .name = "renewal",
                              .now = now});
}

}  // namespace danewerk::engine
