#pragma once

/// \file
/// What root found, told to the owner of the state as text in the handover folder: it enters the
/// report of a pass, the state, and what monitoring sees. The text is not trusted. No state.

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/finding.h"
#include "base/result.h"

namespace danewerk::engine {

/// JSON; empty for no findings.
std::string text_from(const Findings& findings);

/// Findings of root's alone, at most 20 of them, each sentence cut to 500 octets without control
/// characters. What cannot be read has none.
Findings findings_from(std::string_view text);

/// That a pass has to be told of NEW: what a command printed may be another word for word each
/// time, and is no news.
bool is_news(const Findings& told, const Findings& found);

/// What root told of a binding; empty when it told nothing.
Result<Findings> read_roots_findings(const Path& folder, std::string_view binding);

/// The client's files cannot be taken in as they are; others are about serving.
bool is_about_client(const Finding& finding);

}  // namespace danewerk::engine
