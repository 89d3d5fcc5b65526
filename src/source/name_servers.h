#pragma once

/// \file
/// Name servers within the zone: do they have addresses? Asked when the zone is complete. One
/// collector a thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "dns/zone.h"

namespace danewerk::source {

class NameServers {
 public:
  explicit NameServers(dns::NameView apex) : apex_(apex) {}

  /// An NS record at KEY; remembered when its target is in the zone.
  void see(std::string_view key, ByteView target, const std::string* file_name, std::uint32_t line);

  /// Warnings about those that cannot be reached.
  [[nodiscard]] Findings check(const dns::Zone& zone) const;

 private:
  struct Server {
    std::uint32_t owner;  ///< offsets into keys_
    std::uint32_t target;
    std::uint32_t line;
    std::uint16_t owner_size;
    std::uint16_t target_size;
    const std::string* file_name;
  };
  [[nodiscard]] std::string_view owner(const Server& s) const {
    return std::string_view(keys_).substr(s.owner, s.owner_size);
  }
  [[nodiscard]] std::string_view target(const Server& s) const {
    return std::string_view(keys_).substr(s.target, s.target_size);
  }

  dns::NameView apex_;
  std::string keys_;
  std::vector<Server> servers_;
};

}  // namespace danewerk::source
