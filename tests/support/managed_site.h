#pragma once

/// \file
/// A folder with a configuration of managed zones, and passes over them under a moved clock: real
/// files, a real state folder, real signatures.

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "engine/judge.h"
#include "engine/run.h"
#include "support/result.h"
#include "support/scoped_folder.h"

namespace danewerk::support {

/// When passes begin.
inline constexpr auto kStart = sys_seconds(std::chrono::seconds(1'795'000'000));
inline constexpr auto kHour = std::chrono::hours(1);

class ManagedSite {
 public:
  ManagedSite() {
    std::filesystem::create_directory(keys());
    std::filesystem::permissions(keys(), std::filesystem::perms::owner_all);
  }

  /// \param yaml  policies and zones; state and keys are set.
  void configure(const std::string& yaml) {
    write_text(folder_ / "danewerk.yaml", "state: state\nkeys: keys\n" + yaml);
    auto read = config::read_config(folder_ / "danewerk.yaml");
    for (const auto& finding : read.findings.list()) MESSAGE(to_text(finding));
    REQUIRE(read.config.has_value());
    config_ = *std::move(read.config);
  }

  [[nodiscard]] engine::RunTask task(sys_seconds now) const {
    engine::RunTask task;
    task.config = &config_;
    task.now = now;
    task.jobs = 1;
    task.wait = seconds(0);
    return task;
  }
  engine::RunReport pass(sys_seconds now) { return test::good(engine::run_pass(task(now))); }

  [[nodiscard]] model::ZoneState state_of(const std::string& zone) const {
    auto state = test::good(store::State::open(config_.state, store::State::Access::kRead));
    auto found = test::good(state.load(zone));
    REQUIRE(found.has_value());
    return *std::move(found);
  }
  /// What a verifier says of a file here. \param ds  RDATA that the parent shows.
  [[nodiscard]] verify::Report judge(const std::string& file, sys_seconds now,
                                     std::vector<Bytes> ds = {}) const {
    return engine::judge_file({.file = folder_ / file,
                               .origin = std::nullopt,
                               .options = {.at = now, .ds = std::move(ds)}});
  }

  [[nodiscard]] Path keys() const { return folder_ / "keys"; }
  [[nodiscard]] const Path& folder() const { return folder_.path(); }
  [[nodiscard]] const config::Config& config() const { return config_; }

 private:
  ScopedFolder folder_;
  config::Config config_;
};

}  // namespace danewerk::support
