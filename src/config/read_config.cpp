#include <algorithm>
#include <deque>
#include <system_error>

#include <fmt/format.h>
#include <glob.h>

#include "config/access.h"
#include "config/config.h"
#include "config/document.h"
#include "config/sections.h"
#include "crypto/signature.h"

namespace danewerk::config {

namespace {

constexpr std::size_t kMaxIncludeDepth = 8;
constexpr std::size_t kMaxFiles = 20'000;
constexpr std::uint64_t kMaxTotalOctets = 1U << 28;

/// A file that was read, and what it holds.
struct Source {
  Report report;
  TreeNode root;
};

Path whole_path(const Path& file) {
  std::error_code error;
  const auto path = std::filesystem::absolute(file, error);
  return error ? file : path.lexically_normal();
}

/// Files that a pattern names, sorted. kBadInput when there are none.
Result<std::vector<Path>> files_of(const Path& pattern) {
  glob_t found{};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): without GLOB_TILDE it asks for nothing that changes
  const int code = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  std::vector<Path> files(found.gl_pathv, found.gl_pathv + (code == 0 ? found.gl_pathc : 0));
  ::globfree(&found);
  if (code == 0 || code == GLOB_NOMATCH) return files;
  return fail(Errc::kUnavailable, fmt::format("cannot look for '{}'", pattern.string()));
}

/// All files of a configuration, as trees.
class Loader {
 public:
  Loader(const Path& file, Findings& findings)
      : file_(whole_path(file)), findings_(findings), digest_(crypto::DigestType::kSha256) {}

  enum class Includes : std::uint8_t { kFollow, kRefuse };

  void load(const Path& file, std::size_t depth, const Place& from) {
    auto text = read_trusted_file(file, DocumentLimits().octets);
    if (!text) {
      const auto& error = text.error();
      const bool is_refused = error.code() == Errc::kRefused;
      findings_.add({.id = is_refused ? "CONFIG-ACCESS" : "CONFIG-UNREADABLE",
                     .message = error.message(),
                     .place = from,
                     .hint = error.hint()});
      return;
    }
    total_ += text->size();
    if (total_ > kMaxTotalOctets || files_.size() >= kMaxFiles) {
      findings_.add({.id = "CONFIG-LIMIT",
                     .message = fmt::format("more than {} files, or {} octets in all", kMaxFiles,
                                            kMaxTotalOctets),
                     .place = from});
      return;
    }
    take(*text, file, depth, Includes::kFollow);
  }

  void take(std::string_view text, const Path& file, std::size_t depth, Includes includes) {
    files_.push_back(file);
    const auto size = fmt::format("{}\n", text.size());
    digest_.update(as_bytes(size));
    digest_.update(as_bytes(text));
    auto document = read_document(text, file.string());
    findings_.merge(std::move(document.findings));
    if (!document.root) return;
    const auto number = sources_.size();
    sources_.push_back(
        {Report{file.string(), file_.parent_path(), findings_}, *std::move(document.root)});
    follow(number, depth, includes);
  }

  [[nodiscard]] const std::deque<Source>& sources() const { return sources_; }
  [[nodiscard]] std::vector<Path> files() const { return files_; }
  [[nodiscard]] std::string digest() { return to_hex(digest_.finish().view()); }

 private:
  void follow(std::size_t number, std::size_t depth, Includes includes) {
    const auto& source = sources_[number];
    if (source.root.kind != NodeKind::kMap) return;
    for (std::size_t i = 0; i < source.root.keys.size(); ++i) {
      if (source.root.keys[i].text != "include") continue;
      const auto& node = source.root.items[i];
      if (includes == Includes::kRefuse) {
        source.report.error("CONFIG-INCLUDE", node, "'include' is not followed here");
        return;
      }
      include(source.report, node, depth + 1);
    }
  }

  void include(const Report& report, const TreeNode& node, std::size_t depth) {
    std::vector<std::string> patterns;
    if (node.is_text()) {
      patterns.push_back(node.text);
    } else if (auto words = list_of_words(report, node, "include"); words) {
      patterns = *std::move(words);
    }
    for (const auto& pattern : patterns) include_pattern(report, node, pattern, depth);
  }

