#include <memory>

#include "engine/app/cli/event_commands.h"
#include "engine/app/cli/following.h"
#include "engine/app/cli/text.h"
#include "switchboard/v1/event.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Events = v1::EventService;

/// "09:00:00.000  io.aircall.call.ended  calls/4190000017  evt_..."
std::string LineOf(const v1::Event& event) {
  return TimeOfDay(ToWallTime(event.receive_time())) + "  " + Printable(event.type()) + "  " +
         Printable(event.subject()) + "  " + event.id();
}

std::string CompactJson(const google::protobuf::Value& value) {
  std::string text = ToJsonText(value, false);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return Printable(text);
}

const char* SourceText(v1::DryCall::Answer answer) {
  switch (answer) {
    case v1::DryCall::ANSWER_RECORDED:
      return "answered as recorded";
    case v1::DryCall::ANSWER_RECORDED_OTHER_INPUT:
      return "answered as recorded for another input";
    default:
      return "answered {}";
  }
}

std::string TellDryRun(const v1::DryRun& dry_run) {
  std::string text;
  for (const v1::DryCall& call : dry_run.calls()) {
    text += "    " + call.task() + "  " + call.action() + "  " + CompactJson(call.input()) + "  (" +
            SourceText(call.answer()) + ")\n";
  }
  const std::string ending = Word(v1::DryRun::Ending_Name(dry_run.ending()), "ENDING_");
  text += "    " + ending;
  if (dry_run.has_error())
    text += "  " + Printable(dry_run.error().title() + ": " + dry_run.error().detail());
  if (!dry_run.note().empty()) text += "  " + Printable(dry_run.note());
  return text + "\n";
}

std::string Tell(const v1::ReplayEventsResponse& replayed) {
  std::string text = LineOf(replayed.event());
  if (!replayed.error_code().empty())
    return text + "  " + replayed.error_code() + ": " + Printable(replayed.error_message()) + "\n";
  if (!replayed.matched()) return text + "  does not start this workflow\n";
  if (replayed.has_dry_run()) return text + "\n" + TellDryRun(replayed.dry_run());
  return text + "  " + replayed.run() + "\n";
}

bool Confirmed(const Session& session, const ReplayOptions& options) {
  session.environment().err << "start real runs of " << options.workflow
                            << " for the events that match " << options.filter << "? [y/N] "
                            << std::flush;
  std::string answer;
  std::getline(session.environment().in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int WatchEvents(Session& session, const WatchEventsOptions& options) {
  v1::WatchEventsRequest request;
  request.set_filter(options.filter);
  request.set_include_lifecycle(options.lifecycle);
  request.set_resume_token(options.resume_token);
  std::unique_ptr<Events::StubInterface> stub;
  return Follow<v1::WatchEventsResponse>(
      session, options.count, options.resume_token,
      [&](grpc::ClientContext& context) {
        stub = Events::NewStub(session.client.channel());
        return stub->WatchEvents(&context, request);
      },
      [](const v1::WatchEventsResponse& message) -> const auto& { return message.events(); },
      [](const v1::Event& event) { return LineOf(event) + "\n"; });
}

int ReplayEvents(Session& session, const ReplayOptions& options) {
  if (!options.dry_run && !options.yes) {
    if (!session.WantsTable())
      return session.Misuse("-o " + session.options().output + " cannot ask you whether to go on",
                            "add --yes, or --dry-run to see what would be done");
    if (!Confirmed(session, options)) {
      session.environment().err << "nothing was done\n";
      return kRefused;
    }
  }
  if (auto trouble = session.client.Open()) return session.Fail(*trouble);
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  v1::ReplayEventsRequest request;
  request.set_workflow(options.workflow);
  request.set_filter(options.filter);
  request.set_dry_run(options.dry_run);
  request.set_replay_id(options.replay_id);
  request.set_max_events(options.max_events);
  const auto stub = Events::NewStub(session.client.channel());
  const auto stream = stub->ReplayEvents(&context, request);
  v1::ReplayEventsResponse message;
  std::int64_t matched = 0;
  std::int64_t failed = 0;
  std::int64_t done = 0;
  while (stream->Read(&message)) {
    done = message.done();
    matched += message.matched() ? 1 : 0;
    failed += message.error_code().empty() ? 0 : 1;
    if (session.WantsTable()) {
      session.environment().out << Tell(message) << std::flush;
    } else {
      session.ShowLine(message);
    }
  }
  if (auto trouble = session.client.Judge(stream->Finish())) return session.Fail(*trouble);
  if (session.WantsTable()) {
    session.environment().out << done << " events, " << matched
                              << (options.dry_run ? " would start a run" : " started a run")
                              << (failed > 0 ? ", " + std::to_string(failed) + " failed" : "")
                              << "\n";
  }
  return failed == 0 ? kOk : kRefused;
}

}  // namespace sb::app::cli
