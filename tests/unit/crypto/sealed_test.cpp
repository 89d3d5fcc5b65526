#include "crypto/sealed.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace danewerk;          // NOLINT(google-build-using-namespace)
using namespace danewerk::crypto;  // NOLINT(google-build-using-namespace)

namespace {

/// Costs nothing: the tests are about what is around scrypt.
constexpr ScryptCost kCheap{1, 1, 1};
constexpr std::string_view kPassphrase = "correct horse";

Bytes sealed(const Bytes& plain, std::size_t step = 1000, ScryptCost cost = kCheap) {
  Bytes out;
  auto sealer = Sealer::begin(as_bytes(kPassphrase), cost, [&](ByteView octets) -> Result<void> {
    out.insert(out.end(), octets.begin(), octets.end());
    return {};
  });
  REQUIRE(sealer);
  for (std::size_t at = 0; at < plain.size(); at += step) {
    REQUIRE(sealer->add(ByteView(plain).subspan(at, std::min(step, plain.size() - at))));
  }
  REQUIRE(sealer->finish());
  return out;
}

Result<Bytes> unsealed(const Bytes& octets, std::size_t size,
                       std::string_view passphrase = kPassphrase) {
  ByteView rest = octets;
  DW_TRY(auto unsealer, Unsealer::begin(as_bytes(passphrase),
                                        [&](std::span<std::uint8_t> to) -> Result<std::size_t> {
                                          const auto got = std::min(to.size(), rest.size());
                                          std::ranges::copy(rest.first(got), to.begin());
                                          rest = rest.subspan(got);
                                          return got;
                                        }));
  Bytes plain(size);
  DW_TRY_VOID(unsealer.read(plain));
  DW_TRY_VOID(unsealer.expect_end());
  return plain;
}

Bytes plain_of(std::size_t size) {
  Bytes plain(size);
  for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  return plain;
}

constexpr std::size_t kPiece = 65536;

}  // namespace

TEST_CASE("sealed: what goes in comes out, at every size around that of a piece") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPiece - 1, kPiece, kPiece + 1,
                                 2 * kPiece, 2 * kPiece + 1, 3 * kPiece + 12345}) {
    CAPTURE(size);
    const Bytes plain = plain_of(size);
    for (const std::size_t step : {std::size_t{777}, kPiece, std::size_t{1} << 20}) {
      const auto back = unsealed(sealed(plain, step), size);
      REQUIRE(back);
      CHECK(*back == plain);
    }
  }
}

TEST_CASE("sealed: the default cost takes 128 MiB, and works") {
  const auto back = unsealed(sealed(plain_of(100), 1000, ScryptCost()), 100);
  REQUIRE(back);
  CHECK(*back == plain_of(100));
}

TEST_CASE("sealed: the same octets are sealed differently each time") {
  const auto one = sealed(plain_of(100));
  const auto two = sealed(plain_of(100));
  CHECK(one.size() == two.size());
  CHECK(one != two);
}

TEST_CASE("sealed: another passphrase opens nothing, and is called so") {
  const auto octets = sealed(plain_of(100));
  for (const std::string_view passphrase : {"correct hors", "correct horse ", "Correct horse"}) {
    const auto back = unsealed(octets, 100, passphrase);
    REQUIRE(!back);
    CHECK(back.error().code() == Errc::kBadInput);
    CHECK(back.error().message().find("passphrase") != std::string::npos);
  }
  CHECK(!unsealed(octets, 100, ""));
}

TEST_CASE("sealed: cut off at any length it is refused") {
  const auto small = sealed(plain_of(200));
  for (std::size_t size = 0; size < small.size(); ++size) {
    const Bytes cut(small.begin(), small.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE_MESSAGE(!unsealed(cut, 0), size);
    REQUIRE_MESSAGE(!unsealed(cut, 200), size);
  }
  // Where pieces end is where cutting off would show least.
  const auto large = sealed(plain_of(3 * kPiece));
  const std::size_t head = large.size() - 3 * (kPiece + 16);
  for (std::size_t pieces = 0; pieces < 3; ++pieces) {
    for (const std::size_t more : {0U, 1U, 15U, 16U, 17U}) {
      const auto size = head + pieces * (kPiece + 16) + more;
      const Bytes cut(large.begin(), large.begin() + static_cast<std::ptrdiff_t>(size));
      REQUIRE_MESSAGE(!unsealed(cut, pieces * kPiece), size);
    }
  }
}

TEST_CASE("sealed: any bit that changed is noticed, in the head too") {
  const auto octets = sealed(plain_of(100));
  for (std::size_t at = 0; at < octets.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes changed = octets;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1U << bit));
      // A cost of gigabytes is refused before it is paid; one of megabytes is paid.
      if (at == 7 && bit >= 3) continue;
      REQUIRE_MESSAGE(!unsealed(changed, 100), at);
    }
  }
}

TEST_CASE("sealed: pieces exchanged, repeated or added are noticed") {
  const auto octets = sealed(plain_of(3 * kPiece));
  const std::size_t head = octets.size() - 3 * (kPiece + 16);
  const auto at = [&](std::size_t piece) {
    return octets.begin() + static_cast<std::ptrdiff_t>(head + piece * (kPiece + 16));
  };
  const auto with = [&](std::initializer_list<std::size_t> pieces) {
    Bytes out(octets.begin(), at(0));
    for (const auto piece : pieces) out.insert(out.end(), at(piece), at(piece + 1));
    return out;
  };
  CHECK(unsealed(with({0, 1, 2}), 3 * kPiece));
  CHECK(!unsealed(with({1, 0, 2}), 3 * kPiece));
  CHECK(!unsealed(with({0, 0, 1, 2}), 4 * kPiece));
  CHECK(!unsealed(with({0, 1, 2, 2}), 4 * kPiece));
  CHECK(!unsealed(with({0, 2}), 2 * kPiece));
  CHECK(!unsealed(with({0, 1, 2}), 2 * kPiece));  // less was wanted than there is
}

TEST_CASE("sealed: a head that asks for more memory than there is sense in is refused") {
  auto octets = sealed(plain_of(10));
  octets[7] = 40;
  const auto back = unsealed(octets, 10);
  REQUIRE(!back);
  CHECK(back.error().code() == Errc::kCorrupt);
}
