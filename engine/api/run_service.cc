#include "engine/api/run_service.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/api/account_reach.h"
#include "engine/api/bulk_runs.h"
#include "engine/api/bulk_start.h"
#include "engine/api/json_mapping.h"
#include "engine/api/list_filters.h"
#include "engine/api/page_token.h"
#include "engine/api/progress_stream.h"
#include "engine/api/request_id.h"
#include "engine/api/run_history.h"
#include "engine/api/run_mapping.h"
#include "engine/api/run_retry.h"
#include "engine/api/workflow_mapping.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ports::RunSummary;

constexpr std::size_t kReasonBytes = 500;
constexpr int kMostRunsAtOnce = 1000;

Failure Stopping() {
  return Failure(Unavailable("API_STOPPING", "the server is stopping: watch again in a moment"));
}

/// `filter` of the request, narrowed by its older fields.
std::variant<ports::RunFilter, Failure> ReadFilter(const Dependencies& deps, const Caller& caller,
                                                   const v1::ListRunsRequest& request) {
  auto read = ReadRunFilter(deps, caller, request.filter());
  if (std::holds_alternative<Failure>(read)) return read;
  ports::RunFilter filter = std::get<ports::RunFilter>(std::move(read));
  if (request.state() != v1::Run::STATE_UNSPECIFIED)
    filter.statuses.Only({StatusOf(request.state())});
  if (!request.account().empty()) {
    AccountReach reach(deps.accounts, caller);
    auto account = reach.Find("account", request.account());
    if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
    filter.accounts.Only({std::get<ports::Account>(account).id});
  }
  if (!request.workflow().empty()) {
    auto workflow = FindWorkflow(deps.workflows, "workflow", request.workflow());
    if (auto* failure = std::get_if<Failure>(&workflow)) return std::move(*failure);
    filter.workflows.Only({std::get<ports::WorkflowVersion>(workflow).id});
  }
  return filter;
}

}  // namespace

Outcome RunService::Show(const Caller& caller, const std::string& id, v1::RunView view,
                         v1::Run& run) {
  auto found = reader_.Find(caller, id);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& stored = std::get<ports::StoredRun>(found);
  const auto face = reader_.FaceOf(stored.summary.workflow);
  if (!face.ok()) return face.error();
  const auto history = ReadHistory(stored.journal);
  if (!history.ok()) return history.error();
  run = ToProto(stored.summary, **face, *history, view);
  return {};
}

// What waits for quota only the owner of its account knows. Where it cannot say, the run is shown
// without.
void RunService::Read(const std::shared_ptr<Call>& call, const v1::GetRunRequest& request,
                      v1::Run& run) {
  auto whole = std::make_shared<v1::Run>();  // shared with the engine's answer
  if (auto wrong = Show(call->caller(), request.run(), request.view(), *whole))
    return call->Finish(wrong);
  const auto finish = [call, whole, &run] { call->Finish({}, [&] { run = std::move(*whole); }); };
  const auto account = ParseAccountId(whole->account());
  const bool calls =
      std::any_of(whole->tasks().begin(), whole->tasks().end(),
                  [](const auto& task) { return task.wait().kind() == v1::TaskWait::KIND_CALL; });
  if (!calls || !account || whole->state() != v1::Run::STATE_RUNNING) return finish();
  deps_.engine.ReadQuota(*account, ParseRunId(whole->id()).value_or(RunId()),
                         [whole, finish](const Result<runtime::QuotaReport>& report) {
                           if (report.ok()) ShowQuotaWaits(*report, *whole);
                           finish();
                         });
}

void RunService::FinishWithRun(const std::shared_ptr<Call>& call, RunId id, v1::Run& run) {
  // What was asked for has happened: whatever goes wrong from here on must not look like a failure
  // of it.
  const bool taken = deps_.post([this, call, id, &run] {
    v1::Run whole;
    if (Show(call->caller(), ToText(id), v1::RUN_VIEW_FULL, whole)) whole.set_id(ToText(id));
    call->Finish({}, [&] { run = std::move(whole); });
  });
  if (!taken) call->Finish({}, [&] { run.set_id(ToText(id)); });
}

