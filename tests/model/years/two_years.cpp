/// \file
/// Years of hourly passes through the real engine in virtual time: a real state folder, real keys,
/// real signatures. What it publishes is seen by witnesses that know nothing of the engine.
///
///     model_two_years [ZONES [DAYS]]
///
/// 6 zones and 45 days, or 100 and 730 with DW_TEST_TIER=full.

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "engine/request.h"
#include "engine/run.h"
#include "store/state.h"
#include "years/witness.h"

namespace danewerk::years {

namespace {

namespace fs = std::filesystem;
using Stopwatch = std::chrono::steady_clock;

constexpr sys_seconds kStart{seconds(1'900'000'000)};
constexpr seconds kHour = std::chrono::hours(1);
constexpr seconds kRefresh{3600};  // of the SOA
constexpr seconds kRetry{900};
constexpr unsigned kHosts = 8;

class Folder {
 public:
  Folder() {
    // In memory: the disk is not what is looked at.
    const bool has_memory = ::access("/dev/shm", W_OK) == 0;
    auto name = std::string(has_memory ? "/dev/shm" : "/tmp") + "/danewerk-years-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
}

struct Zone {
  std::string name;
  Witness witness;
  unsigned source_serial = 1;
  std::uint32_t published = 0;
  world::KeySet ds{};  ///< at the parent
};

class Years {
 public:
  explicit Years(unsigned zones, unsigned days) {
    // In a short run, too, keys of all kinds are rolled, and old ones forgotten.
    constexpr unsigned kLong = 365;
    const bool is_long = days >= kLong;
    const auto* ksk = is_long ? "lifetime: 300d" : "lifetime: 20d";
    const auto rest = fmt::format("zsk: {{lifetime: {}}}, key-retention: {}",
                                  is_long ? "30d" : "10d", is_long ? "90d" : "5d");
    auto text = fmt::format(
        "state: state\nkeys: keys\ntemplates:\n  all: {{file: zones/%s.zone, output: "
        "out/%s.zone, parents: none}}\npolicies:\n"
        "  ecdsa: {{algorithm: ecdsap256sha256, ksk: {{{0}}}, {1}}}\n"
        "  eddsa: {{algorithm: ed25519, ksk: {{{0}, roll: double-ds}}, {1}, denial: {{type: "
        "nsec}}}}\nzones:\n",
        ksk, rest);
    for (const auto* part : {"keys", "zones", "out"}) fs::create_directory(folder_.path() / part);
    fs::permissions(folder_.path() / "keys", fs::perms::owner_all);
    for (unsigned i = 0; i < zones; ++i) {
      const auto name = fmt::format("zone{}.test", i);
      text += fmt::format("  {}: {{template: all, policy: {}}}\n", name,
                          i % 2 == 0 ? "ecdsa" : "eddsa");
      zones_.try_emplace(name + ".",
                         Zone{.name = name, .witness = Witness(name, kRefresh + kRetry)});
      write_source(zones_.at(name + "."));
    }
    write(folder_.path() / "danewerk.yaml", text);
    auto read = config::read_config(folder_.path() / "danewerk.yaml");
    for (const auto& finding : read.findings.list()) fmt::print("{}\n", to_text(finding));
    config_ = std::move(read.config).value();
  }

  void run(unsigned days) {
    const auto begin = Stopwatch::now();
    for (auto now = kStart; now < kStart + std::chrono::days(days); now += kHour) pass(now);
    wall_ = Stopwatch::now() - begin;
  }

  /// \returns whether no promise was broken.
  bool report() const {
    std::uint64_t versions = 0;
    std::uint64_t signatures = 0;
    std::vector<std::string> violations = failures_;
    for (const auto& [name, zone] : zones_) {
      versions += zone.witness.counts().versions;
      signatures += zone.witness.counts().signatures;
      const auto seen = zone.witness.violations();
      violations.insert(violations.end(), seen.begin(), seen.end());
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(violations.size(), 20); ++i) {
      fmt::print("{}\n", violations[i]);
    }
    const auto state = store::State::open(config_.state, store::State::Access::kRead);
    const auto events = state ? state->events("", 100'000'000) : std::vector<model::Event>();
    const auto in_seconds = [](Stopwatch::duration span) {
      return std::chrono::duration<double>(span).count();
    };
    fmt::print(
        "{} zones, {} hourly passes: {} events, {} keys, {} versions, {} signatures checked, {} DS "
        "changes, {} zone files changed: {} violations\nwall time {:.1f} s: passes {:.1f} s, "
        "the witnesses {:.1f} s\n",
        zones_.size(), passes_, events ? events->size() : 0, keys(), versions, signatures,
        ds_changes_, edits_, violations.size(), in_seconds(wall_), in_seconds(in_passes_),
        in_seconds(wall_ - in_passes_));
    return violations.empty() && versions != 0 && events.has_value();
  }

 private:
  void write_source(const Zone& zone) const {
    auto text = fmt::format(
        "$TTL 3600\n@ SOA ns admin {} {} {} 604800 1800\n@ NS ns\nns A 192.0.2.1\n*.w 300 TXT "
        "any\n",
        zone.source_serial, kRefresh.count(), kRetry.count());
    for (unsigned host = 0; host < kHosts; ++host) {
      text += fmt::format("host{} {} A 192.0.2.{}\n", host, host % 2 == 0 ? 300 : 14400,
                          zone.source_serial % 250);
    }
    write(folder_.path() / "zones" / (zone.name + ".zone"), text);
  }

  void pass(sys_seconds now) {
    edit_something();
    engine::RunTask task;
    task.config = &config_;
    task.now = now;
    task.jobs = std::max(1U, std::thread::hardware_concurrency());
    const auto begin = Stopwatch::now();
    const auto report = engine::run_pass(task);
    in_passes_ += Stopwatch::now() - begin;
    ++passes_;
    if (!report) {
      failures_.push_back(fmt::format("pass at {}: {}", to_text(now), report.error().message()));
      return;
    }
    for (const auto& one : report->zones) see(one, now);
    for (auto& [name, zone] : zones_) zone.witness.look(now);
  }

  void see(const engine::ZoneReport& report, sys_seconds now) {
    for (const auto& line : report.news) failures_.push_back(to_text(now) + ": " + line);
    auto& zone = zones_.at(report.name);
    if (report.serial != zone.published) {
      zone.published = report.serial;
      zone.witness.read(folder_.path() / "out" / (zone.name + ".zone"), now);
    }
    const bool awaits_ds = std::ranges::any_of(report.waits, [](const rollover::Wait& wait) {
      return wait.rule == "ROLL-DS-UPLOAD" || wait.rule == "ROLL-DS-REMOVAL";
    });
    if (awaits_ds) act(zone, now);
  }

  /// The operator does at the parent what is asked for, and says so.
  void act(Zone& zone, sys_seconds now) {
    const auto state = store::State::open(config_.state, store::State::Access::kRead);
    const auto stored = state->load(zone.name + ".");
    world::KeySet ds;
    std::vector<std::pair<const char*, std::string>> words;
    for (const auto& key : (*stored)->ring.keys) {
      if (!key.owns(model::KeyRecord::kDs)) continue;
      const auto visibility = key.visibility(model::KeyRecord::kDs);
      const bool comes = visibility == model::Visibility::kRumoured;
      if (comes || visibility == model::Visibility::kOmnipresent) {
        ds.add({.number = key.tag, .algorithm = key.algorithm});
      }
      if (comes) words.emplace_back("key-ds-seen", key.id);
      if (visibility == model::Visibility::kUnretentive) words.emplace_back("key-ds-gone", key.id);
    }
    if (ds != zone.ds) {
      zone.ds = ds;
      zone.witness.change_ds(ds, now);
      ++ds_changes_;
    }
    for (const auto& [request, key] : words) {
      // Refused where it was said before.
      engine::dispatch({.config = &config_, .now = now, .who = "operator"},
                       {{"request", request}, {"zone", zone.name}, {"key", key}});
    }
  }

  /// One zone file a day or so gets other addresses.
  void edit_something() {
    constexpr unsigned kPassesADay = 24;
    if (passes_ == 0 || dice_() % kPassesADay != 0) return;
    auto at = std::next(zones_.begin(), static_cast<std::ptrdiff_t>(dice_() % zones_.size()));
    ++at->second.source_serial;
    ++edits_;
    write_source(at->second);
  }

  [[nodiscard]] std::size_t keys() const {
    const fs::directory_iterator all(folder_.path() / "keys");
    return static_cast<std::size_t>(std::count_if(begin(all), end(all), [](const auto& entry) {
      return entry.path().extension() == ".pem";
    }));
  }

  Folder folder_;
  config::Config config_;
  std::map<std::string, Zone> zones_;
  std::mt19937_64 dice_{1};  // the same days in every run
  std::vector<std::string> failures_;
  std::uint64_t passes_ = 0;
  std::uint64_t edits_ = 0;
  std::uint64_t ds_changes_ = 0;
  Stopwatch::duration in_passes_{};
  Stopwatch::duration wall_{};
};

unsigned number(const char* text) {
  unsigned value = 0;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const char* tier = std::getenv("DW_TEST_TIER");
  const bool is_full = tier != nullptr && std::string_view(tier) == "full";
  const unsigned zones = argc > 1 ? number(argv[1]) : is_full ? 100 : 6;
  const unsigned days = argc > 2 ? number(argv[2]) : is_full ? 730 : 45;
  Years years(zones, days);
  years.run(days);
  return years.report() ? 0 : 1;
}

}  // namespace danewerk::years

int main(int argc, char** argv) {
  try {
    return danewerk::years::main(argc, argv);
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "%s\n", error.what()));
    return 1;
  }
}
