#include "engine/edge/http_listener.h"

#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engine/base/log.h"
#include "engine/edge/http_session.h"
#include "engine/edge/tls_context.h"

namespace sb::edge {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr Millis kAcceptPause{100};

struct HostAndPort {
  std::string host;
  std::string port;
};

std::optional<HostAndPort> Split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return {};
  HostAndPort split{address.substr(0, colon), address.substr(colon + 1)};
  const bool bracketed = split.host.front() == '[' && split.host.back() == ']';
  if (bracketed) split.host = split.host.substr(1, split.host.size() - 2);
  const bool digits = !split.port.empty() && split.port.size() <= 5 &&
                      split.port.find_first_not_of("0123456789") == std::string::npos;
  const bool bare_v6 = !bracketed && split.host.find(':') != std::string::npos;
  if (!digits || bare_v6 || split.host.empty() || std::stoi(split.port) > 65535) return {};
  return split;
}

Error BadAddress(const std::string& address) {
  return Invalid("LISTEN_ADDRESS_INVALID",
                 "'" + address +
                     "' is no address to listen at; say host:port, such as "
                     "127.0.0.1:8080, [::1]:8080 or 0.0.0.0:0");
}

Error CannotListen(const std::string& address, const error_code& error) {
  if (error == asio::error::address_in_use) {
    return Unavailable("ADDRESS_IN_USE",
                       "another program listens at " + address +
                           "; stop it, or choose another port (port 0 takes any free one)");
  }
  if (error == asio::error::access_denied) {
    return Unavailable("ADDRESS_FORBIDDEN",
                       "this user may not listen at " + address + "; choose a port above 1023");
  }
  return Unavailable("ADDRESS_UNAVAILABLE", "cannot listen at " + address + ": " + error.message() +
                                                "; name an address of this machine");
}

std::string ToText(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

}  // namespace

/// The thread and everything on it.
class HttpListener::Loop {
 public:
  Loop(Handler& handler, Settings settings)
      : handler_(handler), settings_(std::move(settings)), tls_(settings_.tls) {}

  ~Loop() { Stop(); }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Result<std::string> Start(const std::string& address) {
    const auto split = Split(address);
    if (!split) return BadAddress(address);
    if (settings_.tls.used()) {
      if (Status loaded = tls_.Load(); !loaded.ok()) return loaded.error();
    }
    error_code error;
    const auto found = tcp::resolver(*io_).resolve(split->host, split->port, error);
    if (error || found.empty()) return BadAddress(address);
    const tcp::endpoint endpoint = found.begin()->endpoint();
    if (error_code refused = Listen(endpoint)) return CannotListen(address, refused);
    const std::string bound = ToText(acceptor_.local_endpoint());
    Accept();
    thread_ = std::thread([this] { io_->run(); });
    return bound;
  }

  void Stop() {
    const std::lock_guard lock(stop_mutex_);
    if (!thread_.joinable()) return;
    asio::post(*io_, [this] { Drain(); });
    thread_.join();
    // What is left belongs to clients that did not take their answer in time. Its operations end
    // here, cancelled: they hold their sessions, and the context holds them.
    CloseAll();
    io_->restart();
    io_->poll();
  }

 private:
  error_code Listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  void Accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      OnAccept(error, std::move(socket));
    });
  }

  void OnAccept(const error_code& error, tcp::socket socket) {
    if (stopping_) return;
    if (error) {  // out of descriptors, most likely: trying again at once would only burn the
                  // processor
      Log::Warn("http.accept_failed", {{"reason", error.message()}});
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](const error_code& cancelled) {
        if (!cancelled) Accept();
      });
      return;
    }
    if (sessions_.size() < settings_.max_connections) {
      const auto session =
          std::make_shared<HttpSession>(io_, std::move(socket), SecurityOfNew(), handler_,
                                        settings_, [this](HttpSession* ended) { OnEnd(ended); });
      sessions_.emplace(session.get(), session);
      session->Run();
    }
    Accept();
  }

  std::shared_ptr<asio::ssl::context> SecurityOfNew() {
    return settings_.tls.used() ? tls_.Current() : nullptr;
  }

  void OnEnd(HttpSession* ended) {
    sessions_.erase(ended);
    if (stopping_ && sessions_.empty()) pause_.cancel();
  }

  void CloseAll() {
    const auto open = sessions_;  // a copy, because closing takes them out
    for (const auto& [session, held] : open) session->Close();
  }

  void Drain() {
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    const auto open = sessions_;
    for (const auto& [session, held] : open) session->Drain();
    pause_.expires_after(sessions_.empty() ? Millis(0) : settings_.grace);
    pause_.async_wait([this](const error_code&) { io_->stop(); });
  }

  Handler& handler_;
  const Settings settings_;
  TlsContext tls_;
  // One thread: several would need strands, which cost a third more. Shared with exchanges that
  // outlive the listener.
  const std::shared_ptr<asio::io_context> io_ = std::make_shared<asio::io_context>(1);
  tcp::acceptor acceptor_{*io_};
  asio::steady_timer pause_{*io_};
  std::map<HttpSession*, std::shared_ptr<HttpSession>>
      sessions_;  // shared with their pending operations
  bool stopping_ = false;
  std::mutex stop_mutex_;
  std::thread thread_;
};

HttpListener::HttpListener(Handler& handler, Settings settings)
    : loop_(std::make_unique<Loop>(handler, std::move(settings))) {}

HttpListener::~HttpListener() = default;

Result<std::string> HttpListener::Start(const std::string& address) {
  return loop_->Start(address);
}

void HttpListener::Stop() {
  loop_->Stop();
}

}  // namespace sb::edge
