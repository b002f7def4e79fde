#pragma once

#include <memory>
#include <string>

namespace sb::bench {

/// What plain SQL can do on the same server: rows of one table with a primary key, durable before
/// the next one is sent.
class Floors {
 public:
  explicit Floors(std::string url);

  /// One row a statement and a transaction, over 8 connections; returns the seconds.
  double InsertSingly(int rows, int body_bytes);
  /// 200 rows a statement and a transaction, over 2 connections; returns the seconds.
  double InsertInBatches(int rows, int body_bytes);

 private:
  std::string url_;
  long next_id_ = 0;
};

/// The rows that a query counts: "select count(*) from ...".
long CountOf(const std::string& url, const std::string& query);

}  // namespace sb::bench
