#include "daemon/daemon.h"

#include <algorithm>
#include <csignal>
#include <deque>
#include <exception>
#include <functional>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/account.h"
#include "daemon/acts.h"
#include "daemon/clock_watch.h"
#include "daemon/control_server.h"
#include "daemon/control_socket.h"
#include "daemon/daemon_lock.h"
#include "daemon/folder_watch.h"
#include "daemon/run_request.h"
#include "daemon/service_notice.h"
#include "daemon/watched_files.h"
#include "engine/binding_owners.h"
#include "engine/request.h"

namespace danewerk::daemon {

namespace {

/// All zones are looked at this often, whatever was noticed: a file on a network share, an output
/// that somebody overwrote. A look at a zone without news costs a stat(2) a file.
constexpr seconds kRound = std::chrono::hours(1);
/// After a pass that failed as a whole, such as on a full disk; then longer each time.
constexpr seconds kFirstRetry = std::chrono::minutes(1);
/// The wall clock is compared, and systemd told that we live, this often.
constexpr seconds kTick{30};
/// A stop waits for the zones that the act under way is at, and asks systemd for so much more time
/// at each tick.
constexpr seconds kStopTakes = std::chrono::minutes(2);
/// What still has to be said on the socket at the end.
constexpr seconds kGoodbye{2};

Moment monotonic() {
  return std::chrono::steady_clock::now();
}

asio::awaitable<void> call_here(const std::function<void()>& work) {
  work();
  co_return;
}

class Daemon {
 public:
  Daemon(DaemonTask task, FolderWatch watch, Descriptor listening, AccessRule rule)
      : log_(*task.log),
        jobs_(task.jobs),
        config_(std::make_shared<const config::Config>(std::move(task.config))),
        watch_(std::move(watch), log_),
        inotify_(io_, ::fcntl(watch_.descriptor(), F_DUPFD_CLOEXEC, 0)),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        idle_(io_),
        ticker_(io_),
        server_(io_, std::move(listening),
                {.path = control_socket_of(*config_),
                 .rule = rule,
                 .log = &log_,
                 .take = [this](std::shared_ptr<Call> call) { take(std::move(call)); },
                 .busy = [this](const Call& call) { return busy(call); }}),
        clock_(started_, monotonic()) {}

  Result<void> run() {
    auto first = act_look(context());
    if (first.trouble) return tl::unexpected(error_from(first.answer));
    take_in(std::move(first));
    watch_.watch_all(*config_, nullptr);
    server_.start();
    asio::co_spawn(io_, watch_signals(), asio::detached);
    asio::co_spawn(io_, watch_files(), asio::detached);
    asio::co_spawn(io_, tick(), asio::detached);
    std::exception_ptr bug;
    asio::co_spawn(io_, drive(), [&](std::exception_ptr thrown) {
      bug = std::move(thrown);
      io_.stop();
    });
    log_.info("started", {{"config", config_->file.string()},
                          {"zones", std::to_string(config_->zones.size())},
                          {"socket", control_socket_of(*config_).string()}});
    service::ready();
    io_.run();
    say_goodbye();
    if (bug) std::rethrow_exception(bug);
    log_.info("stopped", {});
    return {};
  }

 private:
  [[nodiscard]] ActContext context() {
    return {.log = &log_,
            .status = &status_,
            .config = config_,
            .started = started_,
            .stop = stop_.get_token()};
  }

  // What comes from outside: each notes it, and wakes the loop.

  void take(std::shared_ptr<Call> call) {
    const auto name = call->name();
    const bool is_ours = name == "run" || name == "reload";
    if (name != "reload" && call->request().config != config_->digest) {
      call->answer(error_body(
          Error(Errc::kRefused,
                "danewerkd works with another version of the configuration, or with another one",
                "danewerk reload makes it read its own again")));
    } else if (stopping_) {
      call->answer(error_body(stops()));
    } else if (!is_ours && !engine::changes_state(name)) {
      asio::co_spawn(io_, read_only(std::move(call)), asio::detached);
    } else {
      calls_.push_back(std::move(call));
      idle_.cancel();
    }
  }

