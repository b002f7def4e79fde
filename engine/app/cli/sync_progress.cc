#include "engine/app/cli/sync_progress.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Progress = v1::SyncStreamProgress;

constexpr int kSyncBarColumns = 24;
constexpr int kPermille = 1000;

std::string StateWordOf(const Progress& stream) {
  std::string word = Word(Progress::State_Name(stream.state()), "STATE_");
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return word;
}

/// Of the reading under way; of a stream that is complete, all.
int PermilleOf(const Progress& stream) {
  if (stream.has_reading()) return std::clamp(stream.reading().done_permille(), 0, kPermille);
  return stream.lag_ms() >= 0 || stream.state() == Progress::STATE_LIVE ? kPermille : 0;
}

std::string PercentOf(const Progress& stream) {
  return stream.has_reading() ? std::to_string(PermilleOf(stream) / 10) + " %" : "";
}

std::string RateOf(const Progress& stream) {
  if (!stream.has_reading() || stream.reading().rows_per_second() <= 0) return "";
  const double rate = stream.reading().rows_per_second();
  if (rate >= 100) return Grouped(std::llround(rate)) + "/s";
  const auto tenths = std::llround(rate * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "/s";
}

/// "12 s", "3 min", "5 h", "9 d": columns are few.
std::string ShortSpan(Millis span) {
  using std::chrono::days;
  using std::chrono::duration_cast;
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  if (span < minutes(1)) return std::to_string(duration_cast<seconds>(span).count()) + " s";
  if (span < hours(1)) return std::to_string(duration_cast<minutes>(span).count()) + " min";
  if (span < hours(48)) return std::to_string(duration_cast<hours>(span).count()) + " h";
  return std::to_string(duration_cast<days>(span).count()) + " d";
}

std::string LagOf(const Progress& stream) {
  return stream.lag_ms() < 0 ? "" : ShortSpan(Millis(stream.lag_ms()));
}

std::string EndOfReading(const Progress& stream, WallTime now) {
  if (!stream.has_reading() || !stream.reading().has_estimated_end_time()) return "";
  const auto left =
      std::chrono::duration_cast<Millis>(ToWallTime(stream.reading().estimated_end_time()) - now);
  return "in " + ShortSpan(std::max(Millis(0), left));
}

/// What a person should know or do.
std::string HintsOf(const v1::Sync& sync, const Style& style) {
  std::string hints;
  for (const Progress& stream : sync.streams()) {
    if (stream.error_code().empty()) continue;
    std::string hint = stream.stream() + ": " + stream.error_code();
    if (stream.held_deletes() > 0)
      hint += " (" + Grouped(stream.held_deletes()) + " rows wait to be marked as deleted)";
    hint += ": " + stream.error_help();
    hints += Paint(Printable(hint), Tone::kBad, style) + "\n";
  }
  return hints;
}

}  // namespace

std::string Grouped(std::int64_t number) {
  std::string digits = std::to_string(std::llabs(number));
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return (number < 0 ? "-" : "") + digits;
}

Cell SyncStateCell(const Progress& stream) {
  switch (stream.state()) {
    case Progress::STATE_LIVE:
      return {StateWordOf(stream), Tone::kGood};
    case Progress::STATE_READING:
      return {StateWordOf(stream), Tone::kBusy};
    case Progress::STATE_HELD:
    case Progress::STATE_FAILING:
      return {StateWordOf(stream), Tone::kBad};
    default:
      return {StateWordOf(stream), Tone::kFaint};
  }
}

std::string SyncStreamsTable(const v1::Sync& sync, WallTime now, const Style& style) {
  Table table(
      {{"STREAM", true}, {"STATE"}, {"ROWS"}, {"DONE"}, {"WINDOWS"}, {"LAG"}, {"RATE"}, {"END"}});
  for (const Progress& stream : sync.streams()) {
    const std::string windows =
        stream.has_reading() ? Grouped(stream.reading().windows_left()) + " left" : "";
    table.Add({stream.stream(), SyncStateCell(stream), Grouped(stream.rows_written()),
               PercentOf(stream), windows, LagOf(stream), RateOf(stream),
               EndOfReading(stream, now)});
  }
  return table.Text(style) + HintsOf(sync, style);
}

std::string SyncBars(const v1::Sync& sync, WallTime now, const Style& style) {
  int widest = 0;
  for (const Progress& stream : sync.streams())
    widest = std::max(widest, WidthOf(Printable(stream.stream())));
  std::string text;
  for (const Progress& stream : sync.streams()) {
    const int filled = PermilleOf(stream) * kSyncBarColumns / kPermille;
    const std::string name = Printable(stream.stream());
    std::string line = name + Spaces(widest - WidthOf(name)) + "  [" +
                       std::string(static_cast<std::size_t>(filled), '#') +
                       std::string(static_cast<std::size_t>(kSyncBarColumns - filled), '-') + "]  ";
    const std::string percent = std::to_string(PermilleOf(stream) / 10) + " %";
    line += Spaces(5 - WidthOf(percent)) + percent + "  ";
    const Cell state = SyncStateCell(stream);
    std::string tail = "  " + Grouped(stream.rows_written()) + " rows";
    for (const std::string& part : {RateOf(stream), EndOfReading(stream, now)})
      if (!part.empty()) tail += "  " + part;
    if (!stream.error_code().empty()) tail += "  " + Printable(stream.error_code());
    const int room =
        style.width == 0 ? WidthOf(tail) : style.width - WidthOf(line) - WidthOf(state.text);
    text += line + Paint(state.text, state.tone, style) + Shorten(tail, std::max(0, room)) + "\n";
  }
  return text;
}

std::string SyncStreamLine(const Progress& stream, WallTime now) {
  std::string line = Printable(stream.stream()) + " " + StateWordOf(stream);
  if (stream.has_reading()) line += " " + PercentOf(stream);
  line += ", " + Grouped(stream.rows_written()) + " rows";
  for (const std::string& part : {RateOf(stream), EndOfReading(stream, now)})
    if (!part.empty()) line += ", " + part;
  if (!stream.error_code().empty())
    line += ", " + Printable(stream.error_code() + ": " + stream.error_help());
  return line;
}

}  // namespace sb::app::cli
