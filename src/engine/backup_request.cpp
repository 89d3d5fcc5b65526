#include <fmt/format.h>

#include "engine/requests.h"
#include "store/backup.h"

namespace danewerk::engine {

Result<Json> backup(const Request& request) {
  DW_TRY(const auto file, request.text("file"));
  DW_TRY(const auto passphrase_file, request.text("passphrase_file"));
  DW_TRY(const auto state, request.open_state());
  DW_TRY(const auto zones, state.zones());
  const store::BackupTask task{.file = file,
                               .state = request.config().state,
                               .keys = request.config().keys,
                               .passphrase_file = passphrase_file,
                               .now = request.now(),
                               .who = request.task().who};
  return change_files(request, "", [&](std::vector<std::string>& events) -> Result<Json> {
    DW_TRY_VOID(store::write_backup(task));
    DW_TRY(const auto written, open_for_reading(task.file));
    DW_TRY(const auto octets, file_size(written));
    events.push_back(fmt::format("backup written to '{}'", file));
    return Json{{"file", file}, {"octets", octets}, {"zones", zones.size()}};
  });
}

}  // namespace danewerk::engine
