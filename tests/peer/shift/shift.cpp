/// \file
/// Preloaded into other people's servers and into danewerk: their calendar is ahead by as many
/// seconds as the file named by SHIFT_FILE says (eight octets, as this machine writes them), from
/// one call to the next. Clocks that only measure spans stay as they are. named does not start
/// under libfaketime, and needs this.

#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

std::int64_t ahead() {
  static const std::int64_t* const shared = [] {
    const std::int64_t* none = nullptr;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): asked once, before there are threads
    const char* name = std::getenv("SHIFT_FILE");
    if (name == nullptr) return none;
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return none;
    void* const at = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? none : static_cast<const std::int64_t*>(at);
  }();
  return shared == nullptr ? 0 : *static_cast<const volatile std::int64_t*>(shared);
}

/// Deadlines on a clock that measures spans are smaller: the machine was not started in 1970.
constexpr std::int64_t kLeastCalendar = 1'000'000'000;

}  // namespace

// Of the C library, which declares them with other exceptions and attributes.
extern "C" {
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): its names are reserved ones

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, out));
  const bool is_calendar = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result == 0 && is_calendar) out->tv_sec += ahead();
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  static_cast<void>(clock_gettime(CLOCK_REALTIME, &now));
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* out, void* /*zone*/) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return result;
}

/// A deadline that was computed from the calendar goes to the kernel, whose calendar is behind.
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* deadline) {
  using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what dlsym gives has no type
  static const auto wait = reinterpret_cast<Wait>(dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
  timespec translated = *deadline;
  if (translated.tv_sec > kLeastCalendar) translated.tv_sec -= ahead();
  return wait(condition, mutex, &translated);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
}
