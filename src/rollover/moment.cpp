#include "rollover/moment.h"

#include <algorithm>
#include <utility>

namespace danewerk::rollover {

namespace {

/// OPEN ends when nobody can tell, but not before KNOWN.
Moment not_before(Moment open, sys_seconds known) {
  if (open.latest) open.latest = std::max(*open.latest, known);
  return open;
}

}  // namespace

Moment later_of(Moment a, Moment b) {
  if (a.at && b.at) return *b.at > *a.at ? b : a;
  if (a.at) return not_before(std::move(b), *a.at);
  if (b.at) return not_before(std::move(a), *b.at);
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
