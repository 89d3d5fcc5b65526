#pragma once

/// \file
/// A master file and all that it includes into chunks that threads can parse. It runs ahead of the
/// parsers, looks at every octet once, and follows what later chunks must know: $ORIGIN, $TTL and
/// the last owner. One thread at a time.

#include <memory>
#include <string>
#include <vector>

#include "source/chunk.h"
#include "source/directive.h"
#include "source/generate.h"
#include "source/input.h"
#include "source/zone_file.h"

namespace danewerk::source {

class Splitter {
 public:
  /// \param origin  what relative names are completed with before any $ORIGIN.
  Splitter(std::optional<dns::Name> origin, const ReadLimits& limits);
  ~Splitter();
  Splitter(const Splitter&) = delete;
  Splitter& operator=(const Splitter&) = delete;

  /// Begins with a file; or with a text, which must outlive the splitter.
  void open_file(const Path& path);
  void open_text(std::string_view text, const std::string& name);

  /// Replaces `chunk` by the next one, memory reused. The last one may have no text, only
  /// findings. \returns false when there is none.
  bool next(Chunk& chunk);

  /// Files that were included so far, in order, each once.
  [[nodiscard]] const std::vector<std::string>& included() const { return included_; }

  /// What applies to records without a TTL from here on when no $TTL was seen: the minimum of an
  /// SOA that has none itself.
  void set_fallback_ttl(dns::Ttl ttl) {
    if (!default_ttl_) default_ttl_ = ttl;
  }

 private:
  struct Level;  ///< one open file
  enum class Step : std::uint8_t { kGo, kCut, kNeedMore, kEnd };

  void push(Input input, const std::string& name, std::optional<dns::Name> origin);
  void fill(Level& level);
  void stop_at_nul(Level& level, std::size_t searched);
  Step step(Level& level);
  void see_record(Level& level, std::string_view text);
  Step follow(Level& level, std::string_view text, std::uint32_t newlines);
  void include(const Entry& entry);
  void open_included(const Entry& entry, const Path& path, std::optional<dns::Name> origin);
  void generate(const Entry& entry);
  void emit(Level& level, Chunk& chunk);
  void emit_generated(Chunk& chunk);
  void report(EntryFault fault);

  ReadLimits limits_;
  std::optional<dns::Name> first_origin_;
  /// Not part of a level: a $TTL in an included file goes on to hold after it, as with BIND and
  /// NSD. RFC 1035 section 5.1 restores the origin only.
  std::optional<dns::Ttl> default_ttl_;
  std::vector<std::unique_ptr<Level>> levels_;
  Findings findings_;
  std::vector<std::string> included_;
  std::optional<Generator> generator_;
  std::uint32_t generator_line_ = 0;
  std::uint64_t generated_ = 0;
  std::uint32_t files_ = 0;
  std::size_t next_index_ = 0;
  bool saw_record_ = false;
};

}  // namespace danewerk::source
