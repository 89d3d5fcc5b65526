#pragma once

/// \file
/// Going back to what the client has of earlier times, when clients refuse what is served now and
/// would accept that. Pure; thread-safe.

#include "rollover/binding.h"

namespace danewerk::rollover {

/// Nothing that is served, or may be, is what clients accept, and nobody chose that. Where services
/// read a folder of ours: no published record matches; where they read the client's: some version
/// that may be held refuses it.
bool is_adrift(const BindingSituation& situation);

/// Every version that may be held accepts the chain, it is in time and complete, and nobody gave
/// up its key or turned back from it: serving it is a cure at once.
bool is_cure(const model::Chain& chain, const BindingSituation& situation);

/// Stages the chain beside what waits already: `decide` will serve it.
/// REQUIRES: is_cure.
void take_back(BindingSituation& situation, model::Chain chain);

}  // namespace danewerk::rollover
