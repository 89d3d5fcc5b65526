#include "base/kernel_clock.h"

#include <sys/timex.h>

namespace danewerk {

bool is_clock_synchronised() {
  struct timex clock{};
  return ::adjtimex(&clock) != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}

}  // namespace danewerk
