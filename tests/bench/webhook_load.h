#pragma once

#include <memory>
#include <string>
#include <vector>

namespace sb::bench {

/// Sends deliveries to a webhook's address over HTTP/1.1 connections that stay open, each the next
/// as soon as the one before was answered. Every delivery is one that was never seen before.
class WebhookLoad {
 public:
  /// As Aircall would: `url` is the webhook's, `token` its token; bodies of about `body_bytes`.
  WebhookLoad(const std::string& url, std::string token, std::string event, int body_bytes);

  /// What a load came to.
  struct Outcome {
    double seconds = 0;
    std::vector<double> latencies;  ///< Seconds, one a delivery.
  };

  /// Throws std::runtime_error when a delivery is not answered with 200.
  Outcome Send(int deliveries, int connections);

 private:
  std::string BodyOf(long id) const;
  std::string NextRequest();

  std::string host_;
  unsigned short port_ = 0;
  std::string path_;
  std::string token_;
  std::string event_;
  std::string padding_;
  long next_id_ = 1;

  class Line;
};

}  // namespace sb::bench
