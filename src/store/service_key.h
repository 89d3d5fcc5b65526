#pragma once

/// \file
/// Private keys of services (TLS) in the key store: standby keys, until a certificate comes for
/// them, and as long as they are served. A file a key, `tls-BINDING-ID.pem` (PKCS#8), with ID 16
/// digits of the key's identity: SHA-256 of its SubjectPublicKeyInfo. Who may reach them is as for
/// zone keys (key_access.h). Not for two writers at once.

#include <optional>
#include <string_view>

#include "store/key_access.h"

namespace danewerk::store {

/// Which key: of which binding, and its identity in hexadecimal.
struct ServiceKeyName {
  std::string_view binding;
  std::string_view id;
};

/// Where it lies, or would. A binding's name is written as names of zones are (key_file_name.h).
Path service_key_file(const KeyFolder& folder, const ServiceKeyName& name);

/// Writes a key (0600) that is not there yet, and makes sure that it is on disk. Folder: made when
/// it is missing.
Result<Path> write_service_key(const KeyFolder& folder, const ServiceKeyName& name,
                               const Secret& pem);

/// Nothing when there is none. kRefused when others can reach it.
Result<std::optional<Secret>> read_service_key(const KeyFolder& folder, const ServiceKeyName& name);

/// Puts `.removed` behind its name: no pass will use it again. Nothing to do when it is not there.
Result<void> set_aside_service_key(const KeyFolder& folder, const ServiceKeyName& name);

}  // namespace danewerk::store
