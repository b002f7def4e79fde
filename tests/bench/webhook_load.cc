#include "tests/bench/webhook_load.h"

#include <array>
#include <chrono>
#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "tests/bench/filler.h"

namespace sb::bench {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

/// Whether `text` is a whole answer with a Content-Length.
bool IsWhole(const std::string& text) {
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t end = text.find("\r\n\r\n");
  const std::size_t length = text.find(kLength);
  if (end == std::string::npos || length > end) return false;
  return text.size() >= end + 4 + std::stoul(text.substr(length + kLength.size(), 8));
}

}  // namespace

/// One connection with one delivery under way.
class WebhookLoad::Line {
 public:
  Line(asio::io_context& io, WebhookLoad& load, int& left, Outcome& outcome)
      : socket_(io), load_(load), left_(left), outcome_(outcome) {
    socket_.connect({asio::ip::make_address(load.host_), load.port_});
    socket_.set_option(tcp::no_delay(true));
  }

  void Next() {
    if (left_-- <= 0) return;
    request_ = load_.NextRequest();
    answer_.clear();
    sent_at_ = Clock::now();
    asio::async_write(socket_, asio::buffer(request_), [this](error_code error, std::size_t) {
      if (error) throw std::runtime_error("cannot send: " + error.message());
      Read();
    });
  }

 private:
  void Read() {
    socket_.async_read_some(asio::buffer(bytes_), [this](error_code error, std::size_t count) {
      if (error) throw std::runtime_error("no answer: " + error.message());
      answer_.append(bytes_.data(), count);
      if (!IsWhole(answer_)) return Read();
      if (!answer_.starts_with("HTTP/1.1 200")) throw std::runtime_error(answer_);
      outcome_.latencies.push_back(std::chrono::duration<double>(Clock::now() - sent_at_).count());
      Next();
    });
  }

  tcp::socket socket_;
  WebhookLoad& load_;
  int& left_;
  Outcome& outcome_;
  Clock::time_point sent_at_;
  std::string request_;
  std::string answer_;
  std::array<char, 4096> bytes_{};
};

WebhookLoad::WebhookLoad(const std::string& url, std::string token, std::string event,
                         int body_bytes)
    : token_(std::move(token)), event_(std::move(event)) {
  const std::size_t host = url.find("//") + 2;
  const std::size_t colon = url.find(':', host);
  const std::size_t slash = url.find('/', colon);
  host_ = url.substr(host, colon - host);
  port_ = static_cast<unsigned short>(std::stoi(url.substr(colon + 1, slash - colon - 1)));
  path_ = url.substr(slash);
  const std::size_t bare = BodyOf(0).size();
  padding_ = Filler(static_cast<std::size_t>(body_bytes) - bare, 1);
}

std::string WebhookLoad::BodyOf(long id) const {
  return R"({"resource":"call","event":")" + event_ + R"(","timestamp":1790700231,"token":")" +
         token_ + R"(","data":{"id":)" + std::to_string(id) +
         R"(,"direct_link":"https://api.aircall.io/v1/calls/1","direction":"inbound",)"
         R"("status":"answered","missed_call_reason":null,"started_at":1790700000,)"
         R"("answered_at":1790700012,"ended_at":null,"duration":0,"raw_digits":"anonymous",)"
         R"("user":{"id":1,"name":"Anna Example","email":"anna@example.com","available":true},)"
         R"("number":{"id":2,"name":"Support","digits":"anonymous","country":"FR"},)"
         R"("tags":[{"id":1,"name":"VIP"},{"id":2,"name":"Follow up"}],"comments":[],)"
         R"("transcription":")" +
         padding_ + R"("}})";
}

std::string WebhookLoad::NextRequest() {
  const std::string body = BodyOf(next_id_++);
  return "POST " + path_ + " HTTP/1.1\r\nHost: " + host_ +
         "\r\nContent-Type: application/json\r\nUser-Agent: bench\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

WebhookLoad::Outcome WebhookLoad::Send(int deliveries, int connections) {
  asio::io_context io(1);
  Outcome outcome;
  int left = deliveries;
  std::vector<std::unique_ptr<Line>> lines;
  for (int i = 0; i < connections; ++i)
    lines.push_back(std::make_unique<Line>(io, *this, left, outcome));
  const auto began = Clock::now();
  for (auto& line : lines) line->Next();
  io.run();
  outcome.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return outcome;
}

}  // namespace sb::bench
