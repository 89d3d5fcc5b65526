#include "crypto/sealed.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace danewerk::crypto {

namespace {

constexpr std::string_view kMagic("DWSEAL\1", 7);
constexpr std::size_t kSaltOctets = 16;
constexpr std::size_t kHeadOctets = kMagic.size() + 3 + kSaltOctets;
constexpr std::size_t kPieceOctets = 1U << 16;
constexpr std::size_t kTagOctets = 16;
constexpr std::size_t kKeyOctets = 32;
constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 30;

using Head = std::array<std::uint8_t, kHeadOctets>;
using Nonce = std::array<std::uint8_t, 12>;
using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

enum class Last : std::uint8_t { kNo, kYes };

std::uint64_t memory_of(ScryptCost cost) {
  return (std::uint64_t{128} * cost.r) << cost.log2_n;
}

bool is_sound(ScryptCost cost) {
  return cost.log2_n >= 1 && cost.log2_n <= 22 && cost.r >= 1 && cost.r <= 32 && cost.p >= 1 &&
         cost.p <= 16 && memory_of(cost) <= kMaxMemory;
}

Result<Secret> derive_key(ByteView passphrase, ScryptCost cost, ByteView salt) {
  Secret key{Bytes(kKeyOctets)};
  const auto secret = as_text(passphrase);
  // Some room over what scrypt itself needs: OpenSSL counts its own blocks too.
  const std::uint64_t most =
      memory_of(cost) + (std::uint64_t{128} * cost.r * (cost.p + 2U)) + 65536;
  if (EVP_PBE_scrypt(secret.data(), secret.size(), salt.data(), salt.size(),
                     std::uint64_t{1} << cost.log2_n, cost.r, cost.p, most, key.writable().data(),
                     kKeyOctets) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "make a key from the passphrase"));
  }
  return key;
}

Nonce nonce_of(std::uint64_t number, Last last) {
  Nonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) {
    nonce.at(10 - i) = static_cast<std::uint8_t>(number >> (8 * i));
  }
  nonce.back() = last == Last::kYes ? 1 : 0;
  return nonce;
}

int size_of(ByteView octets) {
  return static_cast<int>(octets.size());
}

}  // namespace

struct Sealer::Impl {
  SealedSink sink;
  Head head{};
  Secret key;
  CipherContext context{EVP_CIPHER_CTX_new()};
  Secret pending{Bytes(kPieceOctets)};
  std::size_t used = 0;
  std::uint64_t number = 0;
  bool is_finished = false;

  Result<void> seal(Last last) {
    const auto nonce = nonce_of(number++, last);
    Bytes sealed(used + kTagOctets);
    int size = 0;
    const bool done =
        context != nullptr &&
        EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.view().data(), nonce.data(),
                            nullptr) == 1 &&
        // The head is checked with every piece: its numbers and salt cannot be exchanged.
        EVP_EncryptUpdate(context.get(), nullptr, &size, head.data(), size_of(head)) == 1 &&
        EVP_EncryptUpdate(context.get(), sealed.data(), &size, pending.view().data(),
                          static_cast<int>(used)) == 1 &&
        EVP_EncryptFinal_ex(context.get(), sealed.data() + size, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagOctets,
                            sealed.data() + used) == 1;
    if (!done) return tl::unexpected(openssl_error(Errc::kUnavailable, "seal"));
    used = 0;
    return sink(sealed);
  }
};

Sealer::Sealer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

Result<Sealer> Sealer::begin(ByteView passphrase, ScryptCost cost, SealedSink sink) {
  if (passphrase.empty()) return fail(Errc::kBadInput, "the passphrase is empty");
  DW_CHECK(is_sound(cost), "the cost of scrypt is within bounds");
  auto impl = std::make_unique<Impl>();
  impl->sink = std::move(sink);
  auto at = std::ranges::copy(as_bytes(kMagic), impl->head.begin()).out;
  for (const auto number : {cost.log2_n, cost.r, cost.p}) *at++ = number;
  if (RAND_bytes(&*at, kSaltOctets) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "get random octets"));
  }
  const auto salt = ByteView(impl->head).last(kSaltOctets);
  DW_TRY(impl->key, derive_key(passphrase, cost, salt));
  DW_TRY_VOID(impl->sink(impl->head));
  return Sealer(std::move(impl));
}

Result<void> Sealer::add(ByteView octets) {
  DW_CHECK(!impl_->is_finished, "nothing is sealed after the end");
  while (!octets.empty()) {
    // A full piece waits until there is more: it may be the last.
    if (impl_->used == kPieceOctets) DW_TRY_VOID(impl_->seal(Last::kNo));
    const auto size = std::min(octets.size(), kPieceOctets - impl_->used);
    std::ranges::copy(octets.first(size), impl_->pending.writable().subspan(impl_->used).begin());
    impl_->used += size;
    octets = octets.subspan(size);
  }
  return {};
}

