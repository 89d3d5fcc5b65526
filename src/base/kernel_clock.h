#pragma once

/// \file
/// What the kernel says of its clock. Thread-safe.

namespace danewerk {

/// Something keeps the machine's clock right: NTP, or the host of a virtual machine (adjtimex(2)).
bool is_clock_synchronised();

}  // namespace danewerk
