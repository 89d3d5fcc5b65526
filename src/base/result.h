#pragma once

/// \file
/// Failure as a value. Every failure that input, peers, disk or operators can cause is a `Result`;
/// a broken invariant of our own is a `DW_CHECK`, which prints and aborts.
/// Thread-compatible.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace danewerk {

/// What kind of failure it was; decides nothing but the exit code and who has to act.
enum class Errc {
  kBadInput,     ///< what was given cannot be used; the giver has to change it
  kRefused,      ///< understood, and not done, because a rule forbids it
  kUnavailable,  ///< a file, peer or resource could not be reached; a later try may succeed
  kCorrupt,      ///< stored data is not what was stored
};

/// A failure: code, one sentence (lower case, no full stop), and what to type next.
/// One owning pointer wide, so that `Result<T>` stays small.
class Error {
 public:
  Error(Errc code, std::string message, std::string hint = {});

  [[nodiscard]] Errc code() const;
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] const std::string& hint() const;

  /// The same failure told from one level further up: "CONTEXT: message".
  [[nodiscard]] Error in(std::string_view context) &&;

 private:
  struct Body {
    Errc code;
    std::string message;
    std::string hint;
  };
  std::unique_ptr<Body> body_;
};

/// A value or the reason why there is none. Dropping one is a compile error.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// Makes the failed side of a Result.
[[nodiscard]] tl::unexpected<Error> fail(Errc code, std::string message, std::string hint = {});

/// Prints where and which sentence does not hold, then aborts. Called by DW_CHECK only.
[[noreturn]] void invariant_broken(const char* file, int line, const char* sentence);

}  // namespace danewerk

#define DW_CONCAT_INNER(a, b) a##b
#define DW_CONCAT(a, b) DW_CONCAT_INNER(a, b)
#define DW_TRY_IMPL(tmp, declaration, ...)                                                        \
  auto tmp = (__VA_ARGS__);                                                                       \
  if (!tmp) return tl::unexpected(std::move(tmp).error()); /*NOLINT(bugprone-macro-parentheses)*/ \
  declaration = *std::move(tmp)

/// `DW_TRY(auto x, f());` - x from f, or return f's failure from here.
#define DW_TRY(declaration, ...) DW_TRY_IMPL(DW_CONCAT(dw_try_, __LINE__), declaration, __VA_ARGS__)

/// `DW_TRY_VOID(f());` - go on when f succeeded, else return its failure from here.
#define DW_TRY_VOID(...) \
  if (auto dw_tried = (__VA_ARGS__); !dw_tried) return tl::unexpected(std::move(dw_tried).error())

/// States an invariant of ours. Never for input.
#define DW_CHECK(condition, sentence) \
  ((condition) ? static_cast<void>(0) : ::danewerk::invariant_broken(__FILE__, __LINE__, sentence))
