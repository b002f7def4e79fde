#include "engine/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, CountsByLabel) {
  Metrics metrics;
  metrics.Describe("switchboard_things_total", "Things that happened.");
  metrics.Count("switchboard_things_total", {{"kind", "good"}});
  metrics.Count("switchboard_things_total", {{"kind", "good"}}, 2);
  metrics.Count("switchboard_things_total", {{"kind", "bad"}});
  EXPECT_THAT(metrics.Text(), HasSubstr("# HELP switchboard_things_total Things that happened."));
  EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_things_total{kind=\"good\"} 3"));
  EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_things_total{kind=\"bad\"} 1"));
}

TEST(Metrics, SetsGaugesAndObservesSeconds) {
  Metrics metrics;
  metrics.Set("switchboard_level", 5);
  metrics.Set("switchboard_level", 3);
  metrics.Observe("switchboard_wait_seconds", 0.02);
  EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_level 3"));
  EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_wait_seconds_bucket{le=\"0.025\"} 1"));
  EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_wait_seconds_bucket{le=\"0.01\"} 0"));
  EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_wait_seconds_count 1"));
}

TEST(Metrics, AMetricDescribedLateIsStillOneMetric) {
  Metrics metrics;
  metrics.Count("switchboard_things_total");
  metrics.Describe("switchboard_things_total", "Things that happened.");
  metrics.Count("switchboard_things_total");
  EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_things_total 2"));
}

}  // namespace
}  // namespace sb
