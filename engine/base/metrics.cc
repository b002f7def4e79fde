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
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<std::string, std::string> help;

  template <typename Builder>
  auto& Family(Builder builder, const std::string& name) {
    const std::lock_guard lock(mutex);
    return builder().Name(name).Help(help[name]).Register(registry);
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}

Metrics::~Metrics() = default;

void Metrics::Count(const std::string& name, const Labels& labels, double by) {
  families_->Family(prometheus::BuildCounter, name).Add(labels).Increment(by);
}

void Metrics::Set(const std::string& name, double value, const Labels& labels) {
  families_->Family(prometheus::BuildGauge, name).Add(labels).Set(value);
}

void Metrics::Observe(const std::string& name, double seconds, const Labels& labels) {
  families_->Family(prometheus::BuildHistogram, name).Add(labels, Seconds()).Observe(seconds);
}

void Metrics::Describe(const std::string& name, std::string help) {
  const std::lock_guard lock(families_->mutex);
  families_->help[name] = std::move(help);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace sb
