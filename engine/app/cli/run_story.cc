#include "engine/app/cli/run_story.h"

#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;

constexpr int kNameColumns = 24;
constexpr int kStateColumns = 9;
constexpr int kDurationColumns = 9;

std::string Padded(const std::string& text, int columns) {
  const int missing = columns - WidthOf(text);
  return missing > 0 ? text + std::string(static_cast<std::size_t>(missing), ' ') : text;
}

const char* WaitText(v1::TaskWait::Kind kind) {
  switch (kind) {
    case v1::TaskWait::KIND_CALL:
      return "waits for the answer";
    case v1::TaskWait::KIND_READ_BACK:
      return "no answer came: looks whether it took effect";
    case v1::TaskWait::KIND_RETRY:
      return "tries again";
    case v1::TaskWait::KIND_TIMER:
      return "waits";
    case v1::TaskWait::KIND_EMIT:
      return "waits for its event to be stored";
    case v1::TaskWait::KIND_EVENT:
      return "listens for events";
    case v1::TaskWait::KIND_CHILD_RUN:
      return "waits for the run that it started";
    case v1::TaskWait::KIND_QUOTA:
      return "waiting for quota";
    case v1::TaskWait::KIND_RESUME:
      return "waits until the run is resumed";
    default:
      return "";
  }
}

/// What stands before the time that a wait lasts until.
std::string Until(v1::TaskWait::Kind kind) {
  return kind == v1::TaskWait::KIND_QUOTA ? " until " : " at ";
}

std::string ErrorText(const v1::TaskError& error) {
  return error.detail().empty() ? error.title() : error.title() + ": " + error.detail();
}

std::string EndOf(const v1::Run& run) {
  if (run.state() == v1::Run::STATE_FAILED) return ErrorText(run.error());
  if (run.state() == v1::Run::STATE_PARKED) return run.parked_code() + ": " + run.parked_reason();
  return run.state() == v1::Run::STATE_SUCCEEDED ? "" : run.note();
}

std::string TotalOf(const v1::Run& run) {
  if (!run.has_end_time()) return {};
  return ToHumanText(std::chrono::duration_cast<Millis>(ToWallTime(run.end_time()) -
                                                        ToWallTime(run.create_time())));
}

/// Composites hold others and do nothing themselves: their children tell the story.
bool IsComposite(const v1::Run& run, const v1::Task& task) {
  for (const v1::Task& other : run.tasks()) {
    if (other.parent() == task.ref()) return true;
  }
  return task.name().empty();
}

google::protobuf::Timestamp WhenOf(const v1::Run& run, const v1::Task& task) {
  if (task.has_end_time()) return task.end_time();
  return task.attempt() > 1 || task.has_wait() ? run.update_time() : task.start_time();
}

}  // namespace

std::string StateWord(const v1::Run& run) {
  return Word(v1::Run::State_Name(run.state()), "STATE_");
}

std::string StateWord(const v1::Task& task) {
  return Word(v1::Task::State_Name(task.state()), "STATE_");
}

bool IsFinal(const v1::Run& run) {
  return run.state() == v1::Run::STATE_SUCCEEDED || run.state() == v1::Run::STATE_FAILED ||
         run.state() == v1::Run::STATE_CANCELLED;
}

std::string DurationOf(const v1::Task& task) {
  return task.has_duration() ? ToHumanText(ToMillis(task.duration())) : "";
}

std::string DetailOf(const v1::Task& task) {
  std::string detail = task.action();
  const auto add = [&detail](const std::string& text) {
    detail += (detail.empty() || text.empty() ? "" : "; ") + text;
  };
  if (task.attempt() > 1) add("try " + std::to_string(task.attempt()));
  if (task.has_error()) add(ErrorText(task.error()));
  if (task.has_wait()) {
    const bool dated = task.wait().has_until_time();
    add(WaitText(task.wait().kind()) +
        (dated ? Until(task.wait().kind()) + TimeOfDay(ToWallTime(task.wait().until_time()))
               : std::string()));
  }
  return detail;
}

std::string RunStory::Line(const google::protobuf::Timestamp& when, const std::string& who,
                           const std::string& state, const std::string& duration,
                           const std::string& detail) const {
  const std::string name = Shorten(Printable(who), kNameColumns);
  const std::string painted = Paint(Padded(state, kStateColumns), ToneOf(state), style_);
  return TimeOfDay(ToWallTime(when)) + "  " + Padded(name, kNameColumns) + "  " + painted + "  " +
         Padded(duration, kDurationColumns) + "  " + Printable(detail);
}

void RunStory::TellTask(const v1::Run& run, const v1::Task& task, std::vector<std::string>& lines) {
  if (IsComposite(run, task)) return;
  const std::string state = StateWord(task);
  const std::string detail = DetailOf(task);
  const std::string said = state + "\n" + detail;
  std::string& before = told_[task.ref()];
  if (before == said) return;
  before = said;
  lines.push_back(Line(WhenOf(run, task), task.name(), state, DurationOf(task), detail));
}

std::vector<std::string> RunStory::Tell(const v1::Run& run) {
  std::vector<std::string> lines;
  if (!began_)
    lines.push_back(Line(run.create_time(), run.id(), "STARTED", "", run.workflow_name()));
  began_ = true;
  for (const v1::Task& task : run.tasks()) TellTask(run, task, lines);
  const std::string state = StateWord(run);
  const bool worth_telling = run.state() != v1::Run::STATE_RUNNING || told_of_run_ == "PARKED";
  if (worth_telling && told_of_run_ != state) {
    lines.push_back(Line(run.has_end_time() ? run.end_time() : run.update_time(), run.id(), state,
                         TotalOf(run), EndOf(run)));
  }
  told_of_run_ = state;
  return lines;
}

}  // namespace sb::app::cli
