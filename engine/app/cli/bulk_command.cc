#include <string>

#include "engine/app/cli/progress_bar.h"
#include "engine/app/cli/run_commands.h"
#include "engine/app/cli/run_story.h"
#include "engine/app/cli/text.h"
#include "switchboard/v1/run.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Runs = v1::RunService;

struct Verb {
  const char* name;
  const char* done;
  v1::BulkRunsRequest::Action action;
};

constexpr Verb kVerbs[] = {{"cancel", "cancelled", v1::BulkRunsRequest::ACTION_CANCEL},
                           {"retry", "retried", v1::BulkRunsRequest::ACTION_RETRY},
                           {"resume", "resumed", v1::BulkRunsRequest::ACTION_RESUME},
                           {"suspend", "suspended", v1::BulkRunsRequest::ACTION_SUSPEND}};

const Verb& VerbOf(const std::string& name) {
  for (const Verb& verb : kVerbs) {
    if (name == verb.name) return verb;
  }
  return kVerbs[0];
}

std::string CountOf(std::int64_t runs) {
  return std::to_string(runs) + (runs == 1 ? " run" : " runs");
}

/// One call of BulkRuns; each message goes to `heard`.
std::optional<Trouble> Call(Session& session, const v1::BulkRunsRequest& request,
                            const std::function<void(const v1::BulkRunsResponse&)>& heard) {
  if (auto trouble = session.client.Open()) return trouble;
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  const auto stub = Runs::NewStub(session.client.channel());
  const auto stream = stub->BulkRuns(&context, request);
  v1::BulkRunsResponse message;
  while (stream->Read(&message)) heard(message);
  return session.client.Judge(stream->Finish());
}

std::string SampleOf(const Session& session, const v1::BulkRunsResponse& found) {
  Table table({{"RUN", true}, {"WORKFLOW"}, {"STATE"}, {"STARTED"}, {"NOTE"}});
  for (const v1::Run& run : found.sample()) {
    table.Add({run.id(),
               run.workflow_name(),
               {StateWord(run), ToneOf(StateWord(run))},
               Relative(run.create_time(), session.now()),
               run.note()});
  }
  const auto more = found.total() - found.sample_size();
  return table.Text(session.style()) + (more > 0 ? "and " + CountOf(more) + " more\n" : "");
}

int Perform(Session& session, const Verb& verb, const v1::BulkRunsRequest& request) {
  v1::BulkRunsResponse last;
  std::string refused;
  const auto trouble = Call(session, request, [&](const v1::BulkRunsResponse& message) {
    last = message;
    for (const v1::BulkFailure& failure : message.failures())
      refused += "  " + failure.run() + "  " + failure.code() + ": " + failure.message() + "\n";
    if (session.WantsTable()) {
      DrawProgress(session, message.done(), message.total(), message.finished());
    } else {
      session.ShowLine(message);
    }
  });
  if (trouble) return session.Fail(*trouble);
  if (session.WantsTable()) {
    session.environment().out << CountOf(last.done() - last.failed()) << " " << verb.done
                              << (last.failed() > 0
                                      ? ", " + std::to_string(last.failed()) + " refused:\n"
                                      : "\n")
                              << refused;
  }
  return last.failed() == 0 ? kOk : kRefused;
}

}  // namespace

int BulkRuns(Session& session, const BulkOptions& options) {
  const Verb& verb = VerbOf(options.action);
  v1::BulkRunsRequest request;
  request.set_filter(options.filter);
  request.set_action(verb.action);
  request.set_request_id(options.request_id);
  request.set_reason(options.reason);
  if (options.from_failed_task) request.set_from(v1::RetryRunRequest::FROM_FAILED_TASK);
  if (!options.yes && !options.validate_only && !session.WantsTable()) {
    return session.Misuse("-o " + session.options().output + " cannot ask you whether to go on",
                          "add --yes, or --validate-only to see what would be done");
  }
  if (!options.yes || options.validate_only) {
    request.set_validate_only(true);
    v1::BulkRunsResponse found;
    const auto trouble =
        Call(session, request, [&](const v1::BulkRunsResponse& message) { found = message; });
    if (trouble) return session.Fail(*trouble);
    session.Show(found, [&]() -> std::string {
      return found.total() == 0 ? "no runs\n" : SampleOf(session, found);
    });
    if (options.validate_only || found.total() == 0) return kOk;
    if (!Confirmed(session, std::string(verb.name) + " " + CountOf(found.total()) + "?"))
      return kRefused;
    request.set_validate_only(false);
  }
  return Perform(session, verb, request);
}

}  // namespace sb::app::cli
