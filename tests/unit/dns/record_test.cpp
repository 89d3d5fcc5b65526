#include "dns/record.h"

#include <doctest/doctest.h>

using danewerk::Bytes;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it

namespace {

Name name(std::string_view text) {
  return *name_from_text(text);
}

}  // namespace

TEST_CASE("record: a batch gives back what was added, by runs of one owner") {
  RecordBatch batch(name("example."), 3);
  batch.set_owner(name("a.example."));
  batch.add(RrType::kA, 60, Bytes{1, 2, 3, 4}, 7);
  batch.set_owner(name("a.example."));  // the same again: no new run
  batch.add(RrType::kTxt, 61, Bytes{}, 8);
  batch.set_owner(name("B.example."));
  batch.add(RrType::kNs, 62, Bytes{0}, 9);

  REQUIRE(batch.runs() == 2);
  CHECK(batch.records() == 3);
  CHECK(batch.run(0).key() == std::string_view("a\0", 2));
  CHECK(batch.run(0).cased_owner().empty());
  CHECK(batch.run(0).count() == 2);
  CHECK(batch.run(0).file() == 3);
  std::vector<std::uint32_t> lines;
  batch.run(0).for_each([&](const RecordView& record) { lines.push_back(record.line); });
  CHECK(lines == std::vector<std::uint32_t>{7, 8});

  CHECK(batch.run(1).key() == std::string_view("b\0", 2));
  CHECK(danewerk::as_text(batch.run(1).cased_owner()) == std::string_view("\1B\7example\0", 11));
  batch.run(1).for_each([](const RecordView& record) {
    CHECK(record.type == RrType::kNs);
    CHECK(record.ttl == 62);
    CHECK(record.rdata.size() == 1);
  });
}

TEST_CASE("record: the apex has the empty key, and RDATA may have 65,535 octets") {
  RecordBatch batch(name("example."));
  batch.set_owner(name("example."));
  const Bytes large(65535, 0x5a);
  batch.add(RrType{65280}, 0, large, 1);
  CHECK(batch.run(0).key().empty());
  batch.run(0).for_each(
      [&](const RecordView& record) { CHECK(record.rdata.size() == large.size()); });
  CHECK(batch.memory() >= large.size());
}
