#include "app/config_file.h"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "store/key_access.h"

namespace danewerk::app {

Result<Path> find_config(const std::string& option) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const char* environment = std::getenv("DANEWERK_CONFIG");
  using User = config::ConfigPlaces::User;
  return config::find_config_file({.option = option,
                                   .environment = environment == nullptr ? "" : environment,
                                   .user = ::geteuid() == 0 ? User::kRoot : User::kOther});
}

Result<Secret> read_tsig_secret(const config::TsigKey& key) {
  DW_TRY(const auto text,
         store::read_key_file(key.secret_file, store::FolderKind::kOurs, store::Content::kPrivate));
  auto digits = as_text(text.view());
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r')) {
    digits.remove_suffix(1);
  }
  constexpr std::size_t kLeastOctets = 16;
  auto octets = from_base64(digits);
  if (octets && octets->size() >= kLeastOctets) return Secret(*std::move(octets));
  if (octets) wipe(*octets);
  return fail(Errc::kBadInput,
              fmt::format("'{}' is not a secret of {} octets or more in base64",
                          key.secret_file.string(), kLeastOctets),
              fmt::format("openssl rand -base64 32 >'{}'", key.secret_file.string()));
}

}  // namespace danewerk::app
