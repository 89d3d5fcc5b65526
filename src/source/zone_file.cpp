#include "source/zone_file.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/parallel.h"
#include "source/chunk_parser.h"
#include "source/splitter.h"
#include "source/zone_assembly.h"

namespace danewerk::source {

namespace {

class Reader {
 public:
  Reader(const ReadOptions& options, std::string name)
      : options_(options), name_(std::move(name)), splitter_(options.origin, options.limits) {}

  Splitter& splitter() { return splitter_; }

  ReadZone read() {
    find_start();
    if (!apex_) {
      for (auto& chunk : held_) result_.findings.merge(std::move(chunk.findings));
      if (!result_.findings.has_errors()) {
        result_.findings.add({.id = "ZONE-NO-SOA",
                              .level = Level::kError,
                              .message = "there is no SOA record that names the zone",
                              .owner = {},
                              .place = {name_, 0, 0},
                              .hint = "give the zone's name"});
      }
      return std::move(result_);
    }
    parse_start();
    parse_rest();
    finish();
    return std::move(result_);
  }

 private:
  /// Holds chunks until the apex is known.
  void find_start() {
    apex_ = options_.origin;
    std::size_t octets = 0;
    while (!apex_ && octets < options_.limits.origin_octets) {
      Chunk chunk;
      if (!splitter_.next(chunk)) return;
      apex_ = find_soa_owner(chunk);
      octets += chunk.text.size();
      held_.push_back(std::move(chunk));
    }
  }

  /// Up to the first record, alone: it may be an SOA whose minimum is everybody's TTL.
  void parse_start() {
    for (auto& chunk : std::exchange(held_, {})) {
      if (fallback_ttl_ && !chunk.scope.default_ttl) chunk.scope.default_ttl = fallback_ttl_;
      if (!take(chunk)) return;
    }
    Chunk chunk;
    while (!is_started_ && splitter_.next(chunk)) {
      if (!take(chunk)) return;
    }
  }

  /// \returns false when there were too many errors.
  bool take(const Chunk& chunk) {
    auto parsed = parse_chunk(chunk, {apex_->view(), options_.dnssec});
    is_started_ = is_started_ || parsed.has_records;
    if (parsed.fallback_ttl) {
      fallback_ttl_ = parsed.fallback_ttl;
      splitter_.set_fallback_ttl(*parsed.fallback_ttl);
    }
    return keep(chunk.index, std::move(parsed));
  }

  bool keep(std::size_t index, ParsedChunk parsed) {
    while (chunks_.size() <= index) chunks_.emplace_back(apex_->view(), 0);
    errors_ += parsed.findings.count(Level::kError);
    chunks_[index] = std::move(parsed);
    return errors_ < options_.limits.errors;
  }

  /// Every thread takes the next chunk and parses it; order is restored by the chunks' numbers.
  void parse_rest() {
    std::mutex mutex;
    for_each_part(options_.jobs, std::max(1U, options_.jobs), [&](std::size_t) {
      Chunk chunk;
      for (;;) {
        {
          const std::scoped_lock lock(mutex);
          if (errors_ >= options_.limits.errors || !splitter_.next(chunk)) return;
        }
        auto parsed = parse_chunk(chunk, {apex_->view(), options_.dnssec});
        const std::scoped_lock lock(mutex);
        keep(chunk.index, std::move(parsed));
      }
    });
  }

  /// Chunks after the one that brought too many errors are forgotten: which of them were read
  /// depends on the threads.
  void limit_errors() {
    std::uint64_t errors = 0;
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
      errors += chunks_[i].findings.count(Level::kError);
      if (errors < options_.limits.errors) continue;
      while (chunks_.size() > i + 1) chunks_.pop_back();
      is_given_up_ = true;
    }
  }

  void finish() {
    limit_errors();
    std::vector<dns::Ttl> inherited;
    dns::Ttl last = 0;
    for (auto& chunk : chunks_) {
      inherited.push_back(last);
      if (chunk.stated_ttl) last = *chunk.stated_ttl;
      for (std::size_t i = 0; i < kDroppable.size(); ++i) {
        if (chunk.dropped[i] != 0) result_.dropped[kDroppable[i]] += chunk.dropped[i];
      }
      result_.findings.merge(std::exchange(chunk.findings, {}));
    }
    const bool is_nothing_there = !is_started_ && result_.findings.has_errors();
    if (is_given_up_) {
      result_.findings.add({.id = "ZONE-TOO-MANY-ERRORS",
                            .level = Level::kError,
                            .message = fmt::format("reading stops after {} errors",
                                                   result_.findings.count(Level::kError)),
                            .owner = {},
                            .place = {name_, 0, 0},
                            .hint = {}});
    }
    if (is_given_up_ || is_nothing_there) return;
    report_dropped();
    auto assembly =
        assemble(chunks_, inherited, {apex_->view(), options_.dnssec, options_.jobs, name_});
    result_.findings.merge(std::move(assembly.findings));
    result_.included = splitter_.included();
    result_.records = assembly.records;
    result_.names = assembly.names;
    if (!result_.findings.has_errors()) result_.zone = std::move(assembly.zone);
  }

  void report_dropped() {
    for (const auto& [type, count] : result_.dropped) {
      result_.findings.add(
          {.id = "ZONE-DROPPED",
           .level = Level::kInfo,
           .message = fmt::format("{} {} record{} dropped: signing makes its own", count,
                                  to_text(type), count == 1 ? " is" : "s are"),
           .owner = {},
           .place = {name_, 0, 0},
           .hint = is_signer_made(type) ? "" : "--keep-dnskey keeps the keys of other signers"});
    }
  }

  const ReadOptions& options_;
  std::string name_;
  Splitter splitter_;
  std::optional<dns::Name> apex_;
  std::optional<dns::Ttl> fallback_ttl_;
  std::vector<Chunk> held_;
  std::vector<ParsedChunk> chunks_;
  std::uint64_t errors_ = 0;
  bool is_started_ = false;
  bool is_given_up_ = false;
  ReadZone result_;
};

}  // namespace

ReadZone read_zone_file(const Path& file, const ReadOptions& options) {
  Reader reader(options, file.string());
  reader.splitter().open_file(file);
  return reader.read();
}

ReadZone read_zone_text(std::string_view text, const std::string& name,
                        const ReadOptions& options) {
  Reader reader(options, name);
  reader.splitter().open_text(text, name);
  return reader.read();
}

}  // namespace danewerk::source
