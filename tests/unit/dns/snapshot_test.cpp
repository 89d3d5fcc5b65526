#include "dns/snapshot.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dns/snapshot_format.h"
#include "dns/tree_builder.h"
#include "unit/dns/tree_model.h"

using danewerk::Bytes;
using danewerk::Errc;
using danewerk::Path;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::dns::test;  // NOLINT(google-build-using-namespace)

namespace {

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "dw-snapshot-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] Path file() const { return path_ / "zone.snapshot"; }

 private:
  Path path_;
};

std::string node(std::uint64_t number) {
  NodeBuilder builder;
  builder.add(RrType::kTxt, 60, Bytes(40, static_cast<std::uint8_t>(number)));
  return std::string(builder.pack());
}

Zone zone_of(std::uint64_t names) {
  TreeBuilder tree;
  TreeBuilder chain;
  NodeBuilder soa;
  soa.add(RrType::kSoa, 60, Bytes(22, 0));
  tree.append("", soa.pack(), 7);
  for (std::uint64_t i = 0; i < names; ++i) {
    tree.append(number_key(i) + std::string(1, '\0'), node(i), static_cast<Deadline>(i));
    std::string packed;
    const std::string of_name = node(i);
    ChainEntry entry;
    entry.node = NodeView(of_name);
    pack_chain_entry(packed, entry);
    chain.append(number_key(i), packed, 0);
  }
  return {*name_from_text("Example."), std::move(tree).finish(), std::move(chain).finish()};
}

std::string read(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const Path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

bool is_corrupt(const Path& path) {
  const auto opened = open_snapshot(path);
  return !opened && opened.error().code() == Errc::kCorrupt;
}

}  // namespace

TEST_CASE("snapshot: what is opened is what was written") {
  const Folder folder;
  for (const std::uint64_t names : {0U, 1U, 3000U}) {
    const Zone zone = zone_of(names);
    REQUIRE(write_snapshot(zone, folder.file(), 0600));
    REQUIRE(check_snapshot(folder.file()));
    const auto mapped = open_snapshot(folder.file());
    REQUIRE(mapped);
    CHECK(to_text(mapped->apex()) == "Example.");
    CHECK(contents(mapped->names()) == contents(zone.names()));
    CHECK(contents(mapped->denial()) == contents(zone.denial()));
    CHECK(mapped->names().earliest() == zone.names().earliest());
    CHECK(mapped->names().memory().heap == 0);
    CHECK(mapped->names().memory().mapped > 0);
    // Mapped pages written once more are the same file.
    const std::string first = read(folder.file());
    REQUIRE(write_snapshot(*mapped, folder.file(), 0600));
    CHECK(read(folder.file()) == first);
  }
}

TEST_CASE("snapshot: an edit of a mapped version puts its way on the heap, the rest stays mapped") {
  const Folder folder;
  REQUIRE(write_snapshot(zone_of(20000), folder.file(), 0600));
  std::optional<Zone> mapped = *open_snapshot(folder.file());
  TreeEdit edit(mapped->names());
  auto model = contents(mapped->names());
  for (std::uint64_t i = 0; i < 20000; i += 1999) {
    const std::string key = number_key(i) + std::string(1, '\0');
    edit.put(key, node(i + 1), 3);
    model[key] = {node(i + 1), 3};
    const std::string gone = number_key(i + 1) + std::string(1, '\0');
    CHECK(edit.erase(gone));
    model.erase(gone);
  }
  const auto memory = edit.tree().memory();
  CHECK(memory.heap < memory.mapped / 10);
  const auto beyond = edit.tree().memory_beyond(mapped->names());
  CHECK(beyond.mapped == 0);
  CHECK(beyond.heap == memory.heap);
  std::size_t count = 0;
  Tree::for_each_difference(mapped->names(), edit.tree(),
                            [&](const auto&, const auto&) { ++count; });
  CHECK(count == 22);
  const Zone after(mapped->apex(), edit.tree(), mapped->denial());
  mapped.reset();  // the edit keeps the file mapped
  CHECK(contents(edit.tree()) == model);
  REQUIRE(write_snapshot(after, folder.file(), 0600));  // over the file that it is mapped from
  CHECK(check_snapshot(folder.file()));
  CHECK(contents(edit.tree()) == model);
  CHECK(contents(open_snapshot(folder.file())->names()) == model);
}

