#pragma once

/// \file
/// The yardsticks: LMDB, and sorted arrays that a change copies as a whole.

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "names.h"

struct MDB_env;

namespace bench {

class Arrays {
 public:
  void load(const std::vector<Item>& items);
  [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;
  /// Sum over all values of their sizes, each of them looked at.
  [[nodiscard]] std::uint64_t scan() const;
  /// A whole new version.
  [[nodiscard]] Arrays with(std::string_view key, std::string_view value) const;
  [[nodiscard]] std::uint64_t octets() const;
  void save(const std::filesystem::path& path) const;
  static Arrays open(const std::filesystem::path& path);

 private:
  [[nodiscard]] std::string_view key(std::size_t i) const;
  [[nodiscard]] std::string_view value(std::size_t i) const;
  void append(std::string_view key, std::string_view value);
  std::string data_;
  std::vector<std::uint64_t> offsets_;  ///< of entries
  std::vector<std::uint16_t> key_sizes_;
};

class Lmdb {
 public:
  explicit Lmdb(const std::filesystem::path& path);
  Lmdb(const Lmdb&) = delete;
  Lmdb& operator=(const Lmdb&) = delete;
  ~Lmdb();
  void load(const std::vector<Item>& items);
  /// Finds all keys in one read transaction. \returns how many were there.
  std::uint64_t find_all(const std::vector<std::string_view>& keys);
  std::uint64_t scan();
  /// One transaction, committed, nothing synced.
  void put(std::string_view key, std::string_view value);
  void sync();
  /// Pages in use, in octets.
  [[nodiscard]] std::uint64_t octets();
  /// Keeps the present version alive until it is given back.
  void hold_version();
  void drop_version();

 private:
  MDB_env* env_ = nullptr;
  unsigned database_ = 0;
  void* held_ = nullptr;
};

}  // namespace bench
