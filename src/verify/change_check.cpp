#include <algorithm>
#include <atomic>

#include "base/parallel.h"
#include "verify/change_plan.h"
#include "verify/segments.h"
#include "verify/verdict.h"
#include "verify/zonemd.h"

namespace danewerk::verify {

namespace {

/// One thread's work on the tasks of a plan.
class ChangeRun {
 public:
  explicit ChangeRun(const Context& context)
      : context_(context), bench_(context), chain_(context.zone), names_(context.zone.names()) {}

  void check_name(const ChangePlan::NameTask& task, Collector& out) {
    const dns::NodeView node = context_.zone.node(task.key);
    owner_.assign_key(task.key, context_.apex);
    const bool is_there = has_records(node);
    const Role role = is_there ? role_of(context_.zone, task.key, node) : Role::kOccluded;
    if (is_there) {
      ++out.counts.names;
      check_order(task.key, out);
    }
    bench_.names.check({task.key, owner_, node, role}, task.known, out);
  }

  /// A key without data of the zone: an empty non-terminal, or nothing that the chain may hold.
  void check_vacant(std::string_view key, Collector& out) {
    if (context_.denial != Denial::kNsec3) return;
    owner_.assign_key(key, context_.apex);
    if (cut_above(context_.zone, key) < 0 && has_name_below(key)) {
      bench_.names.check_empty_non_terminal(key, owner_, out);
      return;
    }
    const auto hash = nsec3_hash(context_.nsec3, owner_);
    const auto entry = context_.zone.denial().find(as_text(hash.view()));
    if (!entry || !read_chain_record(entry->value).is_there) return;
    owner_.assign_hash(as_text(hash.view()), context_.apex);
    out.error(id::kNsec3Extra, owner_, [] { return "NSEC3 for a name that the zone has not"; });
  }

  void check_link(std::string_view key, Collector& out) {
    const dns::NodeView node = context_.zone.node(key);
    if (!has_records(node) || cut_above(context_.zone, key) >= 0) return;
    const auto rrset = node.find(dns::RrType::kNsec);
    if (!rrset || rrset->rdata.empty()) return;
    ++out.counts.rrsets_visited;
    owner_.assign_key(key, context_.apex);
    next_.assign_key(chain_.after(key), context_.apex);
    bench_.names.check_nsec_next(owner_, rrset->rdata.front(), next_, out);
  }

  void check_record(std::string_view hash, Collector& out) {
    const auto entry = context_.zone.denial().find(hash);
    if (entry) bench_.chain.check(*entry, out);
  }

  void check_ring(std::string_view hash, Collector& out) { bench_.chain.check_link(hash, out); }

 private:
  bool has_name_below(std::string_view key) {
    for (bool valid = names_.seek(key); valid && names_.entry().key.starts_with(key);
         valid = names_.next()) {
      const auto entry = names_.entry();
      if (entry.key != key && has_records(dns::NodeView(entry.value))) return true;
    }
    return false;
  }

  /// The name has its place between its neighbours. Reports at the later one, as the whole check
  /// does.
  void check_order(std::string_view key, Collector& out) {
    if (!names_.seek(key)) return;
    if (names_.prev()) {
      next_.assign_key(names_.entry().key, context_.apex);
      report_order(next_, owner_, out);
    }
    if (names_.seek(key) && names_.next()) {
      next_.assign_key(names_.entry().key, context_.apex);
      report_order(owner_, next_, out);
    }
  }

  static void report_order(const Owner& first, const Owner& second, Collector& out) {
    if (compare(first, second) < 0) return;
    out.error(id::kOrder, second, [&] {
      return "stands behind " + to_text(first) + ", which is later in canonical order";
    });
  }

  const Context& context_;
  Workbench bench_;
  ChainWalk chain_;
  dns::Tree::Cursor names_;
  Owner owner_;
  Owner next_;
};

/// Runs of tasks of one kind.
constexpr std::size_t kTasksPerPart = 32;

using Task = void (*)(ChangeRun&, const ChangePlan&, std::size_t, Collector&);
struct Kind {
  std::size_t count;
  Task task;
};

std::vector<Kind> kinds_of(const ChangePlan& plan) {
  using Run = ChangeRun;
  using Plan = ChangePlan;
  using Out = Collector;
  return {
      {plan.names.size(),
       [](Run& run, const Plan& p, std::size_t i, Out& out) { run.check_name(p.names[i], out); }},
      {plan.vacant.size(), [](Run& run, const Plan& p, std::size_t i,
                              Out& out) { run.check_vacant(p.vacant[i], out); }},
      {plan.links.size(),
       [](Run& run, const Plan& p, std::size_t i, Out& out) { run.check_link(p.links[i], out); }},
      {plan.records.size(), [](Run& run, const Plan& p, std::size_t i,
                               Out& out) { run.check_record(p.records[i], out); }},
      {plan.rings.size(),
       [](Run& run, const Plan& p, std::size_t i, Out& out) { run.check_ring(p.rings[i], out); }},
  };
}

struct Part {
  Task task;
  std::size_t from;
  std::size_t to;
};

void run_plan(const Context& context, const ChangePlan& plan, Collector& out) {
  std::vector<Part> parts;
  for (const Kind& kind : kinds_of(plan)) {
    for (std::size_t i = 0; i < kind.count; i += kTasksPerPart) {
      parts.push_back({kind.task, i, std::min(i + kTasksPerPart, kind.count)});
    }
  }
  std::vector<Collector> results(parts.size());
  std::atomic<std::size_t> next{0};
  const auto jobs =
      static_cast<unsigned>(std::clamp<std::size_t>(context.options.jobs, 1, parts.size() + 1));
  for_each_part(jobs, jobs, [&](std::size_t) {
    ChangeRun run(context);
    for (std::size_t i = next++; i < parts.size(); i = next++) {
      for (std::size_t k = parts[i].from; k < parts[i].to; ++k) {
        parts[i].task(run, plan, k, results[i]);
      }
    }
  });
  for (Collector& result : results) out.merge(std::move(result));
}

/// The index of expirations answers for what was not looked at.
void note_earliest(const Context& context, Collector& out) {
  for (const dns::Tree* tree : {&context.zone.names(), &context.zone.denial()}) {
    if (tree->earliest() == 0) continue;
    const std::int64_t remaining = time_difference(tree->earliest(), context.now);
    out.least_remaining = std::min(out.least_remaining, remaining);
  }
}

}  // namespace

Report verify_change(const dns::Change& change, const VerifyOptions& options) {
  if (options.expect == VerifyOptions::Expect::kUnsigned) return verify_zone(change.after, options);
  Context before(change.before, options);
  Collector known;  // what was found in `before` is not of this change
  read_apex(before, known);
  Context after(change.after, options);
  Collector out;
  read_apex(after, out);
  const auto plan = plan_change(before, after);
  if (!plan) return verify_zone(change.after, options);
  check_dnskey(after, out);
  run_plan(after, *plan, out);
  check_zonemd(after, out);
  note_earliest(after, out);
  return Verdict::report(after, std::move(out));
}

}  // namespace danewerk::verify
