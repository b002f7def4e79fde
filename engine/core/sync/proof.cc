#include "engine/core/sync/proof.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"

namespace sb::core::sync {
namespace {

// ---- Canonical values

/// The number as its digits and where the point is: "12.50", "12.5" and "1.25e1" are one.
std::string CanonicalNumber(const std::string& text) {
  const bool negative = text.starts_with('-');
  const std::size_t mark = std::min(text.find_first_of("eE"), text.size());
  std::string digits;
  int exponent = 0;
  bool after_point = false;
  for (const char c : text.substr(negative ? 1 : 0, mark - (negative ? 1 : 0))) {
    if (c == '.') {
      after_point = true;
      continue;
    }
    if (c < '0' || c > '9') return text;
    digits += c;
    if (after_point) --exponent;
  }
  if (mark < text.size()) {
    const char* from = text.data() + mark + 1;
    const char* end = text.data() + text.size();
    if (from != end && *from == '+') ++from;
    int written = 0;
    const auto read = std::from_chars(from, end, written);
    if (read.ec != std::errc() || read.ptr != end) return text;
    exponent += written;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return "0";
  while (digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  return (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
}

/// Whole numbers as integers, whichever way they were written.
Json CanonicalJson(const Json& value) {
  constexpr double kBeyond = 9.2e18;
  if (value.is_number_float()) {
    const double number = value.get<double>();
    const bool whole = std::trunc(number) == number && std::abs(number) < kBeyond;
    return whole ? Json(static_cast<std::int64_t>(number)) : value;
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& each : value) list.push_back(CanonicalJson(each));
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [key, each] : value.items()) object[key] = CanonicalJson(each);
  return object;
}

/// A cell that is not there counts as null.
Cell CellAt(const Cells& cells, std::size_t at) {
  return at < cells.size() ? cells[at] : Cell();
}

Json CanonicalCells(const std::vector<ColumnType>& types, const Cells& cells) {
  Json list = Json::array();
  for (std::size_t i = 0; i < types.size(); ++i) {
    const Cell cell = CanonicalCell(types[i], CellAt(cells, i));
    list.push_back(cell ? Json(*cell) : Json());
  }
  return list;
}

std::vector<ColumnType> TypesOf(const std::vector<Column>& columns) {
  std::vector<ColumnType> types;
  for (const Column& column : columns) types.push_back(column.type);
  return types;
}

/// The rows of a child table, whatever order they come in.
std::string CanonicalParts(const ChildTable& child, const std::vector<Cells>& parts) {
  std::vector<ColumnType> types = TypesOf(child.columns);
  if (HasPosition(child)) types.insert(types.begin(), ColumnType::kBigint);
  std::vector<std::string> rows;
  for (const Cells& part : parts) rows.push_back(DumpJson(CanonicalCells(types, part)));
  std::ranges::sort(rows);
  std::string text;
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

const std::vector<Cells>& PartsAt(const std::vector<std::vector<Cells>>& children, std::size_t at) {
  static const std::vector<Cells> kNoParts;
  return at < children.size() ? children[at] : kNoParts;
}

// ---- Windows

/// `later` begins where `window` ends, or after it.
void Join(WindowProof& window, const WindowProof& later) {
  window.window.to = later.window.to;
  if (window.counted && later.counted)
    *window.counted += *later.counted;
  else
    window.counted.reset();
  window.proven = window.proven && later.proven;
  for (const auto& [name, number] : kProofNumbers) window.*number += later.*number;
}

/// How many objects the rows stand for: also those that are left out, without those that are gone.
std::int64_t RowsMeant(const WindowProof& window) {
  return window.rows - window.kept + window.left_out;
}

bool Agrees(const WindowProof& window) {
  return window.proven && window.missing == 0 && window.surplus == 0 && window.differing == 0 &&
         window.quarantined == 0 && window.behind_wall == 0 &&
         window.counted.value_or(RowsMeant(window)) == RowsMeant(window);
}

/// Joins neighbours two by two; those that agree first.
void MakeRoom(std::vector<WindowProof>& windows) {
  for (const bool only_agreeing : {true, false}) {
    if (windows.size() <= kMostProofWindows) return;
    std::vector<WindowProof> joined;
    for (std::size_t i = 0; i < windows.size(); ++i) {
      joined.push_back(windows[i]);
      const bool pair = i + 1 < windows.size() &&
                        (!only_agreeing || (Agrees(windows[i]) && Agrees(windows[i + 1])));
      if (pair) Join(joined.back(), windows[++i]);
    }
    windows = std::move(joined);
  }
}

template <typename Example>
void AddExamples(std::vector<Example>& examples, std::vector<Example> more) {
  for (Example& each : more) {
    if (examples.size() < kMostProofExamples) examples.push_back(std::move(each));
  }
}

// ---- The verdict

/// "3 rows missing, 1 row too many"
std::string CountsText(const StreamProof& proof) {
  const std::array<std::pair<std::int64_t, const char*>, 5> counts = {
      {{proof.sum.missing, "missing"},
       {proof.sum.surplus, "too many"},
       {proof.sum.differing, "not the same"},
       {proof.sum.quarantined, "in quarantine"},
       {proof.miscounts, "windows with other counts"}}};
  std::string text;
  for (const auto& [count, what] : counts) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  }
  return text;
}

/// Why the stream proves nothing; empty: it does.
std::string DoubtOf(const StreamProof& proof) {
  if (!proof.error.empty()) return "it ended early with " + proof.error;
  if (proof.sum.behind_wall > 0)
    return std::to_string(proof.sum.behind_wall) + " objects cannot be listed";
  if (!proof.sum.proven) return "its pages did not keep still";
  return "";
}

std::string CompleteText(const VerifyReceipt& receipt) {
  std::int64_t rows = 0;
  std::int64_t compared = 0;
  bool older = false;
  for (const StreamProof& proof : receipt.streams) {
    rows += proof.sum.rows;
    compared += proof.sum.compared;
    older = older || proof.unreachable;
  }
  std::string text = std::to_string(rows) + " rows agree with the provider";
  if (compared > 0) text += ", " + std::to_string(compared) + " of them column by column";
  if (older) text += "; what is older than its lists reach could not be looked at";
  return text;
}

}  // namespace

void Conclude(VerifyReceipt& receipt) {
  std::string differences;
  std::string doubts;
  for (const StreamProof& proof : receipt.streams) {
    const auto add = [&](std::string& to, const std::string& what) {
      if (!what.empty()) to += (to.empty() ? "" : "; ") + proof.stream + ": " + what;
    };
    add(differences, CountsText(proof));
    add(doubts, DoubtOf(proof));
  }
  if (receipt.stopped) doubts += std::string(doubts.empty() ? "" : "; ") + "it was stopped";
  if (receipt.streams.empty() && doubts.empty()) doubts = "there was nothing to compare";
  if (!differences.empty()) {
    receipt.verdict = Verdict::kDiffers;
    receipt.reason = std::move(differences);
  } else if (!doubts.empty()) {
    receipt.verdict = Verdict::kInconclusive;
    receipt.reason = std::move(doubts);
  } else {
    receipt.verdict = Verdict::kComplete;
    receipt.reason = CompleteText(receipt);
  }
  receipt.digest = DigestOf(receipt);
}

// ---- Comparing rows

Cell CanonicalCell(ColumnType type, const Cell& cell) {
  if (!cell) return cell;
  switch (type) {
    case ColumnType::kText:
      return cell;
    case ColumnType::kBigint:
    case ColumnType::kNumeric:
      return CanonicalNumber(*cell);
    case ColumnType::kBoolean:
      return *cell == "t" || *cell == "true" ? "true" : "false";
    case ColumnType::kTimestamp: {
      const auto instant = ParseRfc3339(*cell);
      return instant ? Cell(std::to_string(instant->time_since_epoch().count())) : cell;
    }
    case ColumnType::kJson: {
      const auto json = ParseJson(*cell);
      return json.ok() ? Cell(DumpJson(CanonicalJson(*json))) : cell;
    }
  }
  return cell;
}

std::string CanonicalHash(const Stream& stream, const Cells& cells,
                          const std::vector<std::vector<Cells>>& children) {
  Json parts = Json::array();
  for (std::size_t i = 0; i < stream.children.size(); ++i)
    parts.push_back(CanonicalParts(stream.children[i], PartsAt(children, i)));
  Json whole = Json::array();
  whole.push_back(CanonicalCells(TypesOf(stream.columns), cells));
  whole.push_back(std::move(parts));
  return ToHex(Sha256(DumpJson(whole)));
}

std::vector<std::string> DifferingColumns(const Stream& stream, const MappedRow& told,
                                          const StoredRow& stored) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < stream.columns.size(); ++i) {
    const Column& column = stream.columns[i];
    const bool same = CanonicalCell(column.type, CellAt(told.cells, i)) ==
                      CanonicalCell(column.type, CellAt(stored.cells, i));
    if (!same) columns.push_back(column.name);
  }
  for (std::size_t i = 0; i < stream.children.size(); ++i) {
    const ChildTable& child = stream.children[i];
    const bool same = CanonicalParts(child, PartsAt(told.children, i)) ==
                      CanonicalParts(child, PartsAt(stored.children, i));
    if (!same) columns.push_back(child.table);
  }
  return columns;
}

RowMatch Match(const Stream& stream, const MappedRow& told, WallTime at,
               const std::optional<StoredRow>& stored) {
  if (!stored) return RowMatch::kMissing;
  if (stored->deleted_at) return *stored->deleted_at > at ? RowMatch::kNewer : RowMatch::kMissing;
  if (!stored->synced_at) return RowMatch::kMissing;
  const bool same = CanonicalHash(stream, told.cells, told.children) ==
                    CanonicalHash(stream, stored->cells, stored->children);
  if (same) return RowMatch::kSame;
  return *stored->synced_at > at ? RowMatch::kNewer : RowMatch::kDiffers;
}

void WindowFindings::Missing(const std::string& key) {
  ++counts.missing;
  AddExamples(missing, {key});
}

void WindowFindings::Surplus(const std::string& key) {
  ++counts.surplus;
  AddExamples(surplus, {key});
}

void WindowFindings::Differs(const std::string& key, std::vector<std::string> columns) {
  ++counts.differing;
  AddExamples(differing, {DifferingRow{key, std::move(columns)}});
}

void AddWindow(StreamProof& proof, WindowFindings findings, bool keys_read) {
  const WindowProof& counts = findings.counts;
  const std::int64_t there = RowsMeant(counts);
  if (!keys_read && counts.counted.value_or(there) != there) {
    ++proof.miscounts;
    AddExamples(proof.miscounted, {counts.window});
  }
  if (proof.windows.empty())
    proof.sum = counts;
  else
    Join(proof.sum, counts);
  proof.windows.push_back(counts);
  MakeRoom(proof.windows);
  AddExamples(proof.missing, std::move(findings.missing));
  AddExamples(proof.surplus, std::move(findings.surplus));
  AddExamples(proof.differing, std::move(findings.differing));
}

SamplePlan PlanSample(const ScanShape& shape, const Window& window, std::int64_t total,
                      std::int64_t of, std::int64_t sample) {
  const std::int64_t per_page = std::max(1, shape.per_page);
  const std::int64_t readable = shape.most > 0 ? std::min(total, shape.most) : total;
  SamplePlan plan;
  if (readable <= 0 || of <= 0 || sample <= 0) return plan;
  plan.rows = std::min(readable, (sample * total + of - 1) / of);
  const std::int64_t last = (readable + per_page - 1) / per_page;
  plan.last = static_cast<int>(last);
  const std::string hash = Sha256(std::to_string(window.from.time_since_epoch().count()) + " " +
                                  std::to_string(window.to.time_since_epoch().count()));
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < sizeof(number); ++i)
    number = number << 8U | static_cast<unsigned char>(hash[i]);
  plan.page = 1 + static_cast<int>(static_cast<std::int64_t>(number) % last);
  return plan;
}

}  // namespace sb::core::sync
