#pragma once

/// \file
/// One file that the splitter has open. For splitter*.cpp only.

#include <utility>

#include <sys/types.h>

#include "source/splitter.h"

namespace danewerk::source {

/// What was read of the file and not yet handed out is `buffer` from `begin` on; `at` is the start
/// of the next entry that was not looked at.
struct Splitter::Level {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  Level(Input from, std::string file_name, std::uint32_t number)
      : input(std::move(from)), name(std::move(file_name)), file(number) {}

  Input input;
  std::string name;
  std::uint32_t file;
  Path folder;
  std::pair<dev_t, ino_t> identity{};

  std::string buffer;
  std::size_t begin = 0;
  std::uint32_t begin_line = 1;
  Scope begin_scope;
  bool begin_is_first = false;

  std::size_t at = 0;
  std::uint32_t line = 1;
  Scope scope;                   ///< origin and owner at `at`; the TTL is the splitter's
  std::size_t owner_at = kNone;  ///< where the last owner stands, unless `scope.owner` is it

  bool has_started = false;
  bool is_at_end = false;   ///< no more to be read
  bool is_cut_off = false;  ///< the newline at the end is ours

  void pass(std::size_t octets, std::uint32_t newlines) {
    at += octets;
    line += newlines;
  }
  /// Line and column of an octet at or behind `at`.
  [[nodiscard]] LinePlace place_of(std::size_t octet) const;
  /// Makes `scope.owner` of what `owner_at` points to. Before its text or origin goes.
  void resolve_owner();
  /// Forgets what was handed out.
  void drop_used();
};

}  // namespace danewerk::source
