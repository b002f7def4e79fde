#include "tests/bench/figures.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include <nlohmann/json.hpp>

namespace sb::bench {
namespace {

constexpr double kMicros = 1e6;

double MedianOf(const Figure& figure, const std::function<double(const Sample&)>& part) {
  std::vector<double> values;
  for (const Sample& sample : figure.samples) values.push_back(part(sample));
  return Median(std::move(values));
}

double ValueOf(const Figure& figure) {
  return MedianOf(figure, [](const Sample& sample) { return sample.value; });
}

/// 12345.6 as "12,346", 3.21 as "3.2".
std::string Readable(double value) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(value < 100 ? 1 : 0) << value;
  std::string digits = text.str();
  const std::size_t point = std::min(digits.find('.'), digits.size());
  for (std::size_t at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string Spread(const Figure& figure) {
  const auto [least, most] =
      std::ranges::minmax(figure.samples, {}, [](const Sample& sample) { return sample.value; });
  return figure.samples.size() < 2 ? "" : Readable(least.value) + " to " + Readable(most.value);
}

std::string Ratio(const Figure& figure, const std::vector<Figure>& all) {
  const auto floor = std::ranges::find(all, figure.floor, &Figure::name);
  if (floor == all.end() || floor->samples.empty()) return "";
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << ValueOf(figure) / ValueOf(*floor);
  return text.str();
}

std::string Micros(double seconds) {
  return std::to_string(std::lround(seconds * kMicros));
}

/// "61 = 20 + 38 + 3": all of it, and serve, PostgreSQL and client apart.
std::string CpuOf(const Figure& figure) {
  const double total = MedianOf(figure, [](const Sample& sample) { return sample.cpu.Total(); });
  if (total == 0) return "";
  return Micros(total) + " = " +
         Micros(MedianOf(figure, [](const Sample& sample) { return sample.cpu.serve; })) + " + " +
         Micros(MedianOf(figure, [](const Sample& sample) { return sample.cpu.postgres; })) +
         " + " + Micros(MedianOf(figure, [](const Sample& sample) { return sample.cpu.client; }));
}

}  // namespace

CpuTimes operator-(const CpuTimes& later, const CpuTimes& earlier) {
  return {later.serve - earlier.serve, later.postgres - earlier.postgres,
          later.client - earlier.client};
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double Percentile(std::vector<double> values, double percent) {
  std::ranges::sort(values);
  const auto rank =
      static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

void Figures::Describe(Figure figure) {
  figures_.push_back(std::move(figure));
}

Figure& Figures::Find(const std::string& name) {
  const auto found = std::ranges::find(figures_, name, &Figure::name);
  if (found != figures_.end()) return *found;
  figures_.push_back({name, {}, {}, {}, {}});
  return figures_.back();
}

void Figures::Add(const std::string& name, const Sample& sample) {
  Find(name).samples.push_back(sample);
}

std::string Figures::Table() const {
  std::ostringstream table;
  const auto line = [&table](const auto& name, const auto& value, const auto& unit,
                             const auto& target, const auto& ratio, const auto& spread,
                             const auto& cpu) {
    table << std::left << std::setw(58) << name << std::right << std::setw(10) << value << " "
          << std::left << std::setw(6) << unit << std::right << std::setw(9) << target
          << std::setw(7) << ratio << "  " << std::left << std::setw(20) << spread << cpu << "\n";
  };
  line("median of the rounds", "value", "unit", "target", "ratio", "lowest to highest",
       "CPU us/item = serve + PostgreSQL + client");
  for (const Figure& figure : figures_) {
    if (figure.samples.empty()) continue;
    line(figure.name, Readable(ValueOf(figure)), figure.unit, figure.target,
         Ratio(figure, figures_), Spread(figure), CpuOf(figure));
  }
  table << "ratio: to the floor of its kind, taken in the same rounds on the same server; "
           "CPU: what limits a rate once nothing waits\n";
  return table.str();
}

Json Figures::ToJson() const {
  Json json = Json::array();
  for (const Figure& figure : figures_) {
    if (figure.samples.empty()) continue;
    Json one = {{"name", figure.name},
                {"unit", figure.unit},
                {"target", figure.target},
                {"median", ValueOf(figure)}};
    if (!Ratio(figure, figures_).empty()) one["ratio"] = std::stod(Ratio(figure, figures_));
    for (const Sample& sample : figure.samples) {
      one["samples"].push_back({{"value", sample.value},
                                {"serve_us", sample.cpu.serve * kMicros},
                                {"postgres_us", sample.cpu.postgres * kMicros},
                                {"client_us", sample.cpu.client * kMicros}});
    }
    json.push_back(std::move(one));
  }
  return json;
}

}  // namespace sb::bench
