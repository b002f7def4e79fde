#include "connectors/aircall/sandbox/door/http_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <condition_variable>
#include <cstddef>
#include <httplib.h>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <set>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kLargestBody = 16UL << 20U;
constexpr int kIdleSeconds = 30;
constexpr int kBacklog = 256;
/// Inside this file: "close the connection without an answer", as nginx uses it. Never reaches the
/// wire.
constexpr int kNoResponse = 444;
constexpr std::string_view kNoResponseLine = "HTTP/1.1 444";
/// Inside this file: "close the connection in the middle of the body". Never reaches the wire.
constexpr std::string_view kCutLine = "X-Sandbox-Cut: here\r\n";
/// Stands for a second '?' of a request line, which httplib 0.11 refuses though RFC 3986 allows it,
/// and which an unencoded redirect_uri brings along.
constexpr char kQueryMark = '\x01';

bool WaitFor(int socket, short what, int seconds) {
  pollfd entry{socket, what, 0};
  return ::poll(&entry, 1, seconds * 1000) > 0;
}

/// A connection as httplib wants to see it. Holds each answer back until it is whole, so that it
/// leaves in one packet, or not at all.
class Connection final : public httplib::Stream {
 public:
  explicit Connection(int socket) : socket_(socket) {}

  bool is_readable() const override { return WaitFor(socket_, POLLIN, kIdleSeconds); }

  bool is_writable() const override { return WaitFor(socket_, POLLOUT, kIdleSeconds); }

  ssize_t read(char* to, std::size_t size) override {
    if (read_ == filled_ && !Fill()) return 0;
    const std::size_t count = std::min(size, filled_ - read_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(read_), count, to);
    read_ += count;
    for (std::size_t i = 0; i < count && in_request_line_; ++i) Disguise(to[i]);
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, std::size_t size) override {
    held_.append(from, size);
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }

  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }

  int socket() const override { return socket_; }

  bool AwaitRequest() {
    in_request_line_ = true;
    in_query_ = false;
    return read_ < filled_ || is_readable();
  }

  /// Sends what is held. False when the peer is gone, or is to be left without an answer.
  bool Flush() {
    if (held_.starts_with(kNoResponseLine)) return false;
    const bool cut = CutInTheMiddle();
    std::string_view left = held_;
    while (!left.empty()) {
      const ssize_t sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    held_.clear();
    return !cut;
  }

 private:
  /// Drops half of the body of an answer that is to be cut.
  bool CutInTheMiddle() {
    const auto head_end = held_.find("\r\n\r\n");
    const auto line = held_.find(kCutLine);
    if (line == std::string::npos || line > head_end) return false;
    const std::size_t body = held_.size() - (head_end + 4);
    held_.resize(held_.size() - (body + 1) / 2);
    held_.erase(line, kCutLine.size());
    return true;
  }

  void Disguise(char& c) {
    if (c == '\n') in_request_line_ = false;
    if (c != '?') return;
    if (in_query_) c = kQueryMark;
    in_query_ = true;
  }

  bool Fill() {
    // "100 Continue" must be out before the body can come in.
    if (!held_.empty() && !Flush()) return false;
    if (!is_readable()) return false;
    const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    read_ = 0;
    filled_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0;
  }

  int socket_;
  std::array<char, 8192> buffer_{};
  std::size_t read_ = 0;
  std::size_t filled_ = 0;
  bool in_request_line_ = true;
  bool in_query_ = false;
  std::string held_;
};

/// A thread for every connection: a client that keeps many open never starves another.
class ThreadPerConnection final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    std::thread([this, work = std::move(work)] {
      work();
      const std::lock_guard lock(mutex_);
      --running_;
      done_.notify_all();
    }).detach();
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  int running_ = 0;
};