  static Error stops() {
    return {Errc::kUnavailable, "danewerkd is about to stop", "nothing was changed; try again"};
  }

  /// What takes no lock waits for nobody.
  asio::awaitable<void> read_only(std::shared_ptr<Call> call) {
    if (!call->begin()) co_return;
    const auto with = context();
    Json answer;
    const std::function<void()> work = [&] {
      answer = engine::dispatch({.config = with.config.get(),
                                 .now = system_clock().now(),
                                 .who = call->who(),
                                 .lock = engine::RequestTask::Lock::kHeld},
                                call->request().body);
    };
    auto reading = asio::co_spawn(reader_, call_here(work), asio::use_awaitable);
    co_await std::move(reading);
    call->answer(std::move(answer));
  }

  /// As the command says it when another process holds the lock.
  [[nodiscard]] Json busy(const Call& call) const {
    const store::LockHolder we{
        .pid = ::getpid(), .what = std::string(kDaemonName), .since = act_began_};
    if (call.name() == "run") {
      engine::RunReport report;
      report.held_by = we;
      return {{"report", report_body(report)}};
    }
    return error_body(Error(Errc::kUnavailable,
                            fmt::format("{} (process {}) works on '{}' since {}", we.what, we.pid,
                                        config_->state.string(), to_text(we.since)),
                            "nothing was changed; try again when it is done"));
  }

  asio::awaitable<void> watch_signals() {
    for (;;) {
      asio::error_code error;
      const int signal =
          co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      if (signal == SIGHUP) {
        reload_wanted_ = true;
      } else if (!stopping_) {
        stop();
      }
      idle_.cancel();
    }
  }

  void stop() {
    stopping_ = true;
    stop_.request_stop();
    log_.info("stopping", {{"busy", is_acting_ ? "yes" : "no"}});
    service::stopping();
    if (is_acting_) service::extend(kStopTakes);
    server_.stop();
    for (const auto& call : calls_) call->answer(error_body(stops()));
    calls_.clear();
  }

  asio::awaitable<void> watch_files() {
    for (;;) {
      asio::error_code error;
      co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read,
                                   asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      const auto events = watch_.read();
      for (const auto& event : events.events) {
        log_.debug("file", {{"zone", event.zone}});
        settling_.note(event.zone, event.what, monotonic());
      }
      if (events.is_incomplete) round_wanted_ = true;
      if (!events.events.empty() || events.is_incomplete) idle_.cancel();
    }
  }

  asio::awaitable<void> tick() {
    auto span = std::chrono::microseconds(kTick);
    if (const auto watchdog = service::watchdog()) span = std::min(span, *watchdog / 2);
    for (;;) {
      service::alive();
      if (stopping_) service::extend(kStopTakes);
      asio::error_code error;
      ticker_.expires_after(span);
      co_await ticker_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      look_at_clock();
    }
  }

  /// Design, section 7: a pass decides whether a clock is to be trusted; it is asked at once.
  void look_at_clock() {
    const auto now = system_clock().now();
    const auto jump = clock_.look(now, monotonic());
    if (!jump) return;
    log_.warning("clock", {{"moved", fmt::format("{}{}", *jump < seconds(0) ? "-" : "",
                                                 to_text(std::chrono::abs(*jump)))},
                           {"now", to_text(now)}});
    round_wanted_ = true;
    failures_ = 0;
    retry_ = monotonic();
    idle_.cancel();
  }

  // The loop: the only one who acts.

  asio::awaitable<void> drive() {
    for (bool was_call = false; !stopping_;) {
      look_at_clock();
      const bool is_pass_due = round_is_due() || !due().empty();
      if (reload_wanted_) {
        reload_wanted_ = false;
        auto step = reload({});
        co_await std::move(step);
      } else if (!calls_.empty() && !(was_call && is_pass_due)) {
        auto step = carry_out(next_call());
        co_await std::move(step);
        was_call = true;
        continue;
      } else if (is_pass_due) {
        co_await pass();
      } else {
        co_await sleep();
      }
      was_call = false;
    }
  }

  std::shared_ptr<Call> next_call() {
    auto call = std::move(calls_.front());
    calls_.pop_front();
    return call;
  }

