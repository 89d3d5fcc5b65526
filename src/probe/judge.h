#pragma once

/// \file
/// What is to be said of what was seen: findings, verdicts, and how long it will last. No I/O.
/// Private to this folder.

#include <set>
#include <string>

#include "base/time.h"
#include "probe/report.h"

namespace danewerk::probe {

/// Judges all of a report.
void judge(Report& report, sys_seconds now);

/// Collects findings; what is the same for many questions is told once.
class Remarks {
 public:
  explicit Remarks(Findings& findings) : findings_(findings) {}
  void add(Finding finding) {
    if (told_.emplace(std::string(finding.id) + finding.owner + finding.message).second) {
      findings_.add(std::move(finding));
    }
  }

 private:
  Findings& findings_;
  std::set<std::string> told_;
};

/// What a question is about: "the TLSA records".
struct Subject {
  const Sight& sight;
  std::string_view what;
};
/// What the resolver and the servers say to one question.
void judge_sight(const Subject& subject, Remarks& remarks);
/// Addresses, aliases, records and denials of a service.
void judge_names(const ServiceReport& service, Remarks& remarks);
/// Records as such, whoever matches them.
void judge_records(const ServiceReport& service, Remarks& remarks);
/// Sessions, and which record matched where.
void judge_sessions(const ServiceReport& service, Remarks& remarks);
/// Fills in leaf, issuer and signature, and says what ends soon.
void judge_lives(ServiceReport& service, sys_seconds now, Remarks& remarks);
/// Fills in verdict and reason.
void conclude(ServiceReport& service);

/// "mx1.example.org:25 at 192.0.2.1".
std::string place_text(const ServiceReport& service, const Attempt& attempt);

}  // namespace danewerk::probe
