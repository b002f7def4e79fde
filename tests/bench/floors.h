#pragma once

#include <memory>
#include <string>

#include <pqxx/connection>

namespace sb::bench {

/// What plain SQL can do on the same server: rows of one table with a primary key, durable before
/// the next one is sent. And what is asked of the engine's own tables.
class Floors {
 public:
  explicit Floors(std::string url);
  ~Floors();

  /// One row a statement and a transaction, over 8 connections; returns the seconds.
  double InsertSingly(int rows, int body_bytes);
  /// 200 rows a statement and a transaction, over 2 connections; returns the seconds.
  double InsertInBatches(int rows, int body_bytes);

  /// What a query counts: "select count(*) from ...".
  long Count(const std::string& query);

 private:
  std::string url_;
  std::unique_ptr<pqxx::connection> connection_;
  long next_id_ = 0;
};

}  // namespace sb::bench
