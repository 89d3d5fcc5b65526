#pragma once

/// \file
/// A zone's version in one file that is mapped and served as it is. Opening reads the header and
/// the two root pages; everything else is read when it is asked for, by the page. A mapped version
/// can be edited like any other: new pages are on the heap, the rest stays in the file. Files are
/// for the machine that wrote them: another byte order is refused. Thread-safe.

#include <sys/types.h>

#include "base/file.h"
#include "dns/zone.h"

namespace danewerk::dns {

/// Writes all pages of the version; the target is replaced when the file is complete and on disk.
/// Versions that are mapped from the old file keep it.
Result<void> write_snapshot(const Zone& zone, const Path& target, mode_t mode);

/// Maps a snapshot. kCorrupt when the file is cut off, or its header, apex or roots are not what
/// was written; what lies behind is not looked at, whatever its size. A file whose octets may have
/// changed since (a restored backup, a disk that reported errors) is for check_snapshot first:
/// reading garbled pages is undefined.
Result<Zone> open_snapshot(const Path& path);

/// Reads the whole file: its checksum, and every page, entry and node with bounds checked. kCorrupt
/// with the first thing that is wrong.
Result<void> check_snapshot(const Path& path);

}  // namespace danewerk::dns
