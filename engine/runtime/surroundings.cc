#include "engine/runtime/surroundings.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/workflow/task_error.h"
#include "engine/runtime/intake.h"
#include "engine/runtime/journal_codec.h"
#include "engine/runtime/run_table.h"
#include "engine/runtime/turnstile.h"

namespace sb::runtime {
namespace {

namespace wf = core::workflow;

/// An emitted event as the inbox keeps it: the whole CloudEvent is the body.
ports::InboxItem ItemOf(const ports::RunKey& by, const wf::EventEmitted& emission, WallTime now) {
  ports::InboxItem item;
  item.slot = by.slot;
  item.account = by.account;
  item.dedupe = Sha256("emitted\n" + ToText(by.run) + "\n" + emission.ref + "\n" +
                       TextMember(emission.event, "id"));
  item.source = ports::InboxSource::kApi;
  item.event = TextMember(emission.event, "type");
  const std::string subject = TextMember(emission.event, "subject");
  const std::size_t slash = subject.find('/');
  item.entity = subject.substr(0, slash);
  if (slash != std::string::npos) item.entity_id = subject.substr(slash + 1);
  item.occurred_at = ParseRfc3339(TextMember(emission.event, "time"));
  item.received_at = now;
  item.body = DumpJson(emission.event);
  return item;
}

wf::ChildRunEnded EndOf(const std::string& ref, const wf::Run& run) {
  if (run.status == wf::RunStatus::kSucceeded) return {ref, run.output, {}};
  if (run.error) return {ref, {}, run.error};
  return {ref,
          {},
          wf::MakeTaskError("runtime", 500, "CHILD_CANCELLED",
                            "the run that was started here was cancelled", ref)};
}

}  // namespace

void InstanceSurroundings::Later(std::function<void()> task) {
  deps_.home.PostAt(deps_.clock.Now() + deps_.pause, [this, task = std::move(task)] {
    if (!stopped_) task();
  });
}

// ---- Turns
// --------------------------------------------------------------------------------------------------

void InstanceSurroundings::AskTurn(const ports::Turn& turn) {
  deps_.turnstile.Ask(turn);
}

void InstanceSurroundings::LeaveLine(RunId run) {
  deps_.turnstile.Leave(run);
}

// ---- Events
// -------------------------------------------------------------------------------------------------

void InstanceSurroundings::StoreEvent(const ports::RunKey& by, const wf::EventEmitted& emission,
                                      std::function<void()> stored) {
  ports::InboxItem item = ItemOf(by, emission, deps_.clock.Now());
  item.id = deps_.ids.Next<EventTag>(item.received_at);
  deps_.intake.Accept(std::move(item), {},
                      [this, by, emission, stored](const Result<bool>& accepted) {
                        deps_.home.Post([this, by, emission, stored, ok = accepted.ok()] {
                          if (ok) return stored();
                          Later([this, by, emission, stored] { StoreEvent(by, emission, stored); });
                        });
                      });
}

// ---- Children
// -----------------------------------------------------------------------------------------------

void InstanceSurroundings::StartChild(const ports::RunKey& parent, const wf::StartChild& order,
                                      std::function<void(RunId)> started,
                                      std::function<void(wf::ChildRunEnded)> ended) {
  Find({parent, order, std::move(started), std::move(ended)});
}

void InstanceSurroundings::Find(const Order& order) {
  deps_.pool.Post([this, order] {
    const wf::ChildWanted& wanted = order.what.wanted;
    const auto version = deps_.workflows.Find(wanted.workspace, wanted.name, wanted.version);
    auto workflow =
        version.ok() ? deps_.book.Get(version->id) : Result<SharedWorkflow>(version.error());
    deps_.home.Post([this, order, version, workflow] {
      if (!workflow.ok()) return Refuse(order, workflow.error());
      Make(order, version->id, *workflow);
    });
  });
}

// A database that is away comes back; a workflow that is not there does not.
void InstanceSurroundings::Refuse(const Order& order, const Error& error) {
  const bool for_good = error.kind == ErrorKind::kNotFound || error.code == "WORKFLOW_UNREADABLE";
  if (!for_good) return Later([this, order] { Find(order); });
  const std::string& ref = order.what.wanted.ref;
  order.ended({ref, {}, wf::MakeTaskError("configuration", 400, error.code, error.message, ref)});
}

void InstanceSurroundings::Make(const Order& order, WorkflowId id, SharedWorkflow workflow) {
  Creation creation;
  creation.run.key = order.parent;
  creation.run.key.run = deps_.ids.Next<RunTag>(deps_.clock.Now());
  creation.run.workflow = id;
  creation.run.trigger_key = Sha256("child/" + order.what.wanted.op_key);
  creation.run.lane = LaneOf(*workflow);
  creation.workflow = std::move(workflow);
  creation.input = order.what.wanted.input;
  creation.depth = order.what.depth;
  const ports::NewRun made = creation.run;
  std::vector<Creation> creations;
  creations.push_back(std::move(creation));
  deps_.runs.Create(std::move(creations), {},
                    [this, order, made](const Result<ports::CommitReceipt>& receipt) {
                      if (!receipt.ok()) return;  // stopping, or another instance goes on
                      if (!receipt->rejected.empty()) return FindFirst(order, made);
                      order.started(made.key.run);
                    });
  // It may end in the very commit that makes it.
  if (!order.what.wanted.await) return;
  deps_.runs.WhenEnded(made.key.run, [order, id = made.key.run](const wf::Run& run) {
    order.started(id);
    order.ended(EndOf(order.what.wanted.ref, run));
  });
}

/// The child was made before, perhaps by a process that is gone.
void InstanceSurroundings::FindFirst(const Order& order, const ports::NewRun& duplicate) {
  deps_.pool.Post([this, order, duplicate] {
    const auto first = deps_.stored_runs.FindByTrigger(duplicate.key.slot, duplicate.key.account,
                                                       duplicate.workflow, duplicate.trigger_key);
    deps_.home.Post([this, order, duplicate, first] {
      if (!first.ok()) return Later([this, order, duplicate] { FindFirst(order, duplicate); });
      order.started(*first);
      if (order.what.wanted.await) Follow(order, *first);
    });
  });
}

/// Waits for the end of a run that is there: in the table, or, when it has ended already, in the
/// store.
void InstanceSurroundings::Follow(const Order& order, RunId child) {
  if (deps_.runs.IsLive(child)) {
    return deps_.runs.WhenEnded(
        child, [order](const wf::Run& run) { order.ended(EndOf(order.what.wanted.ref, run)); });
  }
  deps_.pool.Post([this, order, child] {
    const auto stored = deps_.stored_runs.Get(child);
    auto run = stored.ok() ? FromJournal(stored->journal) : Result<wf::Run>(stored.error());
    deps_.home.Post([this, order, child, run] {
      const bool ended = run.ok() && wf::IsFinal(run->status);
      if (ended) return order.ended(EndOf(order.what.wanted.ref, *run));
      if (!run.ok()) Log::Warn("child.unreadable", {{"code", run.error().code}});
      Later([this, order, child] { Follow(order, child); });
    });
  });
}

}  // namespace sb::runtime
