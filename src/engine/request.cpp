#include "engine/request.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/requests.h"

namespace danewerk::engine {

namespace {

struct Entry {
  std::string_view name;
  Result<Json> (*answer)(const Request&);
  bool changes = false;
};

constexpr std::array kEntries{
    Entry{"key-list", key_list},
    Entry{"key-ds", key_ds},
    Entry{"key-generate", key_generate, true},
    Entry{"key-import", key_import, true},
    Entry{"key-export", key_export, true},
    Entry{"key-roll", key_roll, true},
    Entry{"key-step", key_step, true},
    Entry{"key-abort", key_abort, true},
    Entry{"key-retire", key_retire, true},
    Entry{"key-compromised", key_compromised, true},
    Entry{"key-ds-seen", key_ds_seen, true},
    Entry{"key-ds-gone", key_ds_gone, true},
    Entry{"zone-list", zone_list},
    Entry{"zone-show", zone_show},
    Entry{"zone-history", zone_history},
    Entry{"zone-diff", zone_diff},
    Entry{"zone-serial", zone_serial, true},
    Entry{"zone-freeze", zone_freeze, true},
    Entry{"zone-thaw", zone_thaw, true},
    Entry{"zone-remove", zone_remove, true},
    Entry{"tlsa-list", tlsa_list},
    Entry{"tlsa-show", tlsa_show},
    Entry{"tlsa-plan", tlsa_plan},
    Entry{"tlsa-what-if", tlsa_what_if},
    Entry{"tlsa-csr", tlsa_csr},
    Entry{"tlsa-roll", tlsa_roll, true},
    Entry{"tlsa-next-key", tlsa_next_key, true},
    Entry{"tlsa-adopt", tlsa_adopt, true},
    Entry{"tlsa-stop", tlsa_stop, true},
    Entry{"tlsa-resume", tlsa_resume, true},
    Entry{"tlsa-emergency", tlsa_emergency, true},
    Entry{"backup", backup, true},
};

const Entry* find_entry(std::string_view name) {
  const auto found = std::ranges::find(kEntries, name, &Entry::name);
  return found == kEntries.end() ? nullptr : &*found;
}

std::string_view code_text(Errc code) {
  switch (code) {
    case Errc::kBadInput:
      return "bad-input";
    case Errc::kRefused:
      return "refused";
    case Errc::kUnavailable:
      return "unavailable";
    case Errc::kCorrupt:
      break;
  }
  return "corrupt";
}

Json error_json(const Error& error) {
  Json json{{"error", error.message()}};
  if (!error.hint().empty()) json["hint"] = error.hint();
  json["code"] = code_text(error.code());
  return json;
}

Result<Json> answer(const RequestTask& task, const Json& request) {
  if (!request.is_object()) return fail(Errc::kBadInput, "a request is a JSON object");
  const Request read(task, request);
  DW_TRY(const auto name, read.text("request"));
  const auto* entry = find_entry(name);
  if (entry == nullptr) {
    return fail(Errc::kBadInput, fmt::format("no such request: '{}'", name));
  }
  return entry->answer(read);
}

}  // namespace

Json dispatch(const RequestTask& task, const Json& request) {
  auto reply = answer(task, request);
  return reply ? *std::move(reply) : error_json(reply.error());
}

bool changes_state(std::string_view request) {
  const auto* entry = find_entry(request);
  return entry != nullptr && entry->changes;
}

}  // namespace danewerk::engine
