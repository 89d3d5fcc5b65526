#pragma once

/// \file
/// Keys of tests/keys for any zone. Needs dw_store.

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "dns/name.h"
#include "store/key_file_name.h"
#include "store/key_store.h"
#include "support/scoped_folder.h"

namespace danewerk::support {

/// What the files of a pool key begin with, such as "Kexample.+008+12345".
inline std::string pool_stem(const std::string& key_name) {
  std::ifstream index(std::string(DW_TESTS_DIR) + "/keys/index");
  std::string name;
  std::string stem;
  while (index >> name >> stem) {
    if (name == key_name) return stem;
  }
  FAIL("no such key in tests/keys/index: " << key_name);
  return {};
}

/// Writes the pair into a folder as one of ZONE. \returns the path without extension.
inline std::filesystem::path copy_pool_key(const std::string& key_name, dns::NameView zone,
                                           const std::filesystem::path& folder) {
  const auto stem = pool_stem(key_name);
  const auto from = std::string(DW_TESTS_DIR) + "/keys/" + stem;
  const auto to = folder / (store::bind_prefix(zone) + stem.substr(stem.find('+') + 1));
  auto record = text_of(from + ".key");
  const auto at = record.find("\nexample. ");
  REQUIRE(at != std::string::npos);
  record.replace(at + 1, std::string("example.").size(), dns::to_text(zone));
  write_text(to.string() + ".key", record, 0644);
  write_text(to.string() + ".private", text_of(from + ".private"));
  return to;
}

/// The key itself, both halves. Alone, a KSK stays a KSK: roles of BIND's keys depend on the
/// others.
inline model::Key pool_key(const std::string& key_name) {
  const ScopedFolder folder;
  const auto zone = dns::name_from_text("example.");
  const auto stem = copy_pool_key(key_name, *zone, folder.path());
  auto key = store::read_bind_pair(stem, *zone, store::FolderKind::kForeign);
  REQUIRE_MESSAGE(key.has_value(), (key ? std::string() : key.error().message()));
  return *std::move(key);
}

}  // namespace danewerk::support
