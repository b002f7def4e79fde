#include "engine/app/cli/run_commands.h"

#include <algorithm>
#include <cctype>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "engine/app/cli/run_story.h"
#include "engine/app/cli/run_timeline.h"
#include "engine/app/cli/start_runs.h"
#include "engine/app/cli/text.h"
#include "engine/base/yaml.h"
#include "switchboard/v1/run.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Runs = v1::RunService;
using RunStub = v1::RunService::StubInterface;

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string TasksOf(const Session& session, const v1::Run& run) {
  if (run.tasks().empty()) return {};
  Table table({{"TASK"}, {"KIND"}, {"STATE"}, {"DURATION"}, {"DETAIL"}});
  for (const v1::Task& task : run.tasks()) {
    const std::string state = StateWord(task);
    table.Add({task.name().empty() ? task.ref() : task.name(),
               task.kind(),
               {state, ToneOf(state)},
               DurationOf(task),
               DetailOf(task)});
  }
  return "\n" + table.Text(session.style());
}

std::string CardOf(const Session& session, const v1::Run& run) {
  Card card;
  card.Add("run", run.id());
  card.Add("workflow", run.workflow_name().empty() ? run.workflow() : run.workflow_name());
  card.Add("account", run.account());
  card.Add("event", run.event());
  card.Add("retry of", run.retried_from());
  card.Add("state", {StateWord(run), ToneOf(StateWord(run))});
  if (run.has_error()) card.Add("error", run.error().title() + ": " + run.error().detail());
  if (!run.parked_code().empty())
    card.Add("parked", run.parked_code() + ": " + run.parked_reason());
  if (!run.has_error() && run.parked_code().empty()) card.Add("note", run.note());
  card.Add("created", Dated(run.create_time(), session.now()));
  card.Add("ended", Dated(run.end_time(), session.now()));
  return card.Text(session.style()) + TasksOf(session, run);
}

int ShowRun(const Session& session, const v1::Run& run) {
  return session.Show(run, [&] { return CardOf(session, run); });
}

std::optional<Trouble> ReadInput(const Session& session, const std::string& argument,
                                 google::protobuf::Struct& input) {
  const auto given = session.Read(argument);
  if (given.trouble) return given.trouble;
  const auto status = google::protobuf::util::JsonStringToMessage(given.text, &input);
  if (status.ok()) return {};
  return Trouble{kUsage,
                 "--input is no JSON object",
                 {},
                 "write --input '{\"key\": \"value\"}', --input @file or --input -",
                 {}};
}

/// How the end of a run shows in the exit code of those who waited for it.
int ExitCodeOf(const v1::Run& run) {
  return run.state() == v1::Run::STATE_SUCCEEDED ? kOk : kRefused;
}

}  // namespace

int WatchRun(Session& session, const std::string& run) {
  if (auto trouble = session.client.Open()) return session.Fail(*trouble);
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  v1::WatchRunRequest request;
  request.set_run(run);
  request.set_view(session.WantsTable() ? v1::RUN_VIEW_BASIC : v1::RUN_VIEW_FULL);
  const auto stub = Runs::NewStub(session.client.channel());
  const auto stream = stub->WatchRun(&context, request);
  RunStory story(session.style());
  v1::WatchRunResponse response;
  while (stream->Read(&response)) {
    if (!session.WantsTable()) {
      session.ShowLine(response.run());
      continue;
    }
    for (const std::string& line : story.Tell(response.run()))
      session.environment().out << line << "\n" << std::flush;
  }
  if (auto trouble = session.client.Judge(stream->Finish())) return session.Fail(*trouble);
  return ExitCodeOf(response.run());
}

int StartRun(Session& session, const StartOptions& options) {
  if (!options.inputs.empty()) return StartRuns(session, options);
  v1::StartRunRequest request;
  request.set_account(options.account);
  request.set_workflow(options.workflow);
  request.set_request_id(options.request_id);
  if (auto trouble = ReadInput(session, options.input, *request.mutable_input()))
    return session.Fail(*trouble);
  v1::StartRunResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::StartRun, request, response))
    return session.Fail(*trouble);
  return options.watch ? WatchRun(session, response.run().id()) : ShowRun(session, response.run());
}

