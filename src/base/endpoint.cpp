#include "base/endpoint.h"

#include <fmt/format.h>

namespace danewerk {

std::string to_text(const Endpoint& endpoint) {
  return fmt::format("{}@{}", endpoint.address, endpoint.port);
}

}  // namespace danewerk
