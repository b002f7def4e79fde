#pragma once

#include <map>
#include <memory>
#include <string>

namespace prometheus {
class Registry;
}

namespace sb {

/// The program's counters, gauges and histograms; one object, made in engine/app and handed down.
/// Thread-safe.
///
/// Names follow Prometheus: `switchboard_<what>_<unit>_total` for counters. Labels have few values:
/// never an account id or a phone number.
class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void Count(const std::string& name, const Labels& labels = {}, double by = 1);
  void Set(const std::string& name, double value, const Labels& labels = {});
  /// Adds one observation, in seconds, to a histogram with buckets from 1 ms to 60 s.
  void Observe(const std::string& name, double seconds, const Labels& labels = {});

  /// Gives a metric its `# HELP` text; call once, before its first use.
  void Describe(const std::string& name, std::string help);

  /// The exposition format that `/metrics` serves.
  std::string Text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace sb