int ListRuns(Session& session, const ListRunsOptions& options) {
  v1::ListRunsRequest request;
  v1::Run::State state = v1::Run::STATE_UNSPECIFIED;
  if (!options.state.empty() && !v1::Run::State_Parse("STATE_" + Upper(options.state), &state)) {
    return session.Misuse("there is no state '" + options.state + "'",
                          "--state takes running, parked, succeeded, failed or cancelled");
  }
  request.set_state(state);
  request.set_account(options.account);
  request.set_workflow(options.workflow);
  request.set_filter(options.filter);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListRunsResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::ListRuns, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.runs().empty()) return "no runs\n";
    Table table({{"RUN", true}, {"WORKFLOW"}, {"ACCOUNT", true}, {"STATE"}, {"STARTED"}, {"NOTE"}});
    for (const v1::Run& run : response.runs()) {
      table.Add({run.id(),
                 run.workflow_name(),
                 run.account(),
                 {StateWord(run), ToneOf(StateWord(run))},
                 Relative(run.create_time(), session.now()),
                 run.note()});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int GetRun(Session& session, const std::string& run) {
  v1::GetRunRequest request;
  request.set_run(run);
  v1::GetRunResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::GetRun, request, response))
    return session.Fail(*trouble);
  return ShowRun(session, response.run());
}

int CancelRun(Session& session, const std::string& run, const std::string& reason) {
  v1::CancelRunRequest request;
  request.set_run(run);
  request.set_reason(reason);
  v1::CancelRunResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::CancelRun, request, response))
    return session.Fail(*trouble);
  return ShowRun(session, response.run());
}

int SuspendRun(Session& session, const std::string& run, const std::string& reason) {
  v1::SuspendRunRequest request;
  request.set_run(run);
  request.set_reason(reason);
  v1::SuspendRunResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::SuspendRun, request, response))
    return session.Fail(*trouble);
  return ShowRun(session, response.run());
}

int ResumeRun(Session& session, const std::string& run) {
  v1::ResumeRunRequest request;
  request.set_run(run);
  v1::ResumeRunResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::ResumeRun, request, response))
    return session.Fail(*trouble);
  return ShowRun(session, response.run());
}

int RetryRun(Session& session, const RetryOptions& options) {
  v1::RetryRunRequest request;
  request.set_run(options.run);
  if (options.from_failed_task) request.set_from(v1::RetryRunRequest::FROM_FAILED_TASK);
  request.set_request_id(options.request_id);
  v1::RetryRunResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::RetryRun, request, response))
    return session.Fail(*trouble);
  return options.watch ? WatchRun(session, response.run().id()) : ShowRun(session, response.run());
}

int ShowTimeline(Session& session, const std::string& run) {
  v1::GetRunRequest request;
  request.set_run(run);
  request.set_view(session.WantsTable() ? v1::RUN_VIEW_BASIC : v1::RUN_VIEW_FULL);
  v1::GetRunResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::GetRun, request, response))
    return session.Fail(*trouble);
  return session.Show(response.run(),
                      [&] { return TimelineOf(response.run(), session.now(), session.style()); });
}

int CallAction(Session& session, const CallOptions& options) {
  v1::CallActionRequest request;
  request.set_account(options.account);
  request.set_action(options.action);
  request.set_request_id(options.request_id);
  if (auto trouble = ReadInput(session, options.input, *request.mutable_input()))
    return session.Fail(*trouble);
  v1::CallActionResponse response;
  if (auto trouble = session.client.Call<Runs>(&RunStub::CallAction, request, response))
    return session.Fail(*trouble);
  // An output is data of any shape: as a table it would lose its structure, so it is shown as YAML,
  // which people can read.
  const auto output = ParseJson(ToJsonText(response.output(), false));
  return session.Show(output.ok() ? *output : Json(), [&] {
    return ToYaml(output.ok() ? *output : Json()) + "\n" + "took " +
           ToHumanText(ToMillis(response.duration())) + "\n";
  });
}

}  // namespace sb::app::cli
