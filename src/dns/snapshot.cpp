#include "dns/snapshot.h"

#include <cstring>

#include <fmt/format.h>

#include "dns/mapping.h"
#include "dns/snapshot_format.h"
#include "dns/tree_layout.h"

namespace danewerk::dns {

namespace {

constexpr std::size_t kBlockOctets = 1U << 20;

class Writer {
 public:
  explicit Writer(AtomicFile& file) : file_(file) {}

  /// \returns the offset at which the octets stand.
  Result<std::uint64_t> append(std::string_view octets) {
    const std::uint64_t offset = kHeaderOctets + flushed_ + block_.size();
    block_ += octets;
    block_.resize((block_.size() + 7) / 8 * 8);
    if (block_.size() >= kBlockOctets) DW_TRY_VOID(flush());
    return offset;
  }

  /// Children first, so that their offsets are known.
  Result<std::uint64_t> append_tree(PageRef ref, const char* base) {
    const Page* const page = ref.resolve(base);
    const std::string_view octets(octets_of(page), page->octets);
    if (page->level == 0) return append(octets);
    std::string copy(octets);
    const InnerView inner(page);
    for (std::uint32_t i = 0; i < inner.count(); ++i) {
      DW_TRY(const auto offset, append_tree(inner.child(i), base));
      save(copy.data() + sizeof(Page) + std::size_t{8} * i, PageRef::mapped(offset));
    }
    return append(copy);
  }

  Result<void> flush() {
    checksum_.add(block_);
    flushed_ += block_.size();
    DW_TRY_VOID(file_.write(block_));
    block_.clear();
    return {};
  }

  [[nodiscard]] std::uint64_t octets() const { return kHeaderOctets + flushed_; }
  [[nodiscard]] std::uint64_t checksum() const { return checksum_.value(); }

 private:
  AtomicFile& file_;
  std::string block_;
  std::uint64_t flushed_ = 0;
  Checksum checksum_;
};

std::string_view octets_of(const SnapshotHeader& header) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a header is octets
  return {reinterpret_cast<const char*>(&header), kHeaderOctets};
}

Result<void> write_to(AtomicFile& file, const Zone& zone) {
  SnapshotHeader header;
  DW_TRY_VOID(file.write(octets_of(header)));
  Writer writer(file);
  const auto apex = zone.apex().wire();
  header.apex_octets = static_cast<std::uint16_t>(apex.size());
  header.names_count = static_cast<std::uint32_t>(zone.names().size());
  header.denial_count = static_cast<std::uint32_t>(zone.denial().size());
  DW_TRY_VOID(writer.append(as_text(apex)));
  if (zone.names().size() != 0) {
    DW_TRY(header.names_root, writer.append_tree(zone.names().root(), zone.names().base()));
  }
  if (zone.denial().size() != 0) {
    DW_TRY(header.denial_root, writer.append_tree(zone.denial().root(), zone.denial().base()));
  }
  DW_TRY_VOID(writer.flush());
  header.file_octets = writer.octets();
  header.body_checksum = writer.checksum();
  header.header_checksum = header_checksum(header);
  return file.write_at(0, octets_of(header));
}

tl::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::kCorrupt, std::string(what));
}

Result<SnapshotHeader> read_header(std::string_view file) {
  if (file.size() < kHeaderOctets) return corrupt("file is shorter than its header");
  SnapshotHeader header;
  std::memcpy(&header, file.data(), kHeaderOctets);
  if (header.magic != kSnapshotMagic) return corrupt("file is no snapshot of a zone");
  if (header.byte_order != kByteOrder) return corrupt("file is of a machine of other byte order");
  if (header.version != kSnapshotVersion) return corrupt("file is of another format version");
  if (header.header_checksum != header_checksum(header)) return corrupt("header is damaged");
  if (header.file_octets != file.size()) {
    return corrupt(fmt::format("file has {} octets of {}", file.size(), header.file_octets));
  }
  const auto apex = as_bytes(file.substr(kHeaderOctets, header.apex_octets));
  if (header.apex_octets == 0 || wire_name_length(apex) != header.apex_octets) {
    return corrupt("apex is damaged");
  }
  return header;
}

/// Cheap checks of a root, so that size() and earliest() can be trusted.
bool is_sound_root(std::string_view file, std::uint64_t offset, std::uint32_t entries) {
  if (offset == 0) return entries == 0;
  if (offset % 8 != 0 || offset < kHeaderOctets || file.size() - offset < sizeof(Page) ||
      offset > file.size()) {
    return false;
  }
  Page page{};
  std::memcpy(&page, file.data() + offset, sizeof page);
  return page.octets >= sizeof(Page) && page.octets <= file.size() - offset && page.count != 0 &&
         page.level < kMaxLevels && page.entries == entries;
}

Result<Zone> zone_of(const std::shared_ptr<const Mapping>& mapping) {
  const std::string_view file = mapping->octets();
  DW_TRY(const auto header, read_header(file));
  if (!is_sound_root(file, header.names_root, header.names_count) ||
      !is_sound_root(file, header.denial_root, header.denial_count)) {
    return corrupt("root page is damaged");
  }
  const auto tree = [&mapping](std::uint64_t root) {
    return root == 0 ? Tree() : Tree::mapped(mapping, PageRef::mapped(root));
  };
  const NameView apex(as_bytes(file.substr(kHeaderOctets, header.apex_octets)));
  return Zone(apex, tree(header.names_root), tree(header.denial_root));
}

Result<void> check_all(std::string_view file) {
  DW_TRY(const auto header, read_header(file));
  Checksum checksum;
  checksum.add(file.substr(kHeaderOctets));
  if (checksum.value() != header.body_checksum) return corrupt("checksum of the pages is wrong");
  return check_snapshot_pages(file, header);
}

}  // namespace

void Checksum::add(std::string_view octets) {
  constexpr std::uint64_t kOdd = 0xd6e8feb86659fd93;
  const auto mix = [this](std::uint64_t word) {
    state_ = (state_ ^ word) * kOdd;
    state_ ^= state_ >> 32U;
  };
  while (octets.size() >= 8) {
    mix(load<std::uint64_t>(octets.data()));
    octets.remove_prefix(8);
  }
  if (octets.empty()) return;
  std::uint64_t rest = 0;
  std::memcpy(&rest, octets.data(), octets.size());
  mix(rest);
}

std::uint64_t header_checksum(const SnapshotHeader& header) {
  Checksum checksum;
  checksum.add(octets_of(header).substr(0, kHeaderOctets - sizeof header.header_checksum));
  return checksum.value();
}

Result<void> write_snapshot(const Zone& zone, const Path& target, mode_t mode) {
  DW_TRY(auto file, AtomicFile::create(target, mode));
  DW_TRY_VOID(write_to(file, zone));
  return file.commit();
}

Result<Zone> open_snapshot(const Path& path) {
  DW_TRY(const auto mapping, Mapping::open(path));
  auto zone = zone_of(mapping);
  if (!zone) return tl::unexpected(std::move(zone).error().in(path.string()));
  return zone;
}

Result<void> check_snapshot(const Path& path) {
  DW_TRY(const auto mapping, Mapping::open(path));
  auto good = check_all(mapping->octets());
  if (!good) return tl::unexpected(std::move(good).error().in(path.string()));
  return {};
}

}  // namespace danewerk::dns
