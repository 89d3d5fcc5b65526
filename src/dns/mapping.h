#pragma once

/// \file
/// A file mapped for reading. Thread-safe: nothing changes after it was made.

#include <memory>
#include <string_view>

#include "base/file.h"

namespace danewerk::dns {

class Mapping {
 public:
  /// Maps the whole file. kUnavailable with the system's reason, kCorrupt when it is empty.
  static Result<std::shared_ptr<const Mapping>> open(const Path& path);

  Mapping(const char* base, std::size_t size) : base_(base), size_(size) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  Mapping(Mapping&&) = delete;
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();

  [[nodiscard]] const char* base() const { return base_; }
  [[nodiscard]] std::string_view octets() const { return {base_, size_}; }

 private:
  const char* base_;
  std::size_t size_;
};

}  // namespace danewerk::dns
