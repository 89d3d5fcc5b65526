#include <fmt/format.h>

#include "engine/binding_context.h"
#include "engine/binding_keys.h"
#include "engine/requests.h"
#include "model/tlsa_owner.h"
#include "store/service_key.h"

namespace danewerk::engine {

namespace {

using model::BindingKeyUse;
using rollover::BindingSituation;

store::KeyFolder key_store(const Request& request) {
  return {request.config().keys, store::FolderKind::kOurs};
}

std::string short_id(const std::string& id) {
  constexpr std::size_t kShown = 16;
  return id.substr(0, kShown);
}

/// A request that only changes what is wanted.
Result<Json> change_goal(const Request& request, Result<void> (*change)(BindingSituation&),
                         const std::string& what) {
  return change_binding(request, [&](BindingChange& edit) -> Result<Json> {
    DW_TRY_VOID(change(edit.situation));
    return done(edit, what);
  });
}

std::optional<std::string> next_key_of(const model::Binding& binding) {
  const auto* next = binding.key_of(BindingKeyUse::kNext);
  return next == nullptr ? std::nullopt : std::optional(next->id);
}

/// What is gone from the binding is not to be found by a later pass.
Result<void> set_aside(const Request& request, const std::string& binding, const std::string& id) {
  return store::set_aside_service_key(key_store(request), {.binding = binding, .id = id});
}

Result<Json> abort_roll(const Request& request) {
  std::optional<std::string> gone;
  DW_TRY(auto reply, change_binding(request, [&](BindingChange& edit) -> Result<Json> {
           gone = next_key_of(edit.situation.binding);
           DW_TRY(auto what, rollover::abort_tlsa_roll(edit.situation));
           return done(edit, std::move(what));
         }));
  if (gone) DW_TRY_VOID(set_aside(request, reply.at("binding").get<std::string>(), *gone));
  return reply;
}

Result<Json> lose_key(const Request& request) {
  std::string gone;
  DW_TRY(auto reply, change_binding(request, [&](BindingChange& edit) -> Result<Json> {
           gone = next_key_of(edit.situation.binding).value_or("");
           DW_TRY_VOID(rollover::lose_next_key(edit.situation));
           return done(edit, fmt::format("the next key {} is lost: its record goes, and no "
                                         "certificate for it is taken",
                                         short_id(gone)));
         }));
  DW_TRY_VOID(set_aside(request, reply.at("binding").get<std::string>(), gone));
  return reply;
}

/// Sets what the operator has to know to use the key.
void describe(Json& reply, const model::BindingKey& key, const std::optional<Path>& file) {
  reply["key"] = key.id;
  reply["records"] = Json::array();
  for (const auto& rdata : key.records) {
    reply["records"].push_back(fmt::format("{} {}", model::to_text(model::combination_of(rdata)),
                                           to_hex(ByteView(rdata).subspan(3))));
  }
  reply["file"] = file ? Json(file->string()) : Json();
}

Result<Json> take_public_half(const Request& request, const std::string& file) {
  return change_binding(request, [&](BindingChange& edit) -> Result<Json> {
    DW_TRY(const auto key, read_public_half(*edit.config, file));
    DW_TRY_VOID(rollover::add_next_key(edit.situation, key));
    auto reply = done(
        edit, fmt::format("the next key is {}; its private half is elsewhere", short_id(key.id)));
    describe(reply, key, std::nullopt);
    return reply;
  });
}

Result<Json> make_key(const Request& request, const std::optional<std::string>& type) {
  std::optional<ServiceKeyKind> kind;
  if (type) {
    DW_TRY(kind, service_key_kind(*type));
  }
  return change_binding(request, [&](BindingChange& edit) -> Result<Json> {
    if (edit.situation.binding.key_of(BindingKeyUse::kNext) != nullptr) {
      return fail(Errc::kRefused, "there is a next key already",
                  fmt::format("danewerk tlsa roll {} --abort lets go of it", edit.config->name));
    }
    DW_TRY(const auto made, make_service_key(*edit.config, kind.value_or(kind_like(edit.state))));
    DW_TRY_VOID(rollover::add_next_key(edit.situation, made.key));
    // From the commit on the key counts; before, its file is one that nobody asks for.
    DW_TRY(const auto file,
           store::write_service_key(key_store(request),
                                    {.binding = edit.config->name, .id = made.key.id}, made.pem));
    auto reply = done(edit, fmt::format("a next key was made: {}", short_id(made.key.id)));
    describe(reply, made.key, file);
    return reply;
  });
}

/// REQUIRES: something was done.
Json all_done(BindingChange& edit, const std::vector<std::string>& what) {
  auto reply = done(edit, what.front());
  for (std::size_t i = 1; i < what.size(); ++i) {
    edit.events.push_back(what[i]);
    reply["done"].push_back(what[i]);
  }
  return reply;
}

constexpr const char* kAdopted = "the author's records are ours now; they may leave the zone file";

/// Records elsewhere that no binding here has may be another host's: they are taken over when
/// nothing else is asked for, and never dropped by the same word.
Result<std::vector<std::string>> adopt_all(rollover::BindingSituation& situation) {
  auto adopted = rollover::adopt(situation);
  auto unclaimed = rollover::adopt_unclaimed(situation);
  if (!adopted && !unclaimed) return tl::unexpected(std::move(adopted).error());
  auto what = unclaimed ? *std::move(unclaimed) : std::vector<std::string>();
  if (adopted) what.emplace_back(kAdopted);
  return what;
}

/// The issuer of what waits, and a root that the catalogue has anew.
Result<void> confirm(BindingChange& edit, std::vector<std::string>& what) {
  auto confirmed = rollover::confirm_issuer(edit.situation);
  const bool has_root = !edit.state.appended_roots.empty();
  if (!confirmed && !has_root) return tl::unexpected(std::move(confirmed).error());
  if (confirmed) what.emplace_back("the issuer is let in");
  if (has_root) what.emplace_back("the root is appended as the catalogue has it now");
  edit.state.appended_roots.clear();
  return {};
}

}  // namespace

Result<Json> tlsa_roll(const Request& request) {
  if (request.is_set("abort")) return abort_roll(request);
  return change_goal(request, rollover::request_tlsa_roll,
                     "another key is to take the place of the present one");
}

Result<Json> tlsa_next_key(const Request& request) {
  DW_TRY(const auto file, request.optional_text("file"));
  DW_TRY(const auto type, request.optional_text("type"));
  const bool is_lost = request.is_set("lost");
  if ((file ? 1 : 0) + (type ? 1 : 0) + (is_lost ? 1 : 0) > 1) {
    return fail(Errc::kBadInput, "a key is made, taken or lost: only one at a time");
  }
  if (is_lost) return lose_key(request);
  return file ? take_public_half(request, *file) : make_key(request, type);
}

Result<Json> tlsa_adopt(const Request& request) {
  const bool drops = request.is_set("drop_stale");
  const bool confirms = request.is_set("confirm_issuer");
  return change_binding(request, [&](BindingChange& edit) -> Result<Json> {
    std::vector<std::string> what;
    if (drops || confirms) {
      if (rollover::adopt(edit.situation)) what.emplace_back(kAdopted);
    } else {
      DW_TRY(what, adopt_all(edit.situation));
    }
    if (drops) {
      DW_TRY_VOID(rollover::drop_stale(edit.situation));
      what.emplace_back("adopted records that match nothing go");
    }
    if (confirms) DW_TRY_VOID(confirm(edit, what));
    return all_done(edit, what);
  });
}

Result<Json> tlsa_stop(const Request& request) {
  return change_goal(request, rollover::stop_dane,
                     "no TLSA records any more; keep certificate, key and STARTTLS as they are "
                     "until none is held");
}

Result<Json> tlsa_resume(const Request& request) {
  return change_goal(request, rollover::resume_dane, "TLSA records again");
}

}  // namespace danewerk::engine
