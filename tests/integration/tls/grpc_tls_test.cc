// The gRPC door behind TLS, and the command line on the other side.

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"
#include "tests/integration/tls/test_authority.h"
#include "tests/support/live/eventually.h"

namespace sb {
namespace {

using namespace std::chrono_literals;
using app::cli::kOk;
using app::cli::kUnreachable;
using app::cli::kUsage;
using ::testing::HasSubstr;

class GrpcTls : public ::testing::Test {
 protected:
  /// A second server of the house, behind TLS.
  void Serve(const TlsFiles& files) {
    server_ = std::make_unique<api::ApiServer>(shell_.house.Things());
    const auto started = server_->Start("127.0.0.1:0", files);
    ASSERT_TRUE(started.ok()) << started.error().message;
    shell_.File("endpoints.json", PrettyJson({{"grpc", server_->address()}, {"tls", true}}));
  }

  testing::CommandHouse::Result List(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"account", "list", "--timeout", "5"});
    return shell_.Run(more);
  }

  testing::CommandHouse shell_;
  testing::TestAuthority authority_;
  std::unique_ptr<api::ApiServer> server_;
};

TEST_F(GrpcTls, ServesWhoTrustsItsAuthority) {
  Serve(authority_.Issue("server"));
  EXPECT_EQ(List({"--ca-file", authority_.certificate()}).exit_code, kOk);
  shell_.variables["SWITCHBOARD_CA_FILE"] = authority_.certificate();
  EXPECT_EQ(List().exit_code, kOk);
}

TEST_F(GrpcTls, IsNotBelievedByOthers) {
  Serve(authority_.Issue("server"));
  const testing::TestAuthority another;
  const auto result = List({"--ca-file", another.certificate()});
  EXPECT_EQ(result.exit_code, kUnreachable);
  EXPECT_THAT(result.err, HasSubstr("--ca-file"));
}

TEST_F(GrpcTls, AnswersNobodyInClearText) {
  Serve(authority_.Issue("server"));
  const auto result = List({"--endpoint", server_->address()});
  EXPECT_EQ(result.exit_code, kUnreachable);
  EXPECT_THAT(result.err, HasSubstr("--tls"));
}

TEST_F(GrpcTls, AsksForACertificateWhereToldSo) {
  TlsFiles files = authority_.Issue("server");
  const testing::TestAuthority clients;
  files.client_authority = clients.certificate();
  Serve(files);
  EXPECT_EQ(List({"--ca-file", authority_.certificate()}).exit_code, kUnreachable);
  const TlsFiles wrong = authority_.Issue("stranger");
  EXPECT_EQ(List({"--ca-file", authority_.certificate(), "--cert-file", wrong.certificate,
                  "--key-file", wrong.key})
                .exit_code,
            kUnreachable);
  const TlsFiles ours = clients.Issue("client");
  const auto result = List({"--ca-file", authority_.certificate(), "--cert-file", ours.certificate,
                            "--key-file", ours.key});
  EXPECT_EQ(result.exit_code, kOk) << result.err;
}

TEST_F(GrpcTls, TakesARenewedCertificateOverByItself) {
  const TlsFiles files = authority_.Issue("server");
  Serve(files);
  const testing::TestAuthority next;
  next.Issue("server", files.certificate.parent_path());
  EXPECT_TRUE(live::Eventually(20s, [&] {
    return List({"--ca-file", next.certificate()}).exit_code == kOk;
  }));
}

TEST_F(GrpcTls, SaysWhichFileTheCommandLineCannotRead) {
  Serve(authority_.Issue("server"));
  const auto result = List({"--ca-file", "/nowhere/ca.pem"});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/ca.pem"));
}

}  // namespace
}  // namespace sb
