#include "engine/app/cli/run_timeline.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "engine/app/cli/run_story.h"
#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;

constexpr int kWidthWithoutTerminal = 100;
constexpr int kLongestLabel = 32;
constexpr int kTimelineDurationColumns = 12;
constexpr int kNarrowestBar = 10;

/// What a stretch of a bar shows. The later wins where two share a column.
enum class Stretch { kNone, kAround, kWait, kWork };

const char* GlyphOf(Stretch stretch) {
  switch (stretch) {
    case Stretch::kNone:
      return " ";
    case Stretch::kAround:
      return "─";
    case Stretch::kWait:
      return "░";
    case Stretch::kWork:
      return "█";
  }
  return " ";
}

struct Span {
  WallTime from;
  WallTime to;
  Stretch stretch = Stretch::kWork;
};

struct Row {
  std::string label;
  std::vector<Span> spans;
  Tone tone = Tone::kPlain;
  std::string duration;
};

WallTime EndOf(bool has_end, const google::protobuf::Timestamp& end, WallTime now) {
  return has_end ? ToWallTime(end) : now;
}

Tone ToneOfOutcome(v1::Attempt::Outcome outcome) {
  switch (outcome) {
    case v1::Attempt::OUTCOME_SUCCEEDED:
    case v1::Attempt::OUTCOME_FOUND:
      return Tone::kGood;
    case v1::Attempt::OUTCOME_FAILED:
      return Tone::kBad;
    default:
      return Tone::kBusy;
  }
}

/// The rows of a run, and its place in time.
class Drawing {
 public:
  Drawing(const v1::Run& run, WallTime now) : begin_(ToWallTime(run.create_time())) {
    for (const v1::Task& task : run.tasks()) {
      parents_[task.ref()] = task.parent();
      holders_.insert(task.parent());
    }
    now_ = run.has_end_time() ? ToWallTime(run.end_time()) : std::max(now, begin_);
    for (const v1::Task& task : run.tasks()) AddTask(task);
  }

  const std::vector<Row>& rows() const { return rows_; }

  WallTime begin() const { return begin_; }

  WallTime end() const { return std::max(now_, begin_ + Millis(1)); }

 private:
  int DepthOf(const v1::Task& task) const {
    int depth = 0;
    for (auto parent = parents_.find(task.parent()); parent != parents_.end() && depth < 10;
         parent = parents_.find(parent->second))
      ++depth;
    return depth;
  }

  void AddTask(const v1::Task& task) {
    Row row;
    row.label = std::string(static_cast<std::size_t>(DepthOf(task)) * 2, ' ') +
                (task.name().empty() ? task.ref() : task.name());
    row.tone = cli::ToneOf(StateWord(task));
    row.spans = SpansOf(task);
    const WallTime to = EndOf(task.has_end_time(), task.end_time(), now_);
    row.duration =
        ToHumanText(std::chrono::duration_cast<Millis>(to - ToWallTime(task.start_time())));
    if (!task.has_end_time()) row.duration += " ...";
    rows_.push_back(std::move(row));
    if (task.attempts_size() < 2) return;
    for (const v1::Attempt& attempt : task.attempts()) AddAttempt(task, attempt);
  }

  void AddAttempt(const v1::Task& task, const v1::Attempt& attempt) {
    Row row;
    row.label = std::string(static_cast<std::size_t>(DepthOf(task)) * 2 + 2, ' ') + "try " +
                std::to_string(attempt.number());
    row.tone = ToneOfOutcome(attempt.outcome());
    AddSpans(attempt, row.spans);
    row.duration = attempt.has_duration() ? ToHumanText(ToMillis(attempt.duration())) : "...";
    rows_.push_back(std::move(row));
  }

  /// Until its request could leave, a call waits for its turn in the quota.
  void AddSpans(const v1::Attempt& attempt, std::vector<Span>& spans) const {
    const WallTime from = ToWallTime(attempt.start_time());
    const WallTime sent = attempt.has_send_time() ? ToWallTime(attempt.send_time()) : from;
    if (sent > from) spans.push_back({from, sent, Stretch::kWait});
    spans.push_back({sent, EndOf(attempt.has_end_time(), attempt.end_time(), now_)});
  }

