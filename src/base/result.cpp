#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace danewerk {

Error::Error(Errc code, std::string message, std::string hint)
    : body_(std::make_unique<Body>(Body{code, std::move(message), std::move(hint)})) {}

Errc Error::code() const {
  return body_->code;
}

const std::string& Error::message() const {
  return body_->message;
}

const std::string& Error::hint() const {
  return body_->hint;
}

Error Error::in(std::string_view context) && {
  body_->message = std::string(context) + ": " + body_->message;
  return std::move(*this);
}

tl::unexpected<Error> fail(Errc code, std::string message, std::string hint) {
  return tl::unexpected<Error>(Error(code, std::move(message), std::move(hint)));
}

void invariant_broken(const char* file, int line, const char* sentence) {
  // NOLINTNEXTLINE(cert-err33-c): the process ends here, there is nobody to tell
  std::fprintf(stderr, "danewerk: bug at %s:%d: %s\n", file, line, sentence);
  std::abort();
}

}  // namespace danewerk
