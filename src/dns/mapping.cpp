#include "dns/mapping.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/mman.h>

namespace danewerk::dns {

Result<std::shared_ptr<const Mapping>> Mapping::open(const Path& path) {
  DW_TRY(const auto file, open_for_reading(path));
  DW_TRY(const auto size, file_size(file));
  if (size == 0) return fail(Errc::kCorrupt, fmt::format("'{}' is empty", path.string()));
  void* const base = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  // NOLINTNEXTLINE: the system's macro casts
  if (base == MAP_FAILED) return tl::unexpected(system_error("map", path, errno));
  return std::make_shared<const Mapping>(static_cast<const char*>(base), size);
}

Mapping::~Mapping() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap takes what mmap gave
  ::munmap(const_cast<char*>(base_), size_);
}

}  // namespace danewerk::dns
