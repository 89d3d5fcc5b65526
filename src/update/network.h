#pragma once

/// \file
/// The servers of zones that others sign, as a pass over bindings meets them; tests have servers of
/// their own. Does I/O.

#include <vector>

#include "update/look.h"
#include "update/send.h"

namespace danewerk::update {

class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  /// As update::look_all.
  virtual std::vector<OwnerLook> look_all(const std::vector<OwnerTask>& tasks,
                                          const LookOptions& options);
  /// As update::send_all.
  virtual std::vector<Sent> send_all(const std::vector<SendTask>& tasks,
                                     const net::AskLimits& limits);
};

}  // namespace danewerk::update
