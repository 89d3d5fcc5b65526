// Reads a zone file and counts: the part of danewerk that stands beside kzonecheck,
// named-compilezone and ldns-read-zone.
//
//   bench_read ZONEFILE [ORIGIN]
#include <cstdio>
#include <span>

#include "base/parallel.h"
#include "source/zone_file.h"

int main(int count, char** words) {
  const std::span<char*> arguments(words, static_cast<std::size_t>(count));
  if (arguments.size() < 2) {
    std::fputs("usage: bench_read ZONEFILE [ORIGIN]\n", stderr);
    return 2;
  }
  danewerk::source::ReadOptions options;
  options.dnssec = danewerk::source::Dnssec::kKeepAll;
  options.jobs = danewerk::available_cores();
  if (arguments.size() > 2) {
    auto origin = danewerk::dns::name_from_text(arguments[2]);
    if (!origin) return 2;
    options.origin = *std::move(origin);
  }
  const auto read = danewerk::source::read_zone_file(arguments[1], options);
  for (const auto& finding : read.findings.list()) {
    std::fprintf(stderr, "%s\n", danewerk::to_text(finding).c_str());
  }
  std::printf("%llu records, %llu names\n", static_cast<unsigned long long>(read.records),
              static_cast<unsigned long long>(read.names));
  return read.zone ? 0 : 1;
}