  void include_pattern(const Report& report, const TreeNode& node, const std::string& pattern,
                       std::size_t depth) {
    if (depth > kMaxIncludeDepth) {
      report.error("CONFIG-INCLUDE", node,
                   fmt::format("more than {} files within each other", kMaxIncludeDepth));
      return;
    }
    if (pattern.empty() || pattern.find('\0') != std::string::npos) {
      report.error("CONFIG-VALUE", node, "'include' names no file");
      return;
    }
    const auto files = files_of(absolute_path(report, pattern));
    if (!files) {
      report.error("CONFIG-INCLUDE", node, files.error());
      return;
    }
    // A folder without zones yet is no fault; a file that is named and not there is one.
    const bool is_pattern = pattern.find_first_of("*?[") != std::string::npos;
    if (files->empty() && !is_pattern) {
      report.error("CONFIG-INCLUDE", node, fmt::format("there is no file '{}'", pattern));
    }
    for (const auto& file : *files) include_file(report, node, file, depth);
  }

  void include_file(const Report& report, const TreeNode& node, const Path& file,
                    std::size_t depth) {
    std::error_code error;
    const auto canonical = std::filesystem::weakly_canonical(file, error);
    const auto place = report.place(node);
    const auto [known, is_new] = included_.emplace(error ? file : canonical, place);
    const auto first = std::filesystem::weakly_canonical(file_, error);
    if (!is_new || canonical == first) {
      report.error("CONFIG-INCLUDE", node,
                   canonical == first ? fmt::format("'{}' includes itself", file.string())
                                      : fmt::format("'{}' is included twice; the other place: {}",
                                                    file.string(), to_text(known->second)));
      return;
    }
    load(file, depth, place);
  }

  Path file_;
  Findings& findings_;
  std::deque<Source> sources_;
  std::vector<Path> files_;
  std::map<Path, Place> included_;
  crypto::DigestStream digest_;
  std::uint64_t total_ = 0;
};

/// Addresses and ports of a list; what is none is left out.
std::vector<Endpoint> read_endpoints(const Report& report, const TreeNode& node,
                                     const std::string& what) {
  std::vector<Endpoint> endpoints;
  const auto words = list_of_words(report, node, what);
  for (const auto& word : words.value_or(std::vector<std::string>())) {
    auto endpoint = parse_endpoint(word, kDnsPort);
    if (endpoint) {
      endpoints.push_back(*std::move(endpoint));
    } else {
      report.error("CONFIG-VALUE", node, std::move(endpoint).error().in(what));
    }
  }
  return endpoints;
}

void read_daemon(const Report& report, const TreeNode& node, Config& config) {
  auto& daemon = config.daemon;
  Fields fields(report, node, "daemon");
  if (const auto* listen = fields.get("listen"); listen != nullptr) {
    daemon.listen = read_endpoints(report, *listen, "daemon: listen");
  }
  fields.parsed("metrics", daemon.metrics, [](const std::string& text) {
    constexpr std::uint16_t kMetricsPort = 9953;
    return parse_endpoint(text, kMetricsPort);
  });
  fields.text("control-group", daemon.control_group);
  fields.path("control-socket", daemon.control_socket);
  fields.path("status-file", daemon.status_file);
  if (!daemon.control_group.empty() && daemon.control_socket.empty()) {
    report.error("CONFIG-KEY-MISSING", node, "daemon: control-group needs control-socket",
                 "nobody but its owner reaches the state folder, where the socket is otherwise: "
                 "control-socket: /run/danewerk/control");
  }
  fields.finish();
}

/// Files of issuers; what is in them is read when certificates are dealt with.
void read_issuer_files(const Report& report, const TreeNode& node, Config& config) {
  const auto words = list_of_words(report, node, "issuers");
  for (const auto& word : words.value_or(std::vector<std::string>())) {
    if (word.empty()) {
      report.error("CONFIG-VALUE", node, "issuers: an empty word where a file is expected");
    } else {
      config.issuers.push_back(absolute_path(report, word));
    }
  }
}

/// Keys that stand once in all files together.
void read_single_keys(Fields& top, Draft& draft) {
  auto& config = draft.config;
  for (const auto* key : {"state", "keys", "daemon", "after-run", "after-run-timeout", "issuers"}) {
    const auto* node = top.get(key);
    if (node != nullptr) is_first(top.report(), *node, fmt::format("'{}'", key), draft);
  }
  top.path("state", config.state);
  top.path("keys", config.keys);
  top.words("after-run", config.after_run.words);
  top.span("after-run-timeout", config.after_run.timeout,
           {.least = seconds(1), .most = std::chrono::hours(1)});
  if (const auto* node = top.get("daemon"); node != nullptr) {
    read_daemon(top.report(), *node, config);
  }
  if (const auto* node = top.get("issuers"); node != nullptr) {
    read_issuer_files(top.report(), *node, config);
  }
}

using ReadEntry = void (*)(const Report&, const TreeNode&, const TreeNode&, Draft&);
constexpr std::pair<const char*, ReadEntry> kSections[] = {{"policies", read_policy},
                                                           {"tsig", read_tsig},
                                                           {"templates", read_template},
                                                           {"zones", read_zone},
                                                           {"certificates", read_certificate}};

void read_section(const Source& source, const char* section, ReadEntry read, Draft& draft) {
  if (source.root.kind != NodeKind::kMap) return;
  Fields top(source.report, source.root, "configuration");
  for_each_entry(
      source.report, top.get(section), section,
      [&](const TreeNode& key, const TreeNode& value) { read(source.report, key, value, draft); });
}

/// Section by section, each through all files: zones need all templates.
void read_sections(const std::deque<Source>& sources, Draft& draft) {
  for (const auto& source : sources) {
    Fields top(source.report, source.root, "configuration");
    read_single_keys(top, draft);
    top.get("include");
    for (const auto& [section, read] : kSections) top.get(section);
    top.finish();
  }
  for (const auto& [section, read] : kSections) {
    for (const auto& source : sources) read_section(source, section, read, draft);
  }
}

ReadConfig finish(Loader& loader, const Path& file, Findings& findings) {
  Draft draft;
  auto& config = draft.config;
  config.file = file;
  config.state = file.parent_path() / "state";
  config.keys = file.parent_path() / "keys";
  read_sections(loader.sources(), draft);
  config.policies.try_emplace("default");
  check_draft(draft, findings);
  config.files = loader.files();
  config.digest = loader.digest();
  ReadConfig read;
  if (!findings.has_errors()) read.config = std::move(config);
  read.findings = std::move(findings);
  return read;
}

}  // namespace

