#pragma once

/// \file
/// What becomes of a certificate's records in zones that are not signed here. Private to this
/// folder.

#include <optional>
#include <string>

#include "config/certificate.h"
#include "config/fields.h"
#include "config/sections.h"

namespace danewerk::config {

/// Key `update` of FIELDS: the word `print`, or a map. \param what  whose keys they are, for
/// messages.
std::optional<Certificate::Update> read_update(Fields& fields, const std::string& what,
                                               Draft& draft);

}  // namespace danewerk::config
