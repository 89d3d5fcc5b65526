#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace danewerk {

unsigned available_cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

namespace {

/// Runs body(0) to body(jobs - 1), one of them here; the threads end with it.
void run_threads(unsigned jobs, const std::function<void(unsigned)>& body) {
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < jobs; ++i) threads.emplace_back([&body, i] { body(i); });
  body(0);
}

/// State of one OrderedStream. Whoever finishes the part that is next in order takes it, and all
/// that follow and are ready; the others go on making.
class StreamState {
 public:
  explicit StreamState(const OrderedStream& stream) : stream_(stream), ready_(stream.window) {}

  void work(unsigned thread) {
    for (auto part = claim(); part; part = claim()) {
      auto made = stream_.make(*part, thread);
      if (!made) {
        stop(std::move(made).error());
        return;
      }
      deliver(*part);
    }
  }

  Result<void> result() {
    if (failure_) return tl::unexpected(*std::move(failure_));
    return {};
  }

 private:
  std::optional<std::size_t> claim() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] {
      return failure_ || next_ >= stream_.count || next_ - taken_ < stream_.window;
    });
    if (failure_ || next_ >= stream_.count) return std::nullopt;
    return next_++;
  }

  void deliver(std::size_t part) {
    std::unique_lock lock(mutex_);
    ready_[part % stream_.window] = true;
    if (taking_) return;
    taking_ = true;
    while (!failure_ && taken_ < next_ && ready_[taken_ % stream_.window]) {
      lock.unlock();
      auto took = stream_.take(taken_);  // only the thread that holds `taking_` moves `taken_`
      lock.lock();
      if (!took) {
        failure_ = std::move(took).error();
        break;
      }
      ready_[taken_ % stream_.window] = false;
      ++taken_;
      moved_.notify_all();
    }
    taking_ = false;
    moved_.notify_all();
  }

  void stop(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(error);
    moved_.notify_all();
  }

  const OrderedStream& stream_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<char> ready_;
  std::size_t next_ = 0;
  std::size_t taken_ = 0;
  bool taking_ = false;
  std::optional<Error> failure_;
};

}  // namespace

void for_each_part(unsigned jobs, std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto threads = static_cast<unsigned>(std::min<std::size_t>(std::max(1U, jobs), count));
  run_threads(std::max(1U, threads), [&](unsigned) {
    for (auto i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i);
  });
}

Result<void> run(const OrderedStream& stream) {
  DW_CHECK(stream.window > 0 && stream.jobs > 0, "a stream needs a window and a thread");
  StreamState state(stream);
  run_threads(stream.jobs, [&](unsigned thread) { state.work(thread); });
  return state.result();
}

}  // namespace danewerk
