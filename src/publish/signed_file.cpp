#include "publish/signed_file.h"

#include <array>

#include <fmt/format.h>

namespace danewerk::publish {

namespace {

constexpr std::string_view kLastLineStart = "; danewerk 1 sha256 ";
constexpr std::size_t kLastLineOctets = kLastLineStart.size() + 64 + 1;

}  // namespace

SignedFile::SignedFile(AtomicFile file)
    : file_(std::move(file)), digest_(crypto::DigestType::kSha256) {}

Result<SignedFile> SignedFile::create(const Path& target, mode_t mode) {
  DW_TRY(auto file, AtomicFile::create(target, mode));
  return SignedFile(std::move(file));
}

Result<void> SignedFile::write(std::string_view text) {
  digest_.update(as_bytes(text));
  return file_.write(text);
}

Result<void> SignedFile::publish(const verify::VerifiedZone& verified) {
  // That a VerifiedZone exists is the point; its content was read from this file.
  static_cast<void>(verified);
  const auto digest = digest_.finish();
  DW_TRY_VOID(file_.write(fmt::format("{}{}\n", kLastLineStart, to_hex(digest.view()))));
  return file_.commit();
}

Result<void> SignedFile::publish_unverified() {
  return file_.commit();
}

Result<bool> is_verified_output(const Path& path) {
  DW_TRY(const auto file, open_for_reading(path));
  DW_TRY(const auto size, file_size(file));
  if (size < kLastLineOctets) return false;
  crypto::DigestStream digest(crypto::DigestType::kSha256);
  std::string block(std::size_t{1} << 18, '\0');
  std::uint64_t left = size - kLastLineOctets;
  while (left > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
    DW_TRY(const auto n, read_some(file, block.data(), want));
    if (n != want) return false;
    digest.update(as_bytes(std::string_view(block).substr(0, n)));
    left -= n;
  }
  DW_TRY(const auto n, read_some(file, block.data(), kLastLineOctets));
  const auto last = std::string_view(block).substr(0, n);
  return last == fmt::format("{}{}\n", kLastLineStart, to_hex(digest.finish().view()));
}

}  // namespace danewerk::publish