ReadConfig read_config(const Path& file) {
  Findings findings;
  const auto path = whole_path(file);
  Loader loader(path, findings);
  loader.load(path, 0, {.file = file.string()});
  return finish(loader, path, findings);
}

ReadConfig read_config_text(std::string_view text, const Path& file) {
  Findings findings;
  const auto path = whole_path(file);
  Loader loader(path, findings);
  loader.take(text, path, 0, Loader::Includes::kRefuse);
  return finish(loader, path, findings);
}

Result<const ZoneConfig*> find_zone(const Config& config, std::string_view typed) {
  DW_TRY(const auto name, canonical_name(typed));
  const auto found = config.zones.find(name);
  if (found != config.zones.end()) return &found->second;
  return fail(Errc::kBadInput, fmt::format("'{}' is no zone of {}", name, config.file.string()),
              "danewerk zone list lists the zones");
}

Result<Path> find_config_file(const ConfigPlaces& places) {
  if (!places.option.empty()) return places.option;
  if (!places.environment.empty()) return places.environment;
  Path here = "danewerk.yaml";
  // A folder that somebody else filled must not tell root which commands to run.
  DW_TRY(const bool is_here, file_exists(here));
  if (is_here && places.user == ConfigPlaces::User::kOther) return here;
  Path system = "/etc/danewerk/danewerk.yaml";
  DW_TRY(const bool is_there, file_exists(system));
  if (is_there) return system;
  if (is_here) {
    return fail(Errc::kBadInput, "there is no /etc/danewerk/danewerk.yaml",
                "root does not take ./danewerk.yaml unasked, which anybody may have put there: "
                "danewerk --config ./danewerk.yaml");
  }
  return fail(Errc::kBadInput, "there is no configuration",
              "danewerk init writes one; --config FILE names one");
}

}  // namespace danewerk::config