void RunService::Start(const std::shared_ptr<Call>& call, const v1::StartRunRequest& request,
                       v1::Run& run) {
  if (auto wrong = CheckRequestId(request.request_id())) return call->Finish(wrong);
  auto account = AccountReach(deps_.accounts, call->caller()).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&account)) return call->Finish(std::move(*failure));
  auto workflow = FindWorkflow(deps_.workflows, "workflow", request.workflow());
  if (auto* failure = std::get_if<Failure>(&workflow)) return call->Finish(std::move(*failure));
  runtime::Engine::StartRequest start;
  start.account = std::get<ports::Account>(account).id;
  start.workflow = std::get<ports::WorkflowVersion>(workflow).id;
  start.input = ToJson(request.input());
  start.request_id = request.request_id();
  deps_.engine.StartRun(std::move(start), [this, call, &run](Result<RunId> started) {
    if (!started.ok()) return call->Finish(started.error());
    FinishWithRun(call, *started, run);
  });
}

void RunService::StartMany(const std::shared_ptr<Call>& call, const v1::StartRunsRequest& request,
                           v1::StartRunsResponse& response) {
  if (request.runs().empty() || request.runs_size() > kMostRunsAtOnce)
    return call->Finish(WrongField("runs", "must hold 1 to 1000 items"));
  auto bulk = std::make_shared<BulkStart>(deps_, call->caller());  // shared with the answer to it
  auto requests = bulk->Read(request);
  deps_.engine.StartRuns(std::move(requests),
                         [call, bulk, &response](runtime::Engine::StartedRuns started) {
                           call->Finish({}, [&] { bulk->Answer(std::move(started), response); });
                         });
}

Outcome RunService::List(const Caller& caller, const v1::ListRunsRequest& request,
                         v1::ListRunsResponse& response) {
  auto filter = ReadFilter(deps_, caller, request);
  if (auto* failure = std::get_if<Failure>(&filter)) return std::move(*failure);
  const std::string scope = "runs\n" + request.account() + "\n" + request.workflow() + "\n" +
                            std::to_string(request.state()) + "\n" + request.filter();
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found =
      deps_.runs.List(std::get<ports::RunFilter>(filter), std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const RunSummary& run : found->items)
    *response.add_runs() = ToProto(run, reader_.WorkflowName(run.workflow));
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

void RunService::Follow(const std::shared_ptr<RunStream>& stream, const std::shared_ptr<Call>& call,
                        const std::string& id, const std::string& resume_token) {
  stream->Attach(call);
  const auto stop = [weak = std::weak_ptr(stream)] {
    if (const auto watching = weak.lock()) watching->Fail(Stopping());
  };
  if (!open_.Add(stream, stop)) return stream->Fail(Stopping());
  if (const auto number = ParseRunId(id)) {
    // Before the run is read: what is missed before this line is in the store, what comes after it
    // is told.
    const std::weak_ptr<RunStream> weak = stream;
    stream->Hold(deps_.engine.WatchRun(*number, [weak](const runtime::RunNews& news) {
      if (const auto watching = weak.lock()) watching->Offer(news);
    }));
  }
  auto found = reader_.Find(call->caller(), id);
  if (auto* failure = std::get_if<Failure>(&found)) return stream->Fail(std::move(*failure));
  const auto& stored = std::get<ports::StoredRun>(found);
  const auto told = ReadResumeToken(stored.summary.key.run, resume_token);
  if (!told && !resume_token.empty()) {
    return stream->Fail(WrongField("resume_token",
                                   "is not a resume_token of this run: hand it back unchanged, or "
                                   "leave it out to begin with the run as it stands",
                                   "RESUME_TOKEN_INVALID"));
  }
  const auto face = reader_.FaceOf(stored.summary.workflow);
  if (!face.ok()) return stream->Fail(face.error());
  const Status opened = stream->Open(stored, *face, told);
  if (!opened.ok()) stream->Fail(opened.error());
}

void RunService::Retry(const std::shared_ptr<Call>& call, const v1::RetryRunRequest& request,
                       v1::Run& run) {
  if (auto wrong = CheckRequestId(request.request_id())) return call->Finish(wrong);
  auto found = reader_.Find(call->caller(), request.run());
  if (auto* failure = std::get_if<Failure>(&found)) return call->Finish(std::move(*failure));
  auto start = RetryOf(std::get<ports::StoredRun>(found), request.from(), request.request_id());
  if (auto* failure = std::get_if<Failure>(&start)) return call->Finish(std::move(*failure));
  deps_.engine.StartRun(std::get<runtime::Engine::StartRequest>(std::move(start)),
                        [this, call, &run](Result<RunId> started) {
                          if (!started.ok()) return call->Finish(started.error());
                          FinishWithRun(call, *started, run);
                        });
}

void RunService::Perform(const std::shared_ptr<Call>& call, const v1::CallActionRequest& request,
                         v1::CallActionResponse& response) {
  if (auto wrong = CheckRequestId(request.request_id())) return call->Finish(wrong);
  auto account = AccountReach(deps_.accounts, call->caller()).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&account)) return call->Finish(std::move(*failure));
  const WallTime began = deps_.clock.Now();
  ports::ActionCall action;
  action.account = std::get<ports::Account>(account).id;
  action.action = request.action();
  action.input = ToJson(request.input());
  action.op_key =
      request.request_id().empty() ? ToText(deps_.ids.Next<RunTag>(began)) : request.request_id();
  deps_.actions.Perform(std::move(action), [this, call, began, &response](Result<Json> output) {
    if (!output.ok()) return call->Finish(output.error());
    const auto took = std::chrono::duration_cast<Millis>(deps_.clock.Now() - began);
    call->Finish({}, [&] {
      *response.mutable_output() = ToValue(*output);
      *response.mutable_duration() = ToDuration(took);
    });
  });
}

