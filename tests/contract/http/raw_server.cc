#include "tests/contract/http/raw_server.h"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sb::testing {
namespace {

constexpr std::chrono::seconds kPatience{10};

int ListenOnLoopback(int* port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0) std::abort();
  if (::listen(listener, 64) != 0) std::abort();
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  *port = ntohs(address.sin_port);
  return listener;
}

std::size_t ContentLength(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

}  // namespace

RawServer::RawServer(Script script, std::string greeting)
    : script_(std::move(script)),
      greeting_(std::move(greeting)),
      listener_(ListenOnLoopback(&port_)) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) std::abort();
  stop_read_ = ends[0];
  stop_write_ = ends[1];
  acceptor_ = std::thread([this] { AcceptLoop(); });
}

RawServer::~RawServer() {
  ::close(stop_write_);
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
  ::close(stop_read_);
}

std::string RawServer::Url(const std::string& path, const std::string& scheme) const {
  return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
}

bool RawServer::WaitReadable(int socket) const {
  std::array<pollfd, 2> both = {pollfd{socket, POLLIN, 0}, pollfd{stop_read_, POLLIN, 0}};
  ::poll(both.data(), both.size(), -1);
  return both[1].revents == 0;
}

void RawServer::AcceptLoop() {
  while (WaitReadable(listener_)) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    connections_.emplace_back([this, socket] { Serve(socket); });
    const std::lock_guard lock(mutex_);
    ++accepted_;
    changed_.notify_all();
  }
}

bool RawServer::ReadRequest(int socket, std::string& buffer, std::string& request) {
  std::array<char, 65536> chunk{};
  while (true) {
    const std::size_t end = buffer.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t total = end + 4 + ContentLength(buffer.substr(0, end + 2));
      if (buffer.size() >= total) {
        request = buffer.substr(0, total);
        buffer.erase(0, total);
        return true;
      }
    }
    if (!WaitReadable(socket)) return false;
    const ssize_t count = ::recv(socket, chunk.data(), chunk.size(), 0);
    if (count <= 0) return false;
    buffer.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

void RawServer::SendAll(int socket, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

void RawServer::Serve(int socket) {
  SendAll(socket, greeting_);
  std::string buffer;
  std::string request;
  while (ReadRequest(socket, buffer, request)) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      changed_.notify_all();
    }
    const Reaction reaction = script_(request);
    SendAll(socket, reaction.bytes);
    if (reaction.after == After::kClose) break;
  }
  ::close(socket);
}

bool RawServer::AwaitRequests(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return requests_.size() >= count; });
}

bool RawServer::AwaitConnections(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return accepted_ >= count; });
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t RawServer::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

std::string HttpAnswer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" +
         body;
}

int UnusedPort() {
  int port = 0;
  ::close(ListenOnLoopback(&port));
  return port;
}

}  // namespace sb::testing
