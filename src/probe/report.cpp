#include "probe/report.h"

namespace danewerk::probe {

std::string_view to_text(Word word) {
  switch (word) {
    case Word::kAnonymous:
      return "Anonymous";
    case Word::kUntrusted:
      return "Untrusted";
    case Word::kTrusted:
      return "Trusted";
    case Word::kVerified:
      break;
  }
  return "Verified";
}

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kProtected:
      return "protected";
    case Verdict::kUnprotected:
      return "unprotected";
    case Verdict::kBroken:
      return "broken";
    case Verdict::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace danewerk::probe
