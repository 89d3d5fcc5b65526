#pragma once

/// \file
/// The configuration: YAML into plain structs, with all that is wrong with it at once.
///
/// Templates: `templates: {NAME: {zone keys}}` gives the keys that a zone with `template: NAME`
/// does not set itself. In `file`, `output` and `after-publish`, of templates and of zones, `%s`
/// stands for the zone's name in lower case without final dot (the root: "root"; in the two paths,
/// `/` is written as `_`), and `%%` for a percent sign.
///
/// `include` names files, or patterns as glob(7) has them, with the same keys: each section is the
/// sum of all files; what stands in two of them is refused. All relative paths begin at the folder
/// of the first file. Thread-compatible; value types.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <sys/types.h>

#include "base/file.h"
#include "base/finding.h"
#include "base/result.h"
#include "config/address.h"
#include "config/certificate.h"
#include "config/command.h"
#include "model/policy.h"

namespace danewerk::config {

/// A secondary: NOTIFY goes there, and its serial is asked.
struct Secondary {
  Endpoint endpoint{};
  std::string tsig{};  ///< key of Config::tsig; empty: none
  bool notify = true;
  bool observe = true;
  bool operator==(const Secondary&) const = default;
};

/// Who may transfer, beside the secondaries.
struct Transfer {
  Network network{};
  std::string tsig{};  ///< key of Config::tsig; empty: none
  bool operator==(const Transfer&) const = default;
};

/// Who is asked for the zone's DS.
struct ParentsAuto {  ///< the parent's name servers, found by asking
  bool operator==(const ParentsAuto&) const = default;
};
struct ParentsNone {  ///< nobody: there is no parent, or no way to it
  bool operator==(const ParentsNone&) const = default;
};
struct ParentServers {
  std::vector<Endpoint> servers;
  bool operator==(const ParentServers&) const = default;
};
struct ParentZone {  ///< a zone of ours, to which the DS is written
  std::string name;  ///< key of Config::zones
  bool operator==(const ParentZone&) const = default;
};
using Parents = std::variant<ParentsAuto, ParentsNone, ParentServers, ParentZone>;

struct ZoneConfig {
  std::string name;  ///< canonical text: lower case, final dot
  Place place{};     ///< where it is configured
  Path file{};
  std::string policy = "default";  ///< key of Config::policies
  Path output{};                   ///< empty: none is written
  mode_t output_mode = 0644;
  Command after_publish{};
  std::vector<Secondary> secondaries{};
  std::vector<Transfer> allow_transfer{};
  Parents parents{};
};

struct TsigKey {
  std::string name;       ///< canonical text of the key's name, with final dot
  std::string algorithm;  ///< "hmac-sha256", "hmac-sha384", "hmac-sha512"
  Path secret_file;       ///< base64; mode 0600
  bool operator==(const TsigKey&) const = default;
};

struct DaemonConfig {
  std::vector<Endpoint> listen{};
  std::optional<Endpoint> metrics{};
  std::string control_group{};  ///< who may use the control socket; empty: only its owner
  Path control_socket{};        ///< empty: in the state folder
  Path status_file{};           ///< what monitoring may read; empty: none is written
};

struct Config {
  Path file;                  ///< absolute
  std::vector<Path> files{};  ///< all that were read, FILE first; absolute
  std::string digest{};       ///< SHA-256 over the content of all files, hex
  Path state{};               ///< absolute, as all paths here
  Path keys{};
  DaemonConfig daemon{};
  Command after_run{};                              ///< once a pass in which anything was published
  std::vector<Path> issuers{};                      ///< read after those that came with danewerk
  std::map<std::string, model::Policy> policies{};  ///< "default" is always there
  std::map<std::string, Place> policy_places{};     ///< of those that are written out
  std::map<std::string, ZoneConfig> zones{};        ///< by ZoneConfig::name
  std::map<std::string, TsigKey> tsig{};            ///< by TsigKey::name
  std::map<std::string, Certificate> certificates{};

  /// The policy of a zone. REQUIRES: zone is one of `zones`.
  [[nodiscard]] const model::Policy& policy_of(const ZoneConfig& zone) const {
    return policies.at(zone.policy);
  }
};

struct ReadConfig {
  std::optional<Config> config;  ///< missing when a finding is an error
  Findings findings;
};

/// Reads a configuration and what it includes; never fails as such. Refused (CONFIG-ACCESS) are
/// files, and files in folders, that others than root or we can write: they name commands.
ReadConfig read_config(const Path& file);

/// The same for a text; FILE is where it is taken to stand. `include` is not followed: an error.
ReadConfig read_config_text(std::string_view text, const Path& file);

/// The zone of a name as somebody typed it; kBadInput for what is no name, or no zone of it.
Result<const ZoneConfig*> find_zone(const Config& config, std::string_view typed);

/// Where the configuration is looked for, each empty when not given.
struct ConfigPlaces {
  Path option;       ///< --config
  Path environment;  ///< $DANEWERK_CONFIG
  enum class User : std::uint8_t { kRoot, kOther };
  User user = User::kOther;  ///< root does not take the one in the current folder
};
/// The first of: option, environment, ./danewerk.yaml, /etc/danewerk/danewerk.yaml. The first two
/// are taken unseen. kBadInput with a hint when there is none.
Result<Path> find_config_file(const ConfigPlaces& places);

/// A digest (hex) of all that a policy and a zone's configuration say, to notice a change.
std::string policy_digest(const model::Policy& policy, const ZoneConfig& zone);

}  // namespace danewerk::config
