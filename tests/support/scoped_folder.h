#pragma once

/// \file
/// A folder for one test, removed with all that is in it.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace danewerk::support {

class ScopedFolder {
 public:
  ScopedFolder() {
    auto name = (std::filesystem::temp_directory_path() / "danewerk-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);  // mode 0700
    path_ = name;
  }
  ScopedFolder(const ScopedFolder&) = delete;
  ScopedFolder& operator=(const ScopedFolder&) = delete;
  ~ScopedFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const std::filesystem::path& file, const std::string& text,
                       mode_t mode = 0600) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  REQUIRE(out.good());
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

}  // namespace danewerk::support
