#include "source/splitter.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <sys/stat.h>

#include "source/entry_scan.h"
#include "source/level.h"
#include "source/octet_class.h"

namespace danewerk::source {

Splitter::Splitter(std::optional<dns::Name> origin, const ReadLimits& limits)
    : limits_(limits), first_origin_(std::move(origin)) {}

Splitter::~Splitter() = default;

void Splitter::push(Input input, const std::string& name, std::optional<dns::Name> origin) {
  levels_.push_back(std::make_unique<Level>(std::move(input), name, files_++));
  levels_.back()->scope.origin = std::move(origin);
}

void Splitter::open_text(std::string_view text, const std::string& name) {
  push(Input(text), name, first_origin_);
}

void Splitter::open_file(const Path& path) {
  auto file = open_for_reading(path);
  if (!file) {
    findings_.add({.id = "ZONE-UNREADABLE",
                   .level = danewerk::Level::kError,
                   .message = file.error().message(),
                   .owner = {},
                   .place = {path.string(), 0, 0},
                   .hint = file.error().hint()});
    return;
  }
  struct stat info{};
  if (::fstat(file->get(), &info) != 0) info = {};
  push(Input(*std::move(file)), path.string(), first_origin_);
  levels_.back()->folder = path.parent_path();
  levels_.back()->identity = {info.st_dev, info.st_ino};
}

bool Splitter::next(Chunk& chunk) {
  for (;;) {
    if (generator_) {
      emit_generated(chunk);
      return true;
    }
    if (levels_.empty()) {
      if (findings_.empty()) return false;
      chunk.text.clear();
      chunk.index = next_index_++;
      chunk.findings = std::exchange(findings_, {});
      return true;
    }
    Level& level = *levels_.back();
    switch (step(level)) {
      case Step::kGo:
        break;
      case Step::kNeedMore:
        fill(level);
        break;
      case Step::kCut:
        emit(level, chunk);
        return true;
      case Step::kEnd:
        levels_.pop_back();
        break;
    }
  }
}

Splitter::Step Splitter::step(Level& level) {
  if (level.at == level.begin) {
    level.begin_scope = {.origin = level.scope.origin,
                         .default_ttl = default_ttl_,
                         .owner = level.scope.owner,
                         .is_owner_bad = level.scope.is_owner_bad};
    level.begin_is_first = !saw_record_;
  }
  if (level.at - level.begin >= limits_.chunk_octets) return Step::kCut;
  const std::string_view rest = std::string_view(level.buffer).substr(level.at);
  if (rest.empty()) {
    if (!level.is_at_end) return Step::kNeedMore;
    return level.begin < level.at ? Step::kCut : Step::kEnd;
  }
  EntryEnd end = find_entry_end(rest);
  if (end.size == 0 && !level.is_at_end) {
    if (rest.size() <= limits_.entry_octets) return Step::kNeedMore;
    report({"ZONE-RECORD-TOO-LONG", level.place_of(level.at + (end.is_open ? end.open_at : 0)),
            fmt::format("no end of this record within {} octets", limits_.entry_octets),
            end.is_open ? "close the parenthesis that is opened here" : ""});
    level.buffer.resize(level.at);
    level.is_at_end = true;
    return Step::kGo;
  }
  if (end.size == 0) end.size = rest.size();  // cut off within parentheses: the lexer says so
  const std::string_view text = rest.substr(0, end.size);
  if (text.front() == '$') return follow(level, text, end.newlines);
  see_record(level, text);
  level.pass(text.size(), end.newlines);
  return Step::kGo;
}

void Splitter::see_record(Level& level, std::string_view text) {
  const OctetClass first = octet_class(text.front());
  if (first == OctetClass::kNewline || first == OctetClass::kComment) return;
  if (first != OctetClass::kBlank) {
    level.owner_at = level.at;
    saw_record_ = true;
  } else if (!saw_record_) {
    const std::size_t at = text.find_first_not_of(" \t\r");
    saw_record_ = at != std::string_view::npos && text[at] != '\n' && text[at] != ';';
  }
}

/// A line that begins with a dollar sign. $ORIGIN and $TTL stay in the chunk, whose parser follows
/// them, too, and reports what is wrong with them.
Splitter::Step Splitter::follow(Level& level, std::string_view text, std::uint32_t newlines) {
  RecordLexer lexer(text, level.line);
  Entry entry;
  const bool is_sound = lexer.next(entry) && entry.fault == LexFault::kNone;
  const Directive directive = is_sound ? directive_of(entry) : Directive::kUnknown;
  if (directive == Directive::kInclude || directive == Directive::kGenerate) {
    if (level.begin < level.at) return Step::kCut;
    if (directive == Directive::kGenerate) {
      generate(entry);
    } else {
      include(entry);
    }
    level.pass(text.size(), newlines);
    level.begin = level.at;
    level.begin_line = level.line;
    return Step::kGo;
  }
  if (is_sound && directive != Directive::kUnknown) {
    level.resolve_owner();
    Scope scope{.origin = level.scope.origin, .default_ttl = default_ttl_, .owner = {}};
    if (!apply_directive(entry, scope)) {
      level.scope.origin = scope.origin;
      default_ttl_ = scope.default_ttl;
    }
  }
  level.pass(text.size(), newlines);
  return Step::kGo;
}

void Splitter::generate(const Entry& entry) {
  Generator generator;
  if (auto fault = generator.open(entry)) {
    report(*std::move(fault));
    return;
  }
  if (generated_ + generator.left() > limits_.generated) {
    report({"ZONE-GENERATE-LIMIT", entry.place_of_field(1),
            fmt::format("this makes more than {} records in all", limits_.generated)});
    return;
  }
  generated_ += generator.left();
  generator_ = std::move(generator);
  generator_line_ = entry.line;
}

void Splitter::emit_generated(Chunk& chunk) {
  constexpr std::size_t kOctets = 1U << 18;
  const Level& level = *levels_.back();
  chunk.text.clear();
  while (generator_ && chunk.text.size() < kOctets) {
    if (generator_->left() == 0) {
      generator_.reset();
    } else if (auto wrong = generator_->append_line(chunk.text)) {
      report({"ZONE-BAD-GENERATE", {generator_line_, 1}, *std::move(wrong)});
      chunk.text.clear();
      generator_.reset();
    }
  }
  chunk.index = next_index_++;
  chunk.file_name = level.name;
  chunk.file = level.file;
  chunk.first_line = generator_line_;
  chunk.has_fixed_line = true;
  chunk.is_first = !saw_record_;
  chunk.is_cut_off = false;
  chunk.scope = {.origin = level.scope.origin, .default_ttl = default_ttl_, .owner = {}};
  chunk.findings = std::exchange(findings_, {});
  saw_record_ = true;
}

void Splitter::emit(Level& level, Chunk& chunk) {
  chunk.text.assign(level.buffer, level.begin, level.at - level.begin);
  chunk.index = next_index_++;
  chunk.file_name = level.name;
  chunk.file = level.file;
  chunk.first_line = level.begin_line;
  chunk.has_fixed_line = false;
  chunk.is_first = level.begin_is_first;
  chunk.is_cut_off = level.is_cut_off && level.at == level.buffer.size();
  chunk.scope = level.begin_scope;
  chunk.findings = std::exchange(findings_, {});
  level.resolve_owner();
  level.begin = level.at;
  level.begin_line = level.line;
}

void Splitter::fill(Level& level) {
  level.drop_used();
  const std::size_t before = level.buffer.size();
  const auto got = level.input.read(level.buffer, limits_.chunk_octets);
  if (!got) report({"ZONE-UNREADABLE", {level.line, 0}, got.error().message(), got.error().hint()});
  const bool is_short = !got || *got < limits_.chunk_octets;
  if (!level.has_started && level.buffer.starts_with("\xef\xbb\xbf")) level.buffer.erase(0, 3);
  level.has_started = true;
  stop_at_nul(level, std::min(before, level.buffer.size()));
  if (level.is_at_end || !is_short) return;
  level.is_at_end = true;
  if (level.buffer.empty() || level.buffer.back() == '\n') return;
  level.buffer.push_back('\n');
  level.is_cut_off = true;
}

/// A NUL is never text: what follows would be garbage, and findings about it, too.
void Splitter::stop_at_nul(Level& level, std::size_t searched) {
  const std::size_t nul = level.buffer.find('\0', searched);
  if (nul == std::string::npos) return;
  report({"ZONE-BINARY", level.place_of(nul), "a NUL octet: this is not a text file",
          "give a zone file in text form; named-compilezone -F text makes one of BIND's raw form"});
  const std::size_t newline = level.buffer.rfind('\n', nul);
  const std::size_t keep = newline == std::string::npos ? 0 : newline + 1;
  level.buffer.resize(std::max(keep, level.at));
  level.is_at_end = true;
}

void Splitter::report(EntryFault fault) {
  findings_.add(to_finding(std::move(fault), levels_.back()->name, danewerk::Level::kError));
}

}  // namespace danewerk::source
