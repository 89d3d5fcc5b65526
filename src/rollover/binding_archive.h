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

/// What a backup says is served is refused by what is known to be published.
bool is_refuted(const BindingSituation& situation);
/// It is not, then, and nothing is: another chain that is accepted is served like a first one.
/// REQUIRES: something is served.
void doubt_served(model::Binding& binding);
/// Where there is no other, it waits for the gate itself. Nothing unless it was doubted.
void settle_doubt(model::Binding& binding, sys_seconds now);

}  // namespace danewerk::rollover
