#include "engine/app/cli/start_runs.h"

#include <sstream>

#include <google/protobuf/util/json_util.h>

#include "engine/app/cli/text.h"
#include "switchboard/v1/run.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Runs = v1::RunService;
using RunStub = v1::RunService::StubInterface;

// A call takes 1000 runs and 4 MiB; half of the one and a quarter of the other keep it short.
constexpr int kMostRuns = 500;
constexpr std::size_t kMostBytes = 1024 * 1024;

/// The lines of a file, as the calls that start them.
struct Batches {
  std::vector<v1::StartRunsRequest> calls;
  std::vector<int> lines;  ///< Of each run, over all calls: its line, from 1.
  std::optional<Trouble> trouble;
};

Batches Cut(const std::string& text, const StartOptions& options) {
  Batches batches;
  std::istringstream in(text);
  std::size_t bytes = 0;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    v1::RunToStart run;
    if (!google::protobuf::util::JsonStringToMessage(line, run.mutable_input()).ok()) {
      batches.trouble = Trouble{kUsage,
                                "line " + std::to_string(number) + " is no JSON object",
                                {},
                                "each line is the input of one run: {\"key\": \"value\"}",
                                {}};
      return batches;
    }
    if (!options.request_id.empty())
      run.set_request_id(options.request_id + "-" + std::to_string(number));
    if (batches.calls.empty() || batches.calls.back().runs_size() == kMostRuns ||
        bytes + line.size() > kMostBytes) {
      v1::StartRunsRequest call;
      call.set_account(options.account);
      call.set_workflow(options.workflow);
      batches.calls.push_back(std::move(call));
      bytes = 0;
    }
    bytes += line.size();
    *batches.calls.back().add_runs() = std::move(run);
    batches.lines.push_back(number);
  }
  return batches;
}

std::string Count(int runs) {
  return std::to_string(runs) + (runs == 1 ? " run" : " runs");
}

/// How many became what, and why some did not start.
struct Tally {
  int started = 0;
  int existing = 0;
  std::string refusals;

  Tally(const v1::StartRunsResponse& response, const std::vector<int>& lines) {
    for (int i = 0; i < response.runs_size(); ++i) {
      const v1::StartedRun& run = response.runs(i);
      if (run.error_code().empty()) {
        ++(run.existing() ? existing : started);
        continue;
      }
      refusals += "line " + std::to_string(lines[static_cast<std::size_t>(i)]) + ": " +
                  Printable(run.error_message()) + " (" + Printable(run.error_code()) + ")\n";
    }
  }

  std::string Text() const {
    std::string text = "started " + Count(started);
    if (existing > 0) text += "; " + Count(existing) + " had been started before";
    return text + "\n" + refusals;
  }
};

}  // namespace

int StartRuns(Session& session, const StartOptions& options) {
  const auto given = session.Read(options.inputs == "-" ? "-" : "@" + options.inputs);
  if (given.trouble) return session.Fail(*given.trouble);
  Batches batches = Cut(given.text, options);
  if (batches.trouble) return session.Fail(*batches.trouble);
  if (batches.calls.empty()) return session.Misuse(options.inputs + " holds no inputs");

  v1::StartRunsResponse all;
  std::optional<Trouble> trouble;
  for (const v1::StartRunsRequest& call : batches.calls) {
    v1::StartRunsResponse response;
    trouble = session.client.Call<Runs>(&RunStub::StartRuns, call, response);
    if (trouble) break;
    all.MergeFrom(response);
  }
  const Tally tally(all, batches.lines);
  if (!trouble || all.runs_size() > 0) session.Show(all, [&] { return tally.Text(); });
  if (trouble) return session.Fail(*trouble);
  return tally.refusals.empty() ? kOk : kRefused;
}

}  // namespace sb::app::cli