grpc::ServerUnaryReactor* RunService::StartRun(grpc::CallbackServerContext* context,
                                               const v1::StartRunRequest* request,
                                               v1::StartRunResponse* response) {
  return gate_.AnswerLater(context, {"RunService/StartRun", Role::kOperator},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             Start(call, *request, *response->mutable_run());
                           });
}

grpc::ServerUnaryReactor* RunService::StartRuns(grpc::CallbackServerContext* context,
                                                const v1::StartRunsRequest* request,
                                                v1::StartRunsResponse* response) {
  return gate_.AnswerLater(context, {"RunService/StartRuns", Role::kOperator},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             StartMany(call, *request, *response);
                           });
}

grpc::ServerUnaryReactor* RunService::GetRun(grpc::CallbackServerContext* context,
                                             const v1::GetRunRequest* request,
                                             v1::GetRunResponse* response) {
  return gate_.AnswerLater(context, {"RunService/GetRun", Role::kViewer},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             Read(call, *request, *response->mutable_run());
                           });
}

grpc::ServerUnaryReactor* RunService::ListRuns(grpc::CallbackServerContext* context,
                                               const v1::ListRunsRequest* request,
                                               v1::ListRunsResponse* response) {
  return gate_.Answer(context, {"RunService/ListRuns", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return List(caller, *request, *response);
                      });
}

grpc::ServerWriteReactor<v1::WatchRunResponse>* RunService::WatchRun(
    grpc::CallbackServerContext* context, const v1::WatchRunRequest* request) {
  const auto stream = RunStream::Make(request->view());
  gate_.Admit(
      *context, {"RunService/WatchRun", Role::kViewer},
      [stream](const grpc::Status& status) { stream->Finish(status); },
      [this, stream, id = request->run(), token = request->resume_token()](
          const std::shared_ptr<Call>& call) { Follow(stream, call, id, token); });
  return stream.get();
}

grpc::ServerUnaryReactor* RunService::CancelRun(grpc::CallbackServerContext* context,
                                                const v1::CancelRunRequest* request,
                                                v1::CancelRunResponse* response) {
  return gate_.AnswerLater(
      context, {"RunService/CancelRun", Role::kOperator},
      [this, request, response](const std::shared_ptr<Call>& call) {
        if (request->reason().size() > kReasonBytes) {
          return call->Finish(WrongField("reason", "must be at most 500 bytes"));
        }
        auto found = reader_.Find(call->caller(), request->run());
        if (auto* failure = std::get_if<Failure>(&found)) return call->Finish(std::move(*failure));
        const RunId id = std::get<ports::StoredRun>(found).summary.key.run;
        v1::Run& run = *response->mutable_run();
        deps_.engine.CancelRun(id, request->reason(),
                               [this, call, id, &run](const Status& cancelled) {
                                 if (!cancelled.ok()) return call->Finish(cancelled.error());
                                 FinishWithRun(call, id, run);
                               });
      });
}