  [[nodiscard]] bool round_is_due() const {
    const auto now = monotonic();
    return now >= retry_ && (round_wanted_ || now >= last_round_ + kRound);
  }

  /// Zones that want a look now.
  [[nodiscard]] ZoneNames due() const {
    if (monotonic() < retry_) return {};
    auto names = schedule_.due(system_clock().now());
    names.insert(changed_.begin(), changed_.end());
    return names;
  }

  /// Those, and those that have records of certificates that want a look. None: all are looked at.
  ZoneNames zones_due() {
    ZoneNames zones;
    for (const auto& name : due()) {
      if (config_->zones.contains(name)) zones.insert(name);
    }
    for (const auto& [name, certificate] : config_->certificates) {
      if (!due().contains(scheduled_name(name))) continue;
      const auto its = engine::zones_of(*config_, certificate);
      if (its.empty()) return {};
      zones.insert(its.begin(), its.end());
      changed_.erase(scheduled_name(name));
    }
    return zones;
  }

  asio::awaitable<void> sleep() {
    const auto now = monotonic();
    auto until = std::max(last_round_ + kRound, retry_);
    if (const auto next = schedule_.next()) {
      const auto left = std::max(seconds(0), *next - system_clock().now());
      until = std::min(until, std::max(now + left, retry_));
    }
    if (const auto stable = settling_.next()) until = std::min(until, *stable);
    log_.debug(
        "sleep",
        {{"ms", std::to_string(
                    std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count())}});
    idle_.expires_at(until);
    asio::error_code error;
    co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    for (const auto& name : settling_.take(monotonic())) {
      if (is_known(name)) changed_.insert(name);
    }
  }

  [[nodiscard]] bool is_known(const std::string& name) const {
    return config_->zones.contains(name) ||
           std::ranges::any_of(config_->certificates, [&](const auto& certificate) {
             return scheduled_name(certificate.first) == name;
           });
  }

  /// Nothing else acts until it is done.
  asio::awaitable<void> act(const std::function<void()>& work) {
    is_acting_ = true;
    act_began_ = system_clock().now();
    auto working = asio::co_spawn(worker_, call_here(work), asio::use_awaitable);
    co_await std::move(working);
    is_acting_ = false;
  }

  asio::awaitable<void> pass() {
    engine::RunTask task;
    task.jobs = jobs_;
    if (!round_is_due()) task.zones = zones_due();
    auto step = pass_over(std::move(task), {});
    co_await std::move(step);
  }

  asio::awaitable<void> pass_over(engine::RunTask task, std::shared_ptr<Call> call) {
    const bool is_round = task.zones.empty();
    if (is_round) {
      changed_.clear();
      round_wanted_ = false;
      last_round_ = monotonic();
    }
    for (const auto& name : task.zones) changed_.erase(name);
    ActOutcome outcome;
    const std::function<void()> work = [&] { outcome = act_pass(context(), task); };
    co_await act(work);
    if (call) call->answer(std::move(outcome.answer));
    if (outcome.trouble) {
      ++failures_;
      retry_ = monotonic() + back_off(failures_, kFirstRetry, kRound);
      round_wanted_ = true;
    } else {
      failures_ = 0;
      retry_ = monotonic();
    }
    const auto looked = outcome.looked;
    take_in(std::move(outcome));
    watch_.watch_zones(*config_, looked);
    tell_status();
  }

  asio::awaitable<void> carry_out(std::shared_ptr<Call> call) {
    if (!call->begin()) co_return;
    if (call->name() == "reload") {
      auto step = reload(std::move(call));
      co_await std::move(step);
      co_return;
    }
    if (call->name() == "run") {
      auto task = run_task_from(call->request().body);
      if (!task) {
        call->answer(error_body(task.error()));
        co_return;
      }
      log_.info("request", {{"request", "run"}, {"who", call->who()}});
      auto step = pass_over(*std::move(task), std::move(call));
      co_await std::move(step);
      co_return;
    }
    ActOutcome outcome;
    const std::function<void()> work = [&] {
      outcome = act_request(context(), call->request().body, call->who());
    };
    co_await act(work);
    call->answer(std::move(outcome.answer));
    take_in(std::move(outcome));
    watch_.forget_included();
  }