Result<void> Sealer::finish() {
  DW_CHECK(!impl_->is_finished, "there is one end");
  impl_->is_finished = true;
  return impl_->seal(Last::kYes);
}

struct Unsealer::Impl {
  SealedSource source;
  Head head{};
  Secret key;
  CipherContext context{EVP_CIPHER_CTX_new()};
  /// One sealed piece and an octet of the next, if there is one.
  Bytes sealed = Bytes(kPieceOctets + kTagOctets + 1);
  std::size_t ahead = 0;  ///< octets of `sealed` that are of the next piece
  Secret plain{Bytes(kPieceOctets)};
  std::size_t at = 0;
  std::size_t size = 0;
  std::uint64_t number = 0;
  bool was_last = false;

  Result<void> next_piece() {
    if (was_last) return fail(Errc::kCorrupt, "sealed octets end too early");
    const auto room = std::span(sealed).subspan(ahead);
    DW_TRY(const auto got, source(room));
    const std::size_t have = ahead + got;
    was_last = have < sealed.size();
    const std::size_t whole = was_last ? have : have - 1;
    if (whole < kTagOctets) return refuse();
    DW_TRY_VOID(open(ByteView(sealed).first(whole)));
    ahead = have - whole;
    if (ahead != 0) sealed.front() = sealed[whole];
    return {};
  }

  Result<void> open(ByteView piece) {
    const auto body = piece.first(piece.size() - kTagOctets);
    Bytes tag(piece.end() - kTagOctets, piece.end());
    const auto nonce = nonce_of(number, was_last ? Last::kYes : Last::kNo);
    int written = 0;
    const bool good =
        context != nullptr &&
        EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.view().data(), nonce.data(),
                            nullptr) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &written, head.data(), size_of(head)) == 1 &&
        EVP_DecryptUpdate(context.get(), plain.writable().data(), &written, body.data(),
                          size_of(body)) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagOctets, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(context.get(), plain.writable().data() + written, &written) == 1;
    if (!good) return refuse();
    at = 0;
    size = body.size();
    ++number;
    return {};
  }

  [[nodiscard]] Result<void> refuse() const {
    if (number == 0) {
      return fail(Errc::kBadInput, "the passphrase is another, or the octets are damaged");
    }
    return fail(Errc::kCorrupt,
                fmt::format("sealed octets are damaged or cut off, piece {}", number + 1));
  }
};

Unsealer::Unsealer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Unsealer::Unsealer(Unsealer&&) noexcept = default;
Unsealer& Unsealer::operator=(Unsealer&&) noexcept = default;
Unsealer::~Unsealer() = default;

Result<Unsealer> Unsealer::begin(ByteView passphrase, SealedSource source) {
  if (passphrase.empty()) return fail(Errc::kBadInput, "the passphrase is empty");
  auto impl = std::make_unique<Impl>();
  impl->source = std::move(source);
  DW_TRY(const auto size, impl->source(impl->head));
  const auto& head = impl->head;
  if (size < head.size() || !as_text(head).starts_with(kMagic.substr(0, 6))) {
    return fail(Errc::kCorrupt, "this is no file that danewerk sealed");
  }
  if (!as_text(head).starts_with(kMagic)) {
    return fail(Errc::kRefused, "a newer danewerk sealed it");
  }
  const ScryptCost cost{head[kMagic.size()], head[kMagic.size() + 1], head[kMagic.size() + 2]};
  if (!is_sound(cost)) return fail(Errc::kCorrupt, "the head of the sealed octets is damaged");
  DW_TRY(impl->key, derive_key(passphrase, cost, ByteView(head).last(kSaltOctets)));
  return Unsealer(std::move(impl));
}

Result<void> Unsealer::read(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (impl_->at == impl_->size) {
      DW_TRY_VOID(impl_->next_piece());
      continue;
    }
    const auto size = std::min(out.size(), impl_->size - impl_->at);
    std::ranges::copy(impl_->plain.view().subspan(impl_->at, size), out.begin());
    impl_->at += size;
    out = out.subspan(size);
  }
  return {};
}

Result<void> Unsealer::expect_end() {
  if (impl_->number == 0) DW_TRY_VOID(impl_->next_piece());
  if (impl_->at == impl_->size && impl_->was_last) return {};
  return fail(Errc::kCorrupt, "sealed octets go on behind their end");
}

}  // namespace danewerk::crypto
