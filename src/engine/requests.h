#pragma once

/// \file
/// The answers to requests, one function each; request.cpp knows them by name. What a request takes
/// stands beside it, "zone" apart. Private to this folder.

#include "engine/request_context.h"

namespace danewerk::engine {

// Rolls (key_requests.cpp).
Result<Json> key_roll(const Request& request);     ///< role, method
Result<Json> key_step(const Request& request);     ///< nothing
Result<Json> key_abort(const Request& request);    ///< role
Result<Json> key_retire(const Request& request);   ///< key; "all": the zone becomes insecure
Result<Json> key_ds_seen(const Request& request);  ///< key
Result<Json> key_ds_gone(const Request& request);  ///< key

/// key, option ("replace", "insecure"), confirm (key_compromise.cpp).
Result<Json> key_compromised(const Request& request);

// What is to be seen of keys (key_answers.cpp).
Result<Json> key_list(const Request& request);  ///< zone may be missing
Result<Json> key_ds(const Request& request);    ///< key

// Key files (key_files.cpp).
Result<Json> key_generate(const Request& request);  ///< role
Result<Json> key_import(const Request& request);    ///< file, role, algorithm
Result<Json> key_export(const Request& request);    ///< key, folder

// Zones (zone_requests.cpp).
Result<Json> zone_list(const Request& request);
Result<Json> zone_show(const Request& request);
Result<Json> zone_history(const Request& request);  ///< limit
Result<Json> zone_serial(const Request& request);   ///< at_least
Result<Json> zone_freeze(const Request& request);
Result<Json> zone_thaw(const Request& request);
Result<Json> zone_remove(const Request& request);  ///< confirm
Result<Json> zone_diff(const Request& request);    ///< limit (zone_diff.cpp)

// Certificates; each takes "binding" (tlsa_requests.cpp).
Result<Json> tlsa_roll(const Request& request);      ///< abort
Result<Json> tlsa_next_key(const Request& request);  ///< nothing, or one of type, file, lost
Result<Json> tlsa_adopt(const Request& request);     ///< drop_stale, confirm_issuer
Result<Json> tlsa_stop(const Request& request);
Result<Json> tlsa_resume(const Request& request);
/// kind, issuer (a file), choose, confirm (tlsa_emergency.cpp).
Result<Json> tlsa_emergency(const Request& request);
/// key: "current" or "next" (tlsa_csr.cpp).
Result<Json> tlsa_csr(const Request& request);

// What is to be seen of them; "binding" may be missing (tlsa_answers.cpp, tlsa_forecast.cpp).
Result<Json> tlsa_list(const Request& request);
Result<Json> tlsa_show(const Request& request);
Result<Json> tlsa_plan(const Request& request);  ///< seconds
/// what: "renew", "new-key", "new-issuer", "stolen"; seconds.
Result<Json> tlsa_what_if(const Request& request);

/// file, passphrase_file: absolute paths (backup_request.cpp).
Result<Json> backup(const Request& request);

}  // namespace danewerk::engine
