// The HTTP door behind TLS of its own, and behind a proxy.

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include "engine/base/file.h"
#include "engine/edge/tls_context.h"
#include "tests/integration/edge/door_world.h"
#include "tests/integration/tls/test_authority.h"
#include "tests/support/matchers.h"

namespace sb {
namespace {

namespace asio = boost::asio;
using testing::DoorWorld;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::TestAuthority;

edge::Door::Settings Secured(const TlsFiles& files) {
  edge::Door::Settings settings;
  settings.listener.tls = files;
  return settings;
}

/// All that the door answers to one request; empty where the authority does not vouch for it.
std::string AskSecurely(const std::string& address, const std::string& authority,
                        const std::string& request) {
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.load_verify_file(authority);
  context.set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
  const auto colon = address.rfind(':');
  asio::connect(stream.next_layer(), asio::ip::tcp::resolver(io).resolve(
                                         address.substr(0, colon), address.substr(colon + 1)));
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  if (error) return "";
  asio::write(stream, asio::buffer(request));
  std::string answer;
  asio::read(stream, asio::dynamic_buffer(answer), error);
  return answer;
}

constexpr const char* kHealth = "GET /healthz HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n";

TEST(HttpTls, ServesThroughIt) {
  const TestAuthority authority;
  DoorWorld world(Secured(authority.Issue("server")));
  EXPECT_THAT(AskSecurely(world.address, authority.certificate(), kHealth),
              HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_EQ(world.Ask("GET", "/healthz").status, 0) << "clear text gets no answer";
}

TEST(HttpTls, TakesABodyThatIsLargerThanARecord) {
  const TestAuthority authority;
  DoorWorld world(Secured(authority.Issue("server")));
  const std::string body(100'000, 'x');
  const std::string request =
      "POST /webhooks/aircall/none HTTP/1.1\r\nHost: door\r\n"
      "Connection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  EXPECT_THAT(AskSecurely(world.address, authority.certificate(), request),
              HasSubstr("WEBHOOK_UNKNOWN"));
}

TEST(HttpTls, TakesARenewedCertificateOverAndKeepsTheOldOneWhileTheFilesDoNotFit) {
  const TestAuthority authority;
  const TlsFiles files = authority.Issue("server");
  DoorWorld world(Secured(files));
  ASSERT_TRUE(WriteFileAtomically(files.certificate, "half of it").ok());
  EXPECT_NE(AskSecurely(world.address, authority.certificate(), kHealth), "");
  const TestAuthority next;
  next.Issue("server", files.certificate.parent_path());
  EXPECT_NE(AskSecurely(world.address, next.certificate(), kHealth), "");
  EXPECT_EQ(AskSecurely(world.address, authority.certificate(), kHealth), "");
}

TEST(HttpTls, SaysWhichFilesCannotBeUsed) {
  const TestAuthority authority;
  const TlsFiles server = authority.Issue("server");
  const TlsFiles other = authority.Issue("other");
  EXPECT_THAT(edge::CheckTlsFiles(server), IsOk());
  EXPECT_THAT(edge::CheckTlsFiles({server.certificate, other.key, ""}),
              FailsWith(ErrorKind::kInvalid, "TLS_FILES_INVALID"));
  const auto missing = edge::CheckTlsFiles({"/nowhere/cert.pem", server.key, ""});
  ASSERT_THAT(missing, FailsWith(ErrorKind::kInvalid, "TLS_FILES_INVALID"));
  EXPECT_THAT(missing.error().message, HasSubstr("/nowhere/cert.pem"));
}

}  // namespace
}  // namespace sb
