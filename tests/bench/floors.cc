#include "tests/bench/floors.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "tests/bench/filler.h"

namespace sb::bench {
namespace {

constexpr int kSingleConnections = 8;
constexpr int kBatchConnections = 2;
constexpr int kBatch = 200;

/// Runs `work` on that many connections at once; the seconds from the first start to the last end.
double OnConnections(const std::string& url, int count,
                     const std::function<void(pqxx::connection&)>& work) {
  std::vector<std::unique_ptr<pqxx::connection>> connections;
  for (int i = 0; i < count; ++i) connections.push_back(std::make_unique<pqxx::connection>(url));
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  threads.reserve(connections.size());
  for (auto& connection : connections) threads.emplace_back([&] { work(*connection); });
  for (std::thread& thread : threads) thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

std::string BodyOf(int bytes) {
  return R"({"text":")" + Filler(static_cast<std::size_t>(bytes) - 11, 1) + R"("})";
}

}  // namespace

Floors::Floors(std::string url)
    : url_(std::move(url)), connection_(std::make_unique<pqxx::connection>(url_)) {
  pqxx::nontransaction(*connection_)
      .exec(
          "create schema if not exists bench; drop table if exists bench.floor; create table "
          "bench.floor (id bigint primary key, body text)");
}

double Floors::InsertSingly(int rows, int body_bytes) {
  std::atomic<long> left = rows;
  std::atomic<long> id = next_id_;
  next_id_ += rows;
  const std::string body = BodyOf(body_bytes);
  return OnConnections(url_, kSingleConnections, [&](pqxx::connection& connection) {
    connection.prepare("one", "insert into bench.floor values ($1, $2)");
    while (left-- > 0) pqxx::nontransaction(connection).exec_prepared("one", ++id, body);
  });
}

double Floors::InsertInBatches(int rows, int body_bytes) {
  std::atomic<long> left = rows / kBatch;
  std::atomic<long> id = next_id_;
  next_id_ += rows;
  const std::string body = Filler(static_cast<std::size_t>(body_bytes), 1);  // needs no quotes
  return OnConnections(url_, kBatchConnections, [&](pqxx::connection& connection) {
    connection.prepare("many",
                       "insert into bench.floor select * from unnest($1::bigint[], $2::text[])");
    while (left-- > 0) {
      std::string ids = "{";
      std::string bodies = "{";
      const long first = id.fetch_add(kBatch) + 1;
      for (long i = 0; i < kBatch; ++i) {
        ids += (i > 0 ? "," : "") + std::to_string(first + i);
        bodies += (i > 0 ? "," : "") + body;
      }
      pqxx::nontransaction(connection).exec_prepared("many", ids + "}", bodies + "}");
    }
  });
}

Floors::~Floors() = default;

long Floors::Count(const std::string& query) {
  return pqxx::nontransaction(*connection_).exec(query).front().front().as<long>();
}

}  // namespace sb::bench
