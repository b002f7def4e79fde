#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sb::app::cli {

/// What a cell's colour says.
enum class Tone { kPlain, kGood, kBusy, kBad, kFaint };

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;

  // NOLINTNEXTLINE(google-explicit-constructor): rows read as lists of texts
  Cell(std::string t, Tone tone_of_it = Tone::kPlain) : text(std::move(t)), tone(tone_of_it) {}

  // NOLINTNEXTLINE(google-explicit-constructor): as above
  Cell(const char* t) : text(t) {}
};

/// The tone of a state's word: "ACTIVE", "RUNNING", "FAILED" ...
Tone ToneOf(const std::string& state);

/// How to draw.
struct Style {
  int width = 0;  ///< Columns to fit into; 0: as wide as it gets.
  bool colours = false;
};

/// Text in the colour of its tone, where the style has colours.
std::string Paint(const std::string& text, Tone tone, const Style& style);

struct Column {
  std::string heading;
  bool whole = false;  ///< Never shortened: ids, which people copy.
};

/// Rows under headings. Where they do not fit, the widest columns are shortened first.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void Add(std::vector<Cell> row);

  bool empty() const { return rows_.empty(); }

  std::string Text(const Style& style) const;

 private:
  std::vector<int> Widths(int limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// One thing: a label and a value a line. Empty values are left out.
class Card {
 public:
  void Add(std::string label, Cell value);
  std::string Text(const Style& style) const;

 private:
  std::vector<std::pair<std::string, Cell>> lines_;
};

}  // namespace sb::app::cli
