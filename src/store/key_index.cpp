#include "store/key_index.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace danewerk::store {

Result<std::shared_ptr<KeyIndex>> KeyIndex::read(const Path& folder) {
  auto index = std::make_shared<KeyIndex>();
  std::error_code fault;
  std::filesystem::directory_iterator entry(folder, fault);
  const std::filesystem::directory_iterator end;
  while (!fault && entry != end) {
    index->enter(entry->path().filename().string());
    entry.increment(fault);
  }
  if (fault) return tl::unexpected(system_error("read folder", folder, fault.value()));
  return index;
}

std::vector<std::string> KeyIndex::files(std::string_view prefix) const {
  const std::scoped_lock lock(mutex_);
  const auto found = files_.find(to_lower(prefix));
  return found == files_.end() ? std::vector<std::string>{} : found->second;
}

void KeyIndex::add(std::string name) {
  const std::scoped_lock lock(mutex_);
  enter(std::move(name));
}

void KeyIndex::remove(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto found = files_.find(to_lower(name.substr(0, name.find('+') + 1)));
  if (found != files_.end()) std::erase(found->second, name);
}

void KeyIndex::enter(std::string name) {
  const auto plus = name.find('+');
  if (plus == std::string::npos) return;
  auto& files = files_[to_lower(std::string_view(name).substr(0, plus + 1))];
  if (std::ranges::find(files, name) == files.end()) files.push_back(std::move(name));
}

}  // namespace danewerk::store
