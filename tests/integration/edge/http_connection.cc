#include "tests/integration/edge/http_connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sb::testing {

std::string HttpAnswer::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpConnection::HttpConnection(const std::string& address)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{20, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port =
      htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1)));
  ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

HttpConnection::~HttpConnection() {
  ::close(socket_);
}

bool HttpConnection::Send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool HttpConnection::Fill() {
  std::array<char, 65536> chunk{};
  const ssize_t count = ::recv(socket_, chunk.data(), chunk.size(), 0);
  if (count > 0) buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return count > 0;
}

bool HttpConnection::IsClosedByPeer() {
  std::array<char, 1> byte{};
  return ::recv(socket_, byte.data(), byte.size(), 0) <= 0;
}

HttpAnswer HttpConnection::Receive(bool to_head) {
  HttpAnswer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return answer;
  }
  const std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  answer.status = std::atoi(head.c_str() + 9);
  for (std::size_t start = head.find("\r\n") + 2; start < head.size();) {
    const std::size_t stop = head.find("\r\n", start);
    const std::size_t colon = head.find(": ", start);
    std::string name = head.substr(start, colon - start);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers.emplace(name, head.substr(colon + 2, stop - colon - 2));
    start = stop + 2;
  }
  const std::size_t length =
      to_head ? 0 : std::strtoul(answer.Header("content-length").c_str(), nullptr, 10);
  while (buffer_.size() < length && Fill()) {
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

HttpAnswer HttpConnection::Ask(const std::string& method, const std::string& path,
                               const std::string& headers, const std::string& body) {
  Send(method + " " + path + " HTTP/1.1\r\nHost: door.example\r\nContent-Length: " +
       std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
  return Receive(method == "HEAD");
}

HttpAnswer AskOnce(const std::string& address, const std::string& method, const std::string& path,
                   const std::string& headers, const std::string& body) {
  return HttpConnection(address).Ask(method, path, headers, body);
}

}  // namespace sb::testing
