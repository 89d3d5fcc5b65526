#include "update/network.h"

namespace danewerk::update {

std::vector<OwnerLook> Network::look_all(const std::vector<OwnerTask>& tasks,
                                         const LookOptions& options) {
  return update::look_all(tasks, options);
}

std::vector<Sent> Network::send_all(const std::vector<SendTask>& tasks,
                                    const net::AskLimits& limits) {
  return update::send_all(tasks, limits);
}

}  // namespace danewerk::update