  asio::awaitable<void> reload(std::shared_ptr<Call> call) {
    service::reloading();
    Result<config::Config> read = fail(Errc::kUnavailable, "the configuration was not read");
    const std::function<void()> work = [&] { read = read_again(*config_, log_); };
    co_await act(work);
    service::ready();
    if (!read) {
      const auto& error = read.error();
      log_.error("reload-refused", {{"text", error.message()}, {"hint", error.hint()}});
      if (call) call->answer(error_body(error));
      co_return;
    }
    auto fresh = std::make_shared<const config::Config>(*std::move(read));
    const auto changes = differences(*config_, *fresh);
    const auto before = std::exchange(config_, std::move(fresh));
    round_wanted_ = true;
    log_.info("reloaded", {{"zones", std::to_string(config_->zones.size())}});
    ActOutcome outcome;
    const std::function<void()> look = [&] { outcome = act_look(context()); };
    co_await act(look);
    take_in(std::move(outcome));
    watch_.watch_all(*config_, before.get());
    if (call) {
      call->answer({{"done",
                     {fmt::format("danewerkd works with '{}', {} zones", config_->file.string(),
                                  config_->zones.size())}},
                    {"notes", changes}});
    }
  }

  void take_in(ActOutcome outcome) {
    // What cannot be read leaves the schedule as it is; the retry after the failure comes first.
    if (outcome.summaries.empty() && outcome.trouble) return;
    ZoneNames names;
    for (const auto& [name, _] : config_->zones) names.insert(names.end(), name);
    for (const auto& [name, _] : config_->certificates) names.insert(scheduled_name(name));
    schedule_.enter(outcome.summaries, outcome.looked, names, system_clock().now());
    watch_.note_included(outcome.summaries);
  }

  void tell_status() {
    const auto next = schedule_.next();
    service::status(fmt::format("{} zones, next pass {}", config_->zones.size(),
                                next ? "at " + to_text(*next) : "within the hour"));
  }

  /// What is left to say on the socket, and no more.
  void say_goodbye() {
    asio::error_code ignored;
    signals_.cancel(ignored);
    inotify_.close(ignored);
    ticker_.cancel();
    if (!stopping_) server_.stop();
    io_.restart();
    io_.run_for(kGoodbye);
  }

  Log& log_;
  unsigned jobs_;
  std::shared_ptr<const config::Config> config_;
  sys_seconds started_ = system_clock().now();
  StatusFile status_;
  WatchedFiles watch_;
  asio::io_context io_{1};
  asio::thread_pool worker_{1};
  asio::thread_pool reader_{1};
  asio::posix::stream_descriptor inotify_;
  asio::signal_set signals_;
  asio::steady_timer idle_;
  asio::steady_timer ticker_;
  ControlServer server_;
  ClockWatch clock_;

  std::deque<std::shared_ptr<Call>> calls_;
  Schedule schedule_;
  Settling settling_;
  ZoneNames changed_;  ///< whose files are stable, and were not read yet
  Moment last_round_ = monotonic();
  Moment retry_ = monotonic();  ///< no pass of our own before
  unsigned failures_ = 0;       ///< of passes as a whole, one after another
  sys_seconds act_began_{};
  bool is_acting_ = false;
  bool round_wanted_ = true;
  bool reload_wanted_ = false;
  bool stopping_ = false;
  std::stop_source stop_;  ///< a pass ends before the next zones
};

}  // namespace

Result<void> run_daemon(DaemonTask task) {
  DW_TRY(const auto lock, take_daemon_lock(task.config.state));
  AccessRule rule{.owner = ::geteuid()};
  if (const auto& group = task.config.daemon.control_group; !group.empty()) {
    DW_TRY(rule.group, group_id(group));
  }
  DW_TRY(auto watch, FolderWatch::open());
  DW_TRY(auto listening, listen_at(control_socket_of(task.config), rule.group));
  return Daemon(std::move(task), std::move(watch), std::move(listening), rule).run();
}

}  // namespace danewerk::daemon
