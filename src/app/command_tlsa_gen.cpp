#include "app/commands.h"
namespace danewerk::app {
ExitCode run(const TlsaGenCommand&, const Voice&) { return ExitCode::kBug; }
}
