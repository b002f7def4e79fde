// Any bytes, sent to the door: an answer or a closed connection, and whatever comes through as a
// request can be taken apart.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/edge/http_listener.h"
#include "tests/fuzz/target.h"

namespace sb::fuzz {
namespace {

/// Does with a request what the pages behind the door do with theirs.
class Reader : public edge::Handler {
 public:
  void Serve(std::shared_ptr<edge::Exchange> exchange) override {
    const edge::Request& request = exchange->request();
    Must(!request.method.empty(), "a request has a method");
    for (const auto& [name, value] : edge::ParseFields(request.query))
      Must(!name.empty(), "a field has a name");
    const std::size_t parts = edge::CookiesOf(request).size() +
                              edge::ParseFields(request.body).size() +
                              (edge::WantsHtml(request) ? 1 : 0);
    exchange->Answer(edge::JsonReply(200, std::to_string(parts)));
  }

  void OnAnswered(const edge::Answered& answered) override {
    Must(answered.status >= 200 && answered.status < 600, "an answer has a status");
  }
};

sockaddr_in AddressOf(const std::string& address) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  inet_pton(AF_INET, "127.0.0.1", &place.sin_addr);
  return place;
}

/// All that the door says to these bytes, after which no more will come.
std::string Exchange(const sockaddr_in& door, std::string_view bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const linger reset{1, 0};  // thousands of connections a second would use up the ports
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  std::string said;
  if (connect(socket, reinterpret_cast<const sockaddr*>(&door), sizeof door) == 0) {
    (void)!send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    shutdown(socket, SHUT_WR);
    char piece[4096];
    for (ssize_t size = 0; (size = read(socket, piece, sizeof piece)) > 0;)
      said.append(piece, static_cast<std::size_t>(size));
  }
  close(socket);
  return said;
}

}  // namespace

void Try(std::string_view input) {
  static Reader reader;
  static edge::HttpListener listener(reader, {.max_header = 4096, .max_body = 16 * 1024});
  static const sockaddr_in kDoor = AddressOf(listener.Start("127.0.0.1:0").value());
  const std::string said = Exchange(kDoor, input);
  Must(said.empty() || said.starts_with("HTTP/1."), "the door speaks HTTP or not at all");
}

}  // namespace sb::fuzz