TEST_CASE("snapshot: opening and reading the SOA touches a few pages of the file") {
  const Folder folder;
  REQUIRE(write_snapshot(zone_of(200000), folder.file(), 0600));
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto zone = open_snapshot(folder.file());
  REQUIRE(zone);
  const bool has_soa = zone->apex_node().has(RrType::kSoa);
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(has_soa);
  CHECK(zone->names().size() == 200001);
  // Linux maps up to 16 pages of the page cache with one fault: reading all would take over 500.
  CHECK(zone->names().memory().pages + zone->denial().memory().pages > 16 * 200);
  CHECK(after.ru_minflt - before.ru_minflt < 60);
}

TEST_CASE("snapshot: a file cut off anywhere is refused") {
  const Folder folder;
  REQUIRE(write_snapshot(zone_of(200), folder.file(), 0600));
  const std::string whole = read(folder.file());
  for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 1 : 97) {
    write(folder.file(), std::string_view(whole).substr(0, size));
    REQUIRE_MESSAGE(is_corrupt(folder.file()), size);
    REQUIRE(!check_snapshot(folder.file()));
  }
  write(folder.file(), whole + std::string(8, '\0'));
  CHECK(is_corrupt(folder.file()));
  write(folder.file(), "; a zone file\n");
  CHECK(is_corrupt(folder.file()));
  std::filesystem::remove(folder.file());
  CHECK(open_snapshot(folder.file()).error().code() == Errc::kUnavailable);
}

TEST_CASE("snapshot: any octet changed in the header is found on opening, elsewhere by the check") {
  const Folder folder;
  REQUIRE(write_snapshot(zone_of(100), folder.file(), 0600));
  const std::string whole = read(folder.file());
  for (std::size_t at = 0; at < whole.size(); at += at < kHeaderOctets ? 1 : 13) {
    std::string garbled = whole;
    garbled[at] = static_cast<char>(garbled[at] ^ 0x10);
    write(folder.file(), garbled);
    if (at < kHeaderOctets) REQUIRE_MESSAGE(is_corrupt(folder.file()), at);
    const auto checked = check_snapshot(folder.file());
    REQUIRE_MESSAGE(!checked, at);
    REQUIRE(checked.error().code() == Errc::kCorrupt);
  }
}

TEST_CASE("snapshot: pages garbled under a right checksum are read within bounds") {
  const Folder folder;
  REQUIRE(write_snapshot(zone_of(300), folder.file(), 0600));
  const std::string whole = read(folder.file());
  CHECK(rc::check("garbled pages", [&] {
    // Exactly as long as the file, so that the sanitizer sees what is read beyond.
    std::vector<std::uint64_t> words(whole.size() / 8);
    std::memcpy(words.data(), whole.data(), whole.size());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): words are octets
    char* const octets = reinterpret_cast<char*>(words.data());
    const int changes = *rc::gen::inRange(1, 5);
    for (int i = 0; i < changes; ++i) {
      octets[*rc::gen::inRange<std::size_t>(0, whole.size())] = *rc::gen::arbitrary<char>();
    }
    SnapshotHeader header;
    std::memcpy(&header, octets, kHeaderOctets);
    static_cast<void>(check_snapshot_pages({octets, whole.size()}, header));
  }));
  SnapshotHeader header;
  std::memcpy(&header, whole.data(), kHeaderOctets);
  for (std::size_t cut = 0; cut < 64; ++cut) {
    const std::vector<char> part(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(8 * cut));
    const auto good = check_snapshot_pages({part.data(), part.size()}, header);
    CHECK(good.has_value() == (cut == 0));
  }
}
