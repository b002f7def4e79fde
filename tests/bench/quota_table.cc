#include "tests/bench/quota_table.h"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace sb::bench {
namespace {

using testing::Counting;
using testing::QuotaOutcome;
using testing::Sending;

constexpr std::array<Counting, 3> kCountings = {Counting::kFixedWindow, Counting::kSlidingLog,
                                                Counting::kTokenBucket};
constexpr std::array<int, 3> kNeighbours = {0, 25, 60};
constexpr std::array<Sending, 3> kSendings = {Sending::kRetry, Sending::kTokenBucket,
                                              Sending::kLimiter};
constexpr std::size_t kBackfill = 3;

QuotaLine Simulated(Counting counting, int neighbour, Sending sending) {
  QuotaLine line;
  line.plan.counting = counting;
  line.plan.sending = sending;
  line.plan.neighbour_per_minute = neighbour;
  line.plan.span = std::chrono::hours(2);
  line.plan.demand.at(kBackfill).without_end = true;
  line.import = testing::Simulate(line.plan);
  line.plan.demand = testing::BusyCompany();
  line.busy = testing::Simulate(line.plan);
  return line;
}

std::string Padded(std::string text, std::size_t columns, bool right) {
  if (text.size() >= columns) return text;
  const std::string blanks(columns - text.size(), ' ');
  return right ? blanks + text : text + blanks;
}

std::string Number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::string RowOf(const std::array<std::string, 10>& cells) {
  constexpr std::array<std::size_t, 10> kWidths = {13, 9, 19, 6, 6, 5, 10, 5, 12, 12};
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) row += Padded(cells[i], kWidths[i], i > 2) + "  ";
  return row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
}

Json ToJson(const QuotaOutcome& outcome) {
  return {{"served_per_minute", outcome.served},
          {"fewest_in_a_minute", outcome.fewest_in_a_minute},
          {"refused_per_minute", outcome.refused},
          {"neighbour_refused_per_minute", outcome.neighbour_refused},
          {"interactive_wait_p50_s", outcome.interactive_wait_middle},
          {"interactive_wait_p99_s", outcome.interactive_wait_late},
          {"backfill_per_minute", outcome.by_lane.at(kBackfill)},
          {"backfill_gap_s", outcome.backfill_gap}};
}

}  // namespace

std::vector<QuotaLine> SimulateQuotas() {
  std::vector<QuotaLine> lines;
  for (const Counting counting : kCountings) {
    for (const int neighbour : kNeighbours) {
      for (const Sending sending : kSendings)
        lines.push_back(Simulated(counting, neighbour, sending));
    }
  }
  return lines;
}

std::string TableOf(const std::vector<QuotaLine>& lines, const std::string& times) {
  std::string table = "A quota of 100 a minute, " + times +
                      ": an import alone | with people, events and a sync\n\n" +
                      RowOf({"provider", "neighbour", "sending", "served", "fewest", "429",
                             "429 of his", "429", "p99 people s", "import gap s"});
  for (const QuotaLine& line : lines) {
    const QuotaOutcome& outcome = line.import;
    const bool alone = line.plan.neighbour_per_minute == 0;
    const bool known = !alone && outcome.neighbour_refused >= 0;
    table += RowOf({ToString(line.plan.counting),
                    alone ? "none" : Number(line.plan.neighbour_per_minute),
                    ToString(line.plan.sending), Number(outcome.served),
                    std::to_string(outcome.fewest_in_a_minute), Number(outcome.refused),
                    known ? Number(outcome.neighbour_refused) : "", Number(line.busy.refused),
                    Number(line.busy.interactive_wait_late), Number(line.busy.backfill_gap)});
  }
  return table;
}

Json ToJson(const std::vector<QuotaLine>& lines) {
  Json json = Json::array();
  for (const QuotaLine& line : lines) {
    json.push_back({{"provider", ToString(line.plan.counting)},
                    {"neighbour_per_minute", line.plan.neighbour_per_minute},
                    {"sending", ToString(line.plan.sending)},
                    {"import", ToJson(line.import)},
                    {"busy", ToJson(line.busy)}});
  }
  return json;
}

}  // namespace sb::bench
