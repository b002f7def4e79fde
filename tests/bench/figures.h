#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/json.h"

namespace sb::bench {

/// Processor time, user and system, in seconds.
struct CpuTimes {
  double serve = 0;
  double postgres = 0;  ///< All of its processes, those that have ended included.
  double client = 0;    ///< This process.

  double Total() const { return serve + postgres + client; }
};

CpuTimes operator-(const CpuTimes& later, const CpuTimes& earlier);

/// What one round of one measure gave.
struct Sample {
  double value = 0;
  CpuTimes cpu;  ///< Seconds an item; zero where a measure counts no items.
};

/// One line of the table: its samples, and what the median of them is compared with.
struct Figure {
  std::string name;
  std::string unit;
  std::string target;  ///< For people: "20,000"; empty: a floor, or only of interest.
  std::string floor;   ///< The name of the figure that it is a ratio to; may be empty.
  std::vector<Sample> samples;
};

/// The figures of one run of the bench, in the order in which they first came.
class Figures {
 public:
  /// Describes a line; samples of names that were not described get a bare line.
  void Describe(Figure figure);
  void Add(const std::string& name, const Sample& sample);

  /// The table, for people.
  std::string Table() const;
  Json ToJson() const;

 private:
  Figure& Find(const std::string& name);

  std::vector<Figure> figures_;
};

/// Of an odd or even number of values, at least one.
double Median(std::vector<double> values);
/// The value below which `percent` of the values lie; `values` is not empty.
double Percentile(std::vector<double> values, double percent);

}  // namespace sb::bench