Request RequestOf(const httplib::Request& from) {
  std::string target = from.target;
  std::replace(target.begin(), target.end(), kQueryMark, '?');
  const auto mark = target.find('?');
  return {.method = from.method,
          .path = target.substr(0, mark),
          .query = mark == std::string::npos ? "" : target.substr(mark + 1),
          .authorization = from.get_header_value("Authorization"),
          .content_type = from.get_header_value("Content-Type"),
          .body = from.body,
          .range = from.get_header_value("Range"),
          .accept = from.get_header_value("Accept")};
}

void Write(const Reply& reply, httplib::Response& to) {
  to.status = reply.hang_up ? kNoResponse : reply.status;
  for (const auto& [name, value] : reply.headers) to.set_header(name, value);
  if (reply.cut_short) to.set_header("X-Sandbox-Cut", "here");
  if (!reply.body.empty()) to.set_content(reply.body, reply.content_type);
}

// httplib 0.11 waits for the end of the connection when a POST, PUT or DELETE has neither length
// nor chunks; such a request has no body (RFC 9112, 6.3), and curl sends DELETE that way.
void SettleLength(httplib::Request& request) {
  if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) {
    request.set_header("Content-Length", "0");
  }
  request.ranges
      .clear();  // The library would cut any answer; whoever serves files does it himself.
}

}  // namespace

class HttpServer::Listener final : public httplib::Server {
 public:
  explicit Listener(HttpServer::Handler handler) {
    const auto serve = [handler = std::move(handler)](const httplib::Request& request,
                                                      httplib::Response& response) {
      Write(handler(RequestOf(request)), response);
    };
    // Every path comes here; the routing table is ours.
    constexpr const char* kAny = R"([\s\S]*)";
    Get(kAny, serve).Post(kAny, serve).Put(kAny, serve).Patch(kAny, serve).Delete(kAny, serve);
    new_task_queue = [] { return new ThreadPerConnection; };
    set_payload_max_length(kLargestBody);
    set_keep_alive_timeout(kIdleSeconds);
    set_keep_alive_max_count(1'000'000);
    // The library's own options would let two servers share one port.
    set_socket_options([](int socket) {
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
  }

  Result<int> Bind(const std::string& host, int port) {
    const int chosen = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
    if (chosen <= 0) {
      return Unavailable("SANDBOX_LISTEN_FAILED",
                         "cannot listen on " + host + ":" + std::to_string(port) +
                             ": the port is taken or the address is not this machine's. Choose "
                             "another with --listen; port 0 picks a free one");
    }
    ::listen(svr_sock_, kBacklog);  // The library asks for 5 places only.
    return chosen;
  }

  void Start() {
    accepting_ = std::thread([this] { listen_after_bind(); });
  }

  void Stop() {
    if (!accepting_.joinable()) return;
    while (!is_running()) std::this_thread::yield();  // stop() before that would be lost.
    stop();
    CloseIdle();
    accepting_.join();
  }

 private:
  bool process_and_close_socket(int socket) override {
    if (Enter(socket)) Converse(socket);
    Leave(socket);
    return true;
  }

  void Converse(int socket) {
    Connection connection(socket);
    bool closed = false;
    while (!closed && connection.AwaitRequest()) {
      const bool good =
          process_request(connection, /*close_connection=*/false, closed, SettleLength);
      if (!connection.Flush() || !good) break;
    }
  }

  bool Enter(int socket) {
    const std::lock_guard lock(mutex_);
    open_.insert(socket);
    return !stopping_;
  }

  void Leave(int socket) {
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
  }

  /// Ends the waiting for further requests; answers under way still go out.
  void CloseIdle() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RD);
  }

  std::mutex mutex_;
  std::set<int> open_;     // mutex_
  bool stopping_ = false;  // mutex_
  std::thread accepting_;
};

HttpServer::HttpServer(Handler handler)
    : listener_(std::make_unique<Listener>(std::move(handler))) {}

HttpServer::~HttpServer() {
  Stop();
}

Result<int> HttpServer::Bind(const std::string& host, int port) {
  return listener_->Bind(host, port);
}

void HttpServer::Start() {
  listener_->Start();
}

void HttpServer::Stop() {
  listener_->Stop();
}

}  // namespace sb::aircall::sandbox
