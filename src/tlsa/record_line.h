#pragma once

/// \file
/// TLSA records as somebody typed or pasted them. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tlsa/association.h"

namespace danewerk::tlsa {

struct RecordLine {
  std::optional<OwnerName> owner{};  ///< nothing: RDATA alone
  std::optional<std::uint32_t> ttl{};
  Bytes rdata{};       ///< not necessarily that of a TLSA record
  std::string text{};  ///< as it was given
};

/// RDATA ("3 1 1 01ab..."), RDATA of an unknown type ("\# 35 0301..."), or a whole record with
/// either and TLSA or TYPE52 before it. Digits may stand in several words. kBadInput with what is
/// wrong.
Result<RecordLine> record_line_from_text(std::string_view text);

/// All records in a text of such lines; comments after ';', lines with other types and empty lines
/// are skipped, parentheses may hold a record that goes over several lines. kBadInput names the
/// line. Owners without final dot are relative to $ORIGIN, and before there is one to ORIGIN, when
/// it is not empty; one that is missing is that of the line before.
Result<std::vector<RecordLine>> record_lines_from_text(std::string_view text,
                                                       std::string_view origin = {});

}  // namespace danewerk::tlsa
