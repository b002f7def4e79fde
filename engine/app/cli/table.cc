#include "engine/app/cli/table.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;

/// One line: cells cut and padded to their columns; nothing trails behind the last one.
std::string Line(const std::vector<Cell>& cells, const std::vector<int>& widths,
                 const Style& style) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = Shorten(cells[i].text, widths[i]);
    line += Paint(text, cells[i].tone, style);
    if (i + 1 < cells.size()) line += Spaces(widths[i] - WidthOf(text) + kGap);
  }
  const auto end = line.find_last_not_of(' ');
  return line.substr(0, end == std::string::npos ? 0 : end + 1) + "\n";
}

}  // namespace

std::string Paint(const std::string& text, Tone tone, const Style& style) {
  if (!style.colours || tone == Tone::kPlain) return text;
  const char* code = tone == Tone::kGood   ? "32"
                     : tone == Tone::kBusy ? "33"
                     : tone == Tone::kBad  ? "31"
                                           : "2";
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

Tone ToneOf(const std::string& state) {
  static const std::set<std::string> kGood = {"ACTIVE", "SUCCEEDED", "COMPLETED", "CLOSED",
                                              "healthy"};
  static const std::set<std::string> kBusy = {"CONNECTING", "EXPIRING",    "RUNNING", "WAITING",
                                              "PENDING",    "AUTHORIZING", "PARKED",  "READING"};
  static const std::set<std::string> kBad = {"NEEDS_REAUTH", "REVOKED", "FAILED",
                                             "SUSPENDED",    "EXPIRED", "unhealthy"};
  if (kGood.contains(state)) return Tone::kGood;
  if (kBusy.contains(state)) return Tone::kBusy;
  return kBad.contains(state) ? Tone::kBad : Tone::kFaint;
}

void Table::Add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  for (Cell& cell : row) cell.text = Printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<int> Table::Widths(int limit) const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int width = WidthOf(columns_[i].heading);
    for (const auto& row : rows_) width = std::max(width, WidthOf(row[i].text));
    widths.push_back(width);
  }
  if (limit == 0) return widths;
  const int gaps = kGap * static_cast<int>(columns_.size() - 1);
  int excess = std::accumulate(widths.begin(), widths.end(), gaps) - limit;
  for (; excess > 0; --excess) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const int narrowest = std::max(kNarrowest, WidthOf(columns_[i].heading));
      if (columns_[i].whole || widths[i] <= narrowest) continue;
      if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == columns_.size()) break;  // too narrow a terminal: better too wide than useless
    --widths[widest];
  }
  return widths;
}

std::string Table::Text(const Style& style) const {
  const auto widths = Widths(style.width);
  std::vector<Cell> headings;
  for (const Column& column : columns_) headings.emplace_back(column.heading, Tone::kFaint);
  std::string text = Line(headings, widths, style);
  for (const auto& row : rows_) text += Line(row, widths, style);
  return text;
}

void Card::Add(std::string label, Cell value) {
  if (value.text.empty()) return;
  value.text = Printable(value.text);
  lines_.emplace_back(std::move(label), std::move(value));
}

std::string Card::Text(const Style& style) const {
  int width = 0;
  for (const auto& [label, value] : lines_) width = std::max(width, WidthOf(label));
  std::string text;
  for (const auto& [label, value] : lines_) {
    text += Paint(label, Tone::kFaint, style) + Spaces(width - WidthOf(label) + kGap) +
            Paint(value.text, value.tone, style) + "\n";
  }
  return text;
}

}  // namespace sb::app::cli
