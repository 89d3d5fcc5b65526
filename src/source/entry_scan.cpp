#include "source/entry_scan.h"

#include <cstring>

#include "source/octet_class.h"

namespace danewerk::source {

namespace {

/// Past an escape, which does not reach over the end of the line.
const char* skip_escape(const char* p, const char* end) {
  if (end - p < 2) return end;
  return p + (p[1] == '\n' || p[1] == '\r' ? 1 : 2);
}

/// From an opening quote past the closing one, or to the newline.
const char* skip_quoted(const char* p, const char* end) {
  for (++p; p < end; ++p) {
    if (*p == '"') return p + 1;
    if (*p == '\n') return p;
    if (*p == '\\') p = skip_escape(p, end) - 1;
  }
  return end;
}

const char* skip_comment(const char* p, const char* end) {
  const void* newline = std::memchr(p, '\n', static_cast<std::size_t>(end - p));
  return newline == nullptr ? end : static_cast<const char*>(newline);
}

}  // namespace

EntryEnd find_entry_end(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* open = begin;
  unsigned depth = 0;
  EntryEnd found;
  const char* p = begin;
  while (p < end) {
    switch (octet_class(*p)) {
      case OctetClass::kNewline:
        ++p;
        ++found.newlines;
        if (depth == 0) {
          found.size = static_cast<std::size_t>(p - begin);
          return found;
        }
        break;
      case OctetClass::kOpen:
        if (depth++ == 0) open = p;
        ++p;
        break;
      case OctetClass::kClose:
        if (depth > 0) --depth;
        ++p;
        break;
      case OctetClass::kComment:
        p = skip_comment(p, end);
        break;
      case OctetClass::kQuote:
        p = skip_quoted(p, end);
        break;
      case OctetClass::kEscape:
        p = skip_escape(p, end);
        break;
      default:
        ++p;
        break;
    }
  }
  found.is_open = depth > 0;
  found.open_at = static_cast<std::size_t>(open - begin);
  return found;
}

}  // namespace danewerk::source
