#include "source/record_lexer.h"

#include <algorithm>
#include <cstring>

#include "source/octet_class.h"

namespace danewerk::source {

namespace {

void note(Entry& entry, LexFault fault, const char* at) {
  if (entry.fault != LexFault::kNone) return;
  entry.fault = fault;
  entry.fault_at = at;
}

/// Past a backslash and what it escapes; an escape does not reach over the end of the line.
const char* skip_escape(const char* p) {
  return p + (p[1] == '\n' || p[1] == '\r' ? 1 : 2);
}

}  // namespace

LinePlace Entry::place_of(const char* at) const {
  const std::string_view before = text.substr(0, static_cast<std::size_t>(at - text.data()));
  const auto newlines = std::count(before.begin(), before.end(), '\n');
  const std::size_t last = before.rfind('\n');
  const std::size_t start = last == std::string_view::npos ? 0 : last + 1;
  return {line + static_cast<std::uint32_t>(newlines),
          static_cast<std::uint32_t>(before.size() - start + 1)};
}

LinePlace Entry::place_of_field(std::size_t index) const {
  if (fields.empty()) return {line, 1};
  const auto& field = fields[std::min(index, fields.size() - 1)];
  return place_of(field.text.data() - (field.is_quoted ? 1 : 0));
}

bool RecordLexer::next(Entry& entry) {
  while (at_ != end_) {
    if (*at_ == '\n') {
      ++at_;
      ++line_;
      continue;
    }
    const char* begin = at_;
    entry.line = line_;
    entry.has_owner = octet_class(*begin) != OctetClass::kBlank;
    entry.is_directive = *begin == '$';
    entry.fault = LexFault::kNone;
    fields_.clear();
    lex(entry);
    entry.text = {begin, static_cast<std::size_t>(at_ - begin)};
    entry.fields = fields_;
    if (!fields_.empty() || entry.fault != LexFault::kNone) return true;
  }
  return false;
}

void RecordLexer::lex(Entry& entry) {
  unsigned depth = 0;
  const char* open = nullptr;
  const char* p = at_;
  while (p != end_) {
    switch (octet_class(*p)) {
      case OctetClass::kBlank:
        ++p;
        break;
      case OctetClass::kNewline:
        ++p;
        ++line_;
        if (depth == 0) {
          at_ = p;
          return;
        }
        break;
      case OctetClass::kComment:
        p = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end_ - p)));
        break;
      case OctetClass::kOpen:
        if (depth++ == 0) open = p;
        ++p;
        break;
      case OctetClass::kClose:
        if (depth == 0) {
          note(entry, LexFault::kStrayParenthesis, p);
        } else {
          --depth;
        }
        ++p;
        break;
      case OctetClass::kQuote:
        p = lex_quoted(p, entry);
        break;
      case OctetClass::kControl:
        note(entry, LexFault::kControlOctet, p);
        ++p;
        break;
      case OctetClass::kPlain:
      case OctetClass::kEscape:
        p = lex_word(p, entry);
        break;
    }
  }
  note(entry, LexFault::kOpenParenthesis, open);
  at_ = p;
}

/// From an opening quote to its end, which is the closing quote or the newline.
const char* RecordLexer::skip_quoted(const char* p, Entry& entry) const {
  const char* open = p++;
  for (;;) {
    switch (octet_class(*p)) {
      case OctetClass::kQuote:
        return p;
      case OctetClass::kNewline:
        note(entry, LexFault::kOpenQuote, open);
        return p;
      case OctetClass::kEscape:
        p = skip_escape(p);
        break;
      case OctetClass::kControl:
        note(entry, LexFault::kControlOctet, p);
        ++p;
        break;
      default:
        ++p;
        break;
    }
  }
}

const char* RecordLexer::lex_quoted(const char* p, Entry& entry) {
  const char* end = skip_quoted(p, entry);
  fields_.push_back({{p + 1, static_cast<std::size_t>(end - p - 1)}, true});
  return *end == '"' ? end + 1 : end;
}

/// A word may hold a quoted part with blanks in it, as `alpn="h2, h3"` does (RFC 9460 section 2.1).
const char* RecordLexer::lex_word(const char* p, Entry& entry) {
  const char* start = p;
  for (;;) {
    while (octet_class(*p) == OctetClass::kPlain) ++p;
    const OctetClass found = octet_class(*p);
    if (found == OctetClass::kEscape) {
      p = skip_escape(p);
    } else if (found == OctetClass::kQuote) {
      p = skip_quoted(p, entry);
      if (*p == '"') ++p;
    } else {
      break;
    }
  }
  fields_.push_back({{start, static_cast<std::size_t>(p - start)}, false});
  return p;
}

}  // namespace danewerk::source
