#include "engine/file_hint.h"

#include <cerrno>
#include <string_view>

#include <sys/stat.h>

namespace danewerk::engine {

namespace {

constexpr off_t kUsualOctets = 1 << 16;

std::string hint_for_missing(const Path& file) {
  struct stat link = {};
  if (::lstat(file.c_str(), &link) == 0) {
    return "a link leads to what is not there: has the client moved its files?";
  }
  return "is the path in danewerk.yaml right, and has the client made the file yet?";
}

}  // namespace

std::string hint_for_unreadable(const Path& file, ClientFile kind) {
  struct stat info = {};
  if (::stat(file.c_str(), &info) != 0) {
    if (errno == ENOENT) return hint_for_missing(file);
    if (errno == ELOOP) return "a link leads back to itself: namei -l shows the way";
    if (errno == EACCES) {
      return "let danewerk's user reach it, or take serve: {by: deploy}; where it is taken, run "
             "danewerk deploy as root";
    }
    return {};
  }
  if (S_ISDIR(info.st_mode)) {
    return kind == ClientFile::kKey ? "name the file in it, such as privkey.pem"
                                    : "name the file in it, such as fullchain.pem";
  }
  if (info.st_size > kUsualOctets) {
    return "a certificate and its issuers take some KiB: is it the right file?";
  }
  return {};
}

std::string hint_for_content(ByteView octets) {
  const auto text = as_text(octets);
  if (text.find("ENCRYPTED") != std::string_view::npos) {
    return "nobody is there to type its passphrase: openssl pkey -in FILE -out NEW writes it "
           "without";
  }
  if (text.find("-----BEGIN ") == std::string_view::npos) {
    return "a PEM file is text with lines such as -----BEGIN CERTIFICATE-----";
  }
  return "it may be cut short, or damaged: let the client write it again";
}

}  // namespace danewerk::engine
