#include "rollover/moment.h"

#include <algorithm>
#include <utility>

namespace danewerk::rollover {

Moment later_of(Moment a, Moment b) {
  if (a.at && b.at) return *b.at > *a.at ? b : a;
  if (a.at.has_value() != b.at.has_value()) {
    Moment& open = a.at ? b : a;
    const Moment& known = a.at ? a : b;
    if (open.latest) open.latest = std::max(*open.latest, *known.at);
    return std::move(open);
  }
  // Both open: it ends by itself only when both do.
  if (a.latest && b.latest) return *b.latest > *a.latest ? b : a;
  return a.latest ? b : a;
}

Moment operator+(Moment moment, seconds span) {
  if (moment.at) *moment.at += span;
  if (moment.latest) *moment.latest += span;
  return moment;
}

}  // namespace danewerk::rollover