grpc::ServerUnaryReactor* RunService::SuspendRun(grpc::CallbackServerContext* context,
                                                 const v1::SuspendRunRequest* request,
                                                 v1::SuspendRunResponse* response) {
  return gate_.AnswerLater(
      context, {"RunService/SuspendRun", Role::kOperator},
      [this, request, response](const std::shared_ptr<Call>& call) {
        if (request->reason().size() > kReasonBytes)
          return call->Finish(WrongField("reason", "must be at most 500 bytes"));
        auto found = reader_.Find(call->caller(), request->run());
        if (auto* failure = std::get_if<Failure>(&found)) return call->Finish(std::move(*failure));
        const RunId id = std::get<ports::StoredRun>(found).summary.key.run;
        v1::Run& run = *response->mutable_run();
        deps_.engine.SuspendRun(id, request->reason(),
                                [this, call, id, &run](const Status& suspended) {
                                  if (!suspended.ok()) return call->Finish(suspended.error());
                                  FinishWithRun(call, id, run);
                                });
      });
}

grpc::ServerUnaryReactor* RunService::ResumeRun(grpc::CallbackServerContext* context,
                                                const v1::ResumeRunRequest* request,
                                                v1::ResumeRunResponse* response) {
  return gate_.AnswerLater(context, {"RunService/ResumeRun", Role::kOperator},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             auto found = reader_.Find(call->caller(), request->run());
                             if (auto* failure = std::get_if<Failure>(&found))
                               return call->Finish(std::move(*failure));
                             const RunId id = std::get<ports::StoredRun>(found).summary.key.run;
                             v1::Run& run = *response->mutable_run();
                             deps_.engine.ResumeRun(id,
                                                    [this, call, id, &run](const Status& resumed) {
                                                      if (!resumed.ok())
                                                        return call->Finish(resumed.error());
                                                      FinishWithRun(call, id, run);
                                                    });
                           });
}

grpc::ServerUnaryReactor* RunService::RetryRun(grpc::CallbackServerContext* context,
                                               const v1::RetryRunRequest* request,
                                               v1::RetryRunResponse* response) {
  return gate_.AnswerLater(context, {"RunService/RetryRun", Role::kOperator},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             Retry(call, *request, *response->mutable_run());
                           });
}

grpc::ServerWriteReactor<v1::BulkRunsResponse>* RunService::BulkRuns(
    grpc::CallbackServerContext* context, const v1::BulkRunsRequest* request) {
  const auto stream = ProgressStream<v1::BulkRunsResponse>::Make();
  gate_.Admit(
      *context, {"RunService/BulkRuns", Role::kOperator},
      [stream](const grpc::Status& status) { stream->Finish(status); },
      [this, stream, request = *request](const std::shared_ptr<Call>& call) {
        const Turn turn(bulk_calls_);
        if (!turn.taken()) return stream->End(*call, Turn::Refusal());
        const auto stop = [weak = std::weak_ptr(stream)] {
          if (const auto working = weak.lock()) working->Stop();
        };
        if (!open_.Add(stream, stop)) return stream->End(*call, Stopping());
        api::BulkRuns work(deps_, reader_, call->caller(), request);
        stream->End(*call, work.Work([&](auto message) { return stream->Send(std::move(message)); },
                                     [&] { return stream->gone(); }));
      });
  return stream.get();
}

grpc::ServerUnaryReactor* RunService::CallAction(grpc::CallbackServerContext* context,
                                                 const v1::CallActionRequest* request,
                                                 v1::CallActionResponse* response) {
  return gate_.AnswerLater(context, {"RunService/CallAction", Role::kOperator},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             Perform(call, *request, *response);
                           });
}

}  // namespace sb::api