  std::vector<Span> SpansOf(const v1::Task& task) const {
    const WallTime from = ToWallTime(task.start_time());
    const WallTime to = EndOf(task.has_end_time(), task.end_time(), now_);
    if (holders_.contains(task.ref())) return {{from, to, Stretch::kAround}};
    const bool only_waits = task.kind() == "wait" || task.kind() == "listen";
    if (task.attempts().empty()) return {{from, to, only_waits ? Stretch::kWait : Stretch::kWork}};
    std::vector<Span> spans = {{from, to, Stretch::kWait}};
    for (const v1::Attempt& attempt : task.attempts()) AddSpans(attempt, spans);
    return spans;
  }

  WallTime begin_;
  WallTime now_;
  std::map<std::string, std::string> parents_;
  std::set<std::string> holders_;  ///< Tasks that have others inside.
  std::vector<Row> rows_;
};

/// Time as columns.
class Axis {
 public:
  Axis(WallTime begin, WallTime end, int columns)
      : begin_(begin), length_((end - begin).count()), columns_(columns) {}

  int ColumnOf(WallTime when) const {
    const auto passed = std::clamp<std::int64_t>((when - begin_).count(), 0, length_);
    return static_cast<int>(static_cast<double>(passed) / static_cast<double>(length_) * columns_);
  }

  std::string Bar(const Row& row, const Style& style) const {
    std::vector<Stretch> cells(static_cast<std::size_t>(columns_), Stretch::kNone);
    for (const Span& span : row.spans) {
      const int from = std::min(ColumnOf(span.from), columns_ - 1);
      const int to = std::max(ColumnOf(span.to), from + 1);  // what was there is seen
      for (int i = from; i < to; ++i) {
        Stretch& cell = cells[static_cast<std::size_t>(i)];
        cell = std::max(cell, span.stretch);
      }
    }
    std::string bar;
    for (std::size_t i = 0; i < cells.size();) {
      std::string piece;
      const Stretch stretch = cells[i];
      for (; i < cells.size() && cells[i] == stretch; ++i) piece += GlyphOf(stretch);
      const Tone tone = stretch == Stretch::kWork   ? row.tone
                        : stretch == Stretch::kNone ? Tone::kPlain
                                                    : Tone::kFaint;
      bar += Paint(piece, tone, style);
    }
    return bar;
  }

 private:
  WallTime begin_;
  std::int64_t length_;
  int columns_;
};

std::string HeadOf(const v1::Run& run, const Style& style) {
  const std::string state = StateWord(run);
  std::string head =
      run.id() + "  " + run.workflow_name() + "  " + Paint(state, cli::ToneOf(state), style) + "\n";
  if (run.has_error()) head += Printable(run.error().title() + ": " + run.error().detail()) + "\n";
  if (!run.parked_code().empty())
    head += Printable(run.parked_code() + ": " + run.parked_reason()) + "\n";
  if (run.omitted_tasks() > 0)
    head += "(" + std::to_string(run.omitted_tasks()) + " older tasks are not shown)\n";
  return head;
}

std::string ScaleOf(const Drawing& drawing, int label, int bar) {
  const std::string from = TimeOfDay(drawing.begin());
  const std::string total =
      "+" + ToHumanText(std::chrono::duration_cast<Millis>(drawing.end() - drawing.begin()));
  return Spaces(label + 2) + from + Spaces(bar - WidthOf(from) - WidthOf(total)) + total + "\n";
}

}  // namespace

std::string TimelineOf(const v1::Run& run, WallTime now, const Style& style) {
  const Drawing drawing(run, now);
  if (drawing.rows().empty()) return HeadOf(run, style) + "no tasks yet\n";
  int label = 8;
  for (const Row& row : drawing.rows())
    label = std::max(label, std::min(kLongestLabel, WidthOf(Printable(row.label))));
  const int width = style.width > 0 ? style.width : kWidthWithoutTerminal;
  label = std::min(label, std::max(8, width / 3));
  const int bar = std::max(kNarrowestBar, width - label - kTimelineDurationColumns - 4);
  const Axis axis(drawing.begin(), drawing.end(), bar);
  std::string text = HeadOf(run, style) + "\n" + ScaleOf(drawing, label, bar);
  for (const Row& row : drawing.rows()) {
    const std::string name = Shorten(Printable(row.label), label);
    text += name + Spaces(label - WidthOf(name) + 2) + axis.Bar(row, style) + "  " + row.duration +
            "\n";
  }
  return text + "\n█ works  ░ waits  ─ holds other tasks\n";
}

}  // namespace sb::app::cli
