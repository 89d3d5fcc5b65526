#pragma once

/// \file
/// Work on all cores: independent parts, and an ordered stream with a bounded window.

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace danewerk {

/// Cores that this process may use, at least 1.
unsigned available_cores();

/// Calls work(0) to work(count - 1), on `jobs` threads (this one included); returns when all are
/// done. Parts are handed out one at a time, in order. `work` must be safe to call from several
/// threads at once, and must not throw.
void for_each_part(unsigned jobs, std::size_t count, const std::function<void(std::size_t)>& work);

/// A stream of numbered parts: `make(i)` runs on all cores, `take(i)` runs for each part in order,
/// never two at once, after make(i). At most `window` parts are made and not yet taken, which
/// bounds memory. The first failure of either ends the stream: no further part is begun, and it is
/// what comes back.
struct OrderedStream {
  std::size_t count = 0;
  std::size_t window = 16;
  unsigned jobs = 1;
  std::function<Result<void>(std::size_t part, unsigned thread)> make;
  std::function<Result<void>(std::size_t part)> take;
};
Result<void> run(const OrderedStream& stream);

}  // namespace danewerk
