#include <fstream>

#include "candidates.h"

namespace bench {

void Arrays::append(std::string_view key, std::string_view value) {
  offsets_.push_back(data_.size());
  key_sizes_.push_back(static_cast<std::uint16_t>(key.size()));
  data_ += key;
  data_ += value;
}

void Arrays::load(const std::vector<Item>& items) {
  std::uint64_t octets = 0;
  for (const Item& item : items) octets += item.key.size() + item.value.size();
  data_.reserve(octets);
  offsets_.reserve(items.size());
  key_sizes_.reserve(items.size());
  for (const Item& item : items) append(item.key, item.value);
}

std::string_view Arrays::key(std::size_t i) const {
  return std::string_view(data_).substr(offsets_[i], key_sizes_[i]);
}

std::string_view Arrays::value(std::size_t i) const {
  const std::uint64_t begin = offsets_[i] + key_sizes_[i];
  const std::uint64_t end = i + 1 < offsets_.size() ? offsets_[i + 1] : data_.size();
  return std::string_view(data_).substr(begin, end - begin);
}

std::optional<std::string_view> Arrays::find(std::string_view wanted) const {
  std::size_t low = 0;
  std::size_t high = offsets_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (key(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == offsets_.size() || key(low) != wanted) return std::nullopt;
  return value(low);
}

std::uint64_t Arrays::scan() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    sum += value(i).size() + static_cast<std::uint8_t>(value(i).front());
  }
  return sum;
}

Arrays Arrays::with(std::string_view changed, std::string_view value_now) const {
  Arrays made;
  made.data_.reserve(data_.size() + value_now.size());
  made.offsets_.reserve(offsets_.size());
  made.key_sizes_.reserve(key_sizes_.size());
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    made.append(key(i), key(i) == changed ? value_now : value(i));
  }
  return made;
}

std::uint64_t Arrays::octets() const {
  return data_.size() + 8 * offsets_.size() + 2 * key_sizes_.size();
}

void Arrays::save(const std::filesystem::path& path) const {
  std::ofstream file(path, std::ios::binary);
  const std::uint64_t sizes[2] = {offsets_.size(), data_.size()};
  const auto write = [&file](const void* from, std::size_t size) {
    file.write(static_cast<const char*>(from), static_cast<std::streamsize>(size));
  };
  write(sizes, sizeof sizes);
  write(offsets_.data(), 8 * offsets_.size());
  write(key_sizes_.data(), 2 * key_sizes_.size());
  write(data_.data(), data_.size());
}

Arrays Arrays::open(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t sizes[2] = {};
  const auto read = [&file](void* to, std::size_t size) {
    file.read(static_cast<char*>(to), static_cast<std::streamsize>(size));
  };
  read(sizes, sizeof sizes);
  Arrays made;
  made.offsets_.resize(sizes[0]);
  made.key_sizes_.resize(sizes[0]);
  made.data_.resize(sizes[1]);
  read(made.offsets_.data(), 8 * sizes[0]);
  read(made.key_sizes_.data(), 2 * sizes[0]);
  read(made.data_.data(), sizes[1]);
  return made;
}

}  // namespace bench
