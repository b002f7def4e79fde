#include "tests/bench/relay.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

namespace sb::bench {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// One direction of one connection: reads, passes on, reads again. Ends both sides when one ends.
class Pump : public std::enable_shared_from_this<Pump> {
 public:
  Pump(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> into,
       std::function<void(std::string_view)> on_bytes)
      : from_(std::move(from)), into_(std::move(into)), on_bytes_(std::move(on_bytes)) {}

  void Read() {
    from_->async_read_some(asio::buffer(bytes_),
                           [self = shared_from_this()](error_code error, std::size_t count) {
                             if (error) return self->End();
                             self->on_bytes_({self->bytes_.data(), count});
                             asio::async_write(*self->into_, asio::buffer(self->bytes_, count),
                                               [self](error_code failed, std::size_t) {
                                                 if (failed) return self->End();
                                                 self->Read();
                                               });
                           });
  }

 private:
  void End() {
    error_code ignored;
    from_->close(ignored);
    into_->close(ignored);
  }

  // Both shared with the pump of the other direction.
  std::shared_ptr<tcp::socket> from_;
  std::shared_ptr<tcp::socket> into_;
  std::function<void(std::string_view)> on_bytes_;
  std::array<char, 16384> bytes_{};
};

/// "/v1/contacts?page=2" of "GET /v1/contacts?page=2 HTTP/1.1..."; empty where no request begins.
std::string PathOf(std::string_view piece) {
  const std::size_t method = piece.find(' ');
  const bool is_method = method != std::string_view::npos && method > 0 &&
                         std::ranges::all_of(piece.substr(0, method), [](char letter) {
                           return letter >= 'A' && letter <= 'Z';
                         });
  if (!is_method || piece.size() <= method + 1 || piece[method + 1] != '/') return {};
  const std::string_view rest = piece.substr(method + 1);
  return std::string(rest.substr(0, rest.find(' ')));
}

}  // namespace

struct Relay::Loop {
  struct Begun {
    Instant at;
    std::string path;
  };

  asio::io_context io{1};
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  tcp::endpoint target;
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Begun> requests;
  std::thread thread;

  // The engine sends the next request only after the answer to the one before, so that a piece
  // begins with one or goes on with it.
  void NotePiece(std::string_view piece) {
    std::string path = PathOf(piece);
    if (path.empty()) return;
    const std::lock_guard lock(mutex);
    requests.push_back({std::chrono::steady_clock::now(), std::move(path)});
    arrived.notify_all();
  }

  void Accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      auto near = std::make_shared<tcp::socket>(std::move(socket));
      auto far = std::make_shared<tcp::socket>(io);
      error_code failed;
      far->connect(target, failed);
      near->set_option(tcp::no_delay(true), failed);
      far->set_option(tcp::no_delay(true), failed);
      std::make_shared<Pump>(near, far, [this](std::string_view piece) {
        NotePiece(piece);
      })->Read();
      std::make_shared<Pump>(far, near, [](std::string_view) {})->Read();
      Accept();
    });
  }
};

Relay::Relay(const std::string& target) : loop_(std::make_unique<Loop>()) {
  const std::size_t colon = target.rfind(':');
  loop_->target = {asio::ip::address_v4::loopback(),
                   static_cast<unsigned short>(std::stoi(target.substr(colon + 1)))};
  url_ = "http://127.0.0.1:" + std::to_string(loop_->acceptor.local_endpoint().port());
  loop_->Accept();
  loop_->thread = std::thread([this] { loop_->io.run(); });
}

Relay::~Relay() {
  loop_->io.stop();
  loop_->thread.join();
}

long Relay::Requests() const {
  const std::lock_guard lock(loop_->mutex);
  return static_cast<long>(loop_->requests.size());
}

long Relay::Requests(std::string_view path) const {
  const std::lock_guard lock(loop_->mutex);
  return static_cast<long>(std::ranges::count_if(
      loop_->requests, [&](const Loop::Begun& request) { return request.path.starts_with(path); }));
}

Relay::Instant Relay::AwaitRequest(long seen) const {
  std::unique_lock lock(loop_->mutex);
  const auto count = static_cast<std::size_t>(seen);
  if (!loop_->arrived.wait_for(lock, std::chrono::seconds(10),
                               [&] { return loop_->requests.size() > count; })) {
    throw std::runtime_error("no call left within 10 s of the webhook");
  }
  return loop_->requests[count].at;
}

}  // namespace sb::bench
