#include "engine/base/metrics.h"

#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace sb {
namespace {

const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const prometheus::Histogram::BucketBoundaries kSeconds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return kSeconds;
}

}  // namespace

struct Metrics::Families {
  /// The metrics of one sort that were used so far: the registry's own look-up hashes and compares
  /// a whole family each time.
  template <typename Metric>
  using Known = std::map<std::string, std::map<Labels, Metric*>>;

  prometheus::Registry registry;
  std::mutex mutex;
  std::map<std::string, std::string> help;
  Known<prometheus::Counter> counters;
  Known<prometheus::Gauge> gauges;
  Known<prometheus::Histogram> histograms;

  template <typename Metric, typename Builder, typename... Buckets>
  Metric& Find(Known<Metric>& known, Builder builder, const std::string& name, const Labels& labels,
               const Buckets&... buckets) {
    const std::lock_guard lock(mutex);
    Metric*& metric = known[name][labels];
    if (metric == nullptr)
      metric = &builder().Name(name).Help(help[name]).Register(registry).Add(labels, buckets...);
    return *metric;
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}

Metrics::~Metrics() = default;

void Metrics::Count(const std::string& name, const Labels& labels, double by) {
  families_->Find(families_->counters, prometheus::BuildCounter, name, labels).Increment(by);
}

void Metrics::Set(const std::string& name, double value, const Labels& labels) {
  families_->Find(families_->gauges, prometheus::BuildGauge, name, labels).Set(value);
}

void Metrics::Observe(const std::string& name, double seconds, const Labels& labels) {
  families_->Find(families_->histograms, prometheus::BuildHistogram, name, labels, Seconds())
      .Observe(seconds);
}

void Metrics::Describe(const std::string& name, std::string help) {
  const std::lock_guard lock(families_->mutex);
  families_->help[name] = std::move(help);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace sb
