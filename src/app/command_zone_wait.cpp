#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "app/zone_names.h"
#include "base/time.h"
#include "dns/serial.h"
#include "engine/zone_look.h"
#include "store/state.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;
using observe::SecondaryAnswer;
using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{15'000};
constexpr milliseconds kOneLook{5000};

/// Who is waited for, and for what.
struct Wait {
  std::string zone;
  std::uint32_t serial = 0;
  observe::LookTask task{};
};

Result<std::uint32_t> newest_serial(const config::Config& config, const std::string& zone) {
  DW_TRY(const auto state, store::State::open(config.state, store::State::Access::kRead));
  DW_TRY(const auto loaded, state.load(zone));
  if (loaded && loaded->version != 0) return loaded->serial;
  return fail(Errc::kRefused, fmt::format("{} was never signed", zone),
              fmt::format("danewerk run {}", zone));
}

Result<Wait> prepare(const ZoneCommand& command, const config::Config& config) {
  DW_TRY(const auto* zone, config::find_zone(config, command.zone));
  Wait wait{.zone = zone->name};
  engine::LookTasks tasks(config);
  DW_TRY(wait.task, tasks.make(*zone, {.secondaries = true}, {}));
  if (wait.task.secondaries.empty()) {
    return fail(Errc::kRefused, fmt::format("{} has no secondaries to be observed", zone->name),
                "name them in the configuration: secondaries: [{address: 192.0.2.53}]");
  }
  if (command.serial) {
    wait.serial = *command.serial;
  } else {
    DW_TRY(wait.serial, newest_serial(config, zone->name));
  }
  return wait;
}

bool serves(const SecondaryAnswer& answer, std::uint32_t serial) {
  return answer.kind == SecondaryAnswer::Kind::kServes &&
         (answer.serial == serial || dns::Serial(answer.serial).is_after(dns::Serial(serial)));
}

std::string answer_text(const SecondaryAnswer& answer) {
  return answer.kind == SecondaryAnswer::Kind::kServes
             ? fmt::format("{} serves {}", answer.address, answer.serial)
             : fmt::format("{} {}", answer.address, answer.why);
}

class Waiting {
 public:
  Waiting(const Wait& wait, const Voice& voice) : wait_(wait), voice_(voice) {}

  /// True when all serve it.
  bool run(Steady::time_point end) {
    auto pause = kFirstPause;
    for (;;) {
      if (look(end)) return true;
      const auto left = end - Steady::now();
      if (left <= Steady::duration(0)) return false;
      std::this_thread::sleep_for(std::min<Steady::duration>(pause, left));
      pause = std::min(pause * 3 / 2, kLongestPause);
    }
  }
  [[nodiscard]] const std::vector<SecondaryAnswer>& answers() const { return answers_; }

 private:
  bool look(Steady::time_point end) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Steady::now());
    observe::LookOptions options{.now = system_clock().now()};
    options.timeout = std::clamp(left, milliseconds(1000), kOneLook);
    answers_ = observe::look(wait_.task, options).secondaries;
    bool all = true;
    for (const auto& answer : answers_) {
      const bool is_there = serves(answer, wait_.serial);
      all = all && is_there;
      if (is_there && told_.insert(answer.address).second) tell(answer);
    }
    return all;
  }

  void tell(const SecondaryAnswer& answer) const {
    if (voice_.form == Voice::Form::kJson || voice_.detail == Voice::Detail::kQuiet) return;
    print_line(answer_text(answer));
    static_cast<void>(std::fflush(stdout));  // who waits wants to see it now
  }

  const Wait& wait_;
  const Voice& voice_;
  std::vector<SecondaryAnswer> answers_;
  std::set<std::string> told_;
};

void print_json(const Wait& wait, const std::vector<SecondaryAnswer>& answers, bool is_done) {
  ordered_json json{{"zone", wait.zone}, {"serial", wait.serial}, {"done", is_done}};
  json["secondaries"] = ordered_json::array();
  for (const auto& answer : answers) {
    ordered_json one{{"address", answer.address}, {"done", serves(answer, wait.serial)}};
    if (answer.kind == SecondaryAnswer::Kind::kServes) one["serial"] = answer.serial;
    if (!answer.why.empty()) one["why"] = answer.why;
    json["secondaries"].push_back(std::move(one));
  }
  print_line(json.dump(2, ' ', false, ordered_json::error_handler_t::replace));
}

void print_lag(const Wait& wait, const std::vector<SecondaryAnswer>& answers, seconds waited,
               const Voice& voice) {
  std::string who;
  std::size_t behind = 0;
  for (const auto& answer : answers) {
    if (serves(answer, wait.serial)) continue;
    ++behind;
    who += fmt::format("{}{}", who.empty() ? "" : "; ", answer_text(answer));
  }
  print_error(
      Error(Errc::kUnavailable,
            fmt::format("{} of {} secondaries of {} do not serve serial {} after {}: {}", behind,
                        answers.size(), wait.zone, wait.serial, to_text(waited), who),
            fmt::format("danewerk zone show {} tells what they were seen with", wait.zone)),
      voice);
}

}  // namespace

ExitCode wait_for_secondaries(const ZoneCommand& command, const Voice& voice) {
  const auto config = read_checked_config(command.config, voice);
  if (!config) return ExitCode::kUsage;
  const auto wait = prepare(command, *config);
  if (!wait) {
    print_error(wait.error(), voice);
    return wait.error().code() == Errc::kBadInput ? ExitCode::kUsage : ExitCode::kFailed;
  }
  Waiting waiting(*wait, voice);
  const bool is_done = waiting.run(Steady::now() + command.timeout);
  if (voice.form == Voice::Form::kJson) {
    print_json(*wait, waiting.answers(), is_done);
  } else if (!is_done) {
    print_lag(*wait, waiting.answers(), command.timeout, voice);
  }
  return is_done ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace danewerk::app
