#include "daemon/run_request.h"

#include <doctest/doctest.h>

#include "rollover/ids.h"

using namespace danewerk;
using namespace danewerk::daemon;

namespace {

engine::RunReport full_report() {
  engine::ZoneReport zone{.name = "example.org.",
                          .serial = 7,
                          .what = "serial 7: a key moved",
                          .failed = true,
                          .waits_for_operator = true,
                          .news = {"one", "two"}};
  for (std::size_t i = 0; i < Findings::kKeptPerId + 3; ++i) {
    zone.findings.add({.id = "ZONE-SYNTAX",
                       .level = Level::kError,
                       .message = "quotes \"here\"",
                       .owner = "a.example.org.",
                       .place = {.file = "x.zone", .line = 3, .column = 9},
                       .hint = "mend it"});
  }
  zone.findings.add({.id = "KEY-TWICE", .level = Level::kInfo, .message = "twice"});
  zone.waits.push_back({.key = "abc",
                        .record = model::KeyRecord::kDs,
                        .to = model::Visibility::kOmnipresent,
                        .rule = "ROLL-DS-UPLOAD",
                        .reason = "the DS is awaited",
                        .since = sys_seconds(seconds(100)),
                        .until = sys_seconds(seconds(200)),
                        .is_operators = true});
  engine::RunReport report;
  report.zones.push_back(std::move(zone));
  report.idle = 3;
  report.published = 1;
  report.orphans = {"gone.example. is an orphan"};
  report.held_by =
      store::LockHolder{.pid = 4711, .what = "danewerkd", .since = sys_seconds(seconds(5))};
  report.trouble = "after-run failed";
  return report;
}

}  // namespace

TEST_CASE("control: a report over the socket is the report, field by field") {
  const auto sent = full_report();
  const auto got = report_from(Json::parse(report_body(sent).dump()));
  REQUIRE(got);
  CHECK(report_body(*got) == report_body(sent));
  REQUIRE(got->zones.size() == 1);
  const auto& zone = got->zones.front();
  CHECK(zone.findings.count("ZONE-SYNTAX") == Findings::kKeptPerId + 3);
  CHECK(zone.findings.list().size() == Findings::kKeptPerId + 1);
  CHECK(to_text(zone.findings.list().front()) ==
        to_text(sent.zones.front().findings.list().front()));
  CHECK(zone.findings.has_errors());
  REQUIRE(zone.waits.size() == 1);
  CHECK(zone.waits.front().rule == "ROLL-DS-UPLOAD");
  CHECK(zone.waits.front().until == sys_seconds(seconds(200)));
  CHECK(!zone.waits.front().latest);
  CHECK(got->has_failures());
  REQUIRE(got->held_by);
  CHECK(got->held_by->pid == 4711);
}

TEST_CASE("control: every field of a report that is missing or of another type is found") {
  const auto whole = report_body(full_report());
  for (const auto& [name, _] : whole.items()) {
    if (name == "held_by") continue;
    auto body = whole;
    body.erase(name);
    CHECK_MESSAGE(!report_from(body), name);
    body[name] = Json::object({{"x", 1}});
    CHECK_MESSAGE(!report_from(body), name);
  }
}

TEST_CASE("control: the task of a pass comes out as it went in") {
  engine::RunTask task;
  task.zones = {"a.example.", "b.example."};
  task.jobs = 3;
  task.first_keys = engine::PassTask::FirstKeys::kNewZone;
  task.clock = engine::RunTask::Clock::kTrusted;
  const auto got = run_task_from(run_request(task));
  REQUIRE(got);
  CHECK(got->zones == task.zones);
  CHECK(got->jobs == 3);
  CHECK(got->first_keys == task.first_keys);
  CHECK(got->clock == task.clock);
}

TEST_CASE("control: a pass with no threads, or with a million, is refused") {
  auto request = run_request({});
  request["jobs"] = 0;
  CHECK(!run_task_from(request));
  request["jobs"] = 1'000'000;
  CHECK(!run_task_from(request));
  request["jobs"] = "two";
  CHECK(!run_task_from(request));
}
