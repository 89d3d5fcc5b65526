#pragma once

/// \file
/// What a check found: an identifier that documents and tests name, a level, a place, a sentence.
/// Checks return all that they find, up to a limit per identifier; beyond it they only count.
/// Thread-compatible: threads collect their own `Findings` and `merge` them.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace danewerk {

enum class Level : std::uint8_t { kInfo, kWarning, kError };

/// "error", "warning", "info".
std::string_view to_text(Level level);

/// Where in a text. Line and column count from 1; 0 means not known.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// "file:line:column", with what is known.
std::string to_text(const Place& place);

struct Finding {
  std::string_view id;  ///< a literal such as "ZONE-NO-SOA"; stable, documented, tested
  Level level = Level::kError;
  std::string message;  ///< lower case, no full stop
  std::string owner{};  ///< the name that it is about, in presentation form; may be empty
  Place place{};        ///< where it was read; may be empty
  std::string hint{};   ///< what to do next; may be empty
};

/// "place: level: [ID] owner: message", and a second line "hint: ..." when there is one.
std::string to_text(const Finding& finding);

class Findings {
 public:
  /// How many findings of one identifier are kept word by word; the rest are counted.
  static constexpr std::size_t kKeptPerId = 50;

  void add(Finding finding);
  void merge(Findings other);

  /// All that were kept, in the order in which they were added.
  [[nodiscard]] const std::vector<Finding>& list() const { return kept_; }
  /// How often ID was found, kept or not.
  [[nodiscard]] std::uint64_t count(std::string_view id) const;
  [[nodiscard]] std::uint64_t count(Level level) const;
  [[nodiscard]] bool has_errors() const { return count(Level::kError) != 0; }
  [[nodiscard]] bool empty() const { return counts_.empty(); }
  /// Every identifier found, with its count.
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& counts() const {
    return counts_;
  }

 private:
  std::vector<Finding> kept_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::array<std::uint64_t, 3> by_level_{};
};

}  // namespace danewerk
