#include "engine/app/config.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/app/recording_place.h"
#include "engine/base/file.h"
#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace sb::app {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(Configuration, KeepsThingsForDaysOrForever) {
  EXPECT_EQ(ParseRetention("30d").value(), std::chrono::days(30));
  EXPECT_EQ(ParseRetention("1d").value(), std::chrono::days(1));
  EXPECT_EQ(ParseRetention("forever").value(), std::nullopt);
  EXPECT_EQ(ParseRetention(ServeConfig().retain).value(), std::chrono::days(30));
}

TEST(Configuration, SaysHowLongThingsCanBeKept) {
  for (const char* text : {"", "30", "0d", "-1d", "30 d", "4w", "12345d", "for ever"}) {
    const auto retain = ParseRetention(text);
    ASSERT_THAT(retain, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID")) << text;
    EXPECT_THAT(retain.error().message, HasSubstr("--retain is '" + std::string(text) + "'"));
  }
}

ServeConfig WithClients(std::vector<std::string> clients) {
  ServeConfig config;
  config.data_dir = "/tmp";
  config.oauth_clients = std::move(clients);
  return config;
}

TEST(Configuration, TakesAnOAuthApplicationForEachConnector) {
  ServeConfig config = WithClients({"acme=id 1", "my_crm=a=b"});
  EXPECT_THAT(OAuthClientIdsOf(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  config.oauth_clients.front() = "acme=id-1";
  config.oauth_secrets = {{"acme", Secret("s1")}, {"my_crm", Secret("s2")}};
  config.aircall_client_id = "air";
  config.aircall_client_secret = Secret("s3");
  const auto clients = OAuthClientsOf(config);
  ASSERT_THAT(clients, IsOk());
  EXPECT_EQ(clients->size(), 3U);
  EXPECT_EQ(clients->at("my_crm").client_id, "a=b");
  EXPECT_EQ(clients->at("my_crm").client_secret.Reveal(), "s2");
  EXPECT_EQ(clients->at("aircall").client_id, "air");
}

TEST(Configuration, AsksForTheSecretOfAnOAuthApplicationByItsVariable) {
  EXPECT_EQ(OAuthSecretVariable("my-crm_2"), "SWITCHBOARD_OAUTH_SECRET_MY_CRM_2");
  const Status valid = Validate(WithClients({"acme=id"}));
  ASSERT_THAT(valid, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  EXPECT_THAT(valid.error().message, HasSubstr("SWITCHBOARD_OAUTH_SECRET_ACME"));
}

TEST(Configuration, RefusesAnOAuthApplicationThatIsMalformedOrGivenTwice) {
  const std::vector<std::vector<std::string>> wrongs = {
      {"acme"}, {"=id"}, {"acme="}, {"Acme=id"}, {"acme=1", "acme=2"}};
  for (const auto& clients : wrongs) {
    EXPECT_THAT(OAuthClientIdsOf(WithClients(clients)),
                FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"))
        << clients.front();
  }
  ServeConfig twice = WithClients({"aircall=1"});
  twice.oauth_secrets = {{"aircall", Secret("s")}};
  twice.aircall_client_id = "2";
  twice.aircall_client_secret = Secret("s");
  EXPECT_THAT(OAuthClientsOf(twice), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

TEST(Configuration, NeverPrintsTheSecretsOfOAuthApplications) {
  ServeConfig config = WithClients({"acme=id-1"});
  config.oauth_secrets = {{"acme", Secret("do-not-print")}};
  EXPECT_THAT(Printable(config).dump(),
              AllOf(HasSubstr("acme=id-1"), Not(HasSubstr("do-not-print"))));
}

TEST(Configuration, IsCheckedAsAWhole) {
  ServeConfig config;
  config.data_dir = "/tmp";
  EXPECT_THAT(Validate(config), IsOk());
  config.retain = "soon";
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

/// A configuration that is fine, but for what a test changes.
ServeConfig Fine() {
  ServeConfig config;
  config.data_dir = "/tmp";
  return config;
}

TEST(Configuration, LetsClearTextLeaveTheMachineOnlyWhenToldSo) {
  for (const char* away :
       {"0.0.0.0:7700", "10.0.0.7:0", "[::]:7700", "switchboard.internal:7700"}) {
    ServeConfig config = Fine();
    config.grpc_listen = away;
    const auto refused = Validate(config);
    ASSERT_THAT(refused, FailsWith(ErrorKind::kInvalid, "CONFIG_CLEAR_TEXT")) << away;
    EXPECT_THAT(refused.error().message, HasSubstr("--insecure-listen"));
    config.insecure_listen = true;
    EXPECT_THAT(Validate(config), IsOk());
  }
  for (const char* here : {"127.0.0.1:7700", "[::1]:0", "localhost:7700"}) {
    ServeConfig config = Fine();
    config.grpc_listen = config.http_listen = here;
    EXPECT_THAT(Validate(config), IsOk()) << here;
  }
}

TEST(Configuration, TakesTlsForADoorThatIsOpenToOthers) {
  ServeConfig config = Fine();
  config.grpc_listen = config.http_listen = "0.0.0.0:0";
  config.grpc_tls = {"cert.pem", "key.pem", "clients.pem"};
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_CLEAR_TEXT"));
  config.http_tls = {"cert.pem", "key.pem", ""};
  EXPECT_THAT(Validate(config), IsOk());
}

TEST(Configuration, TakesAProxyThatEndsTlsForTheHttpDoorAlone) {
  ServeConfig config = Fine();
  config.http_listen = "0.0.0.0:0";
  config.trusted_proxies = {"10.0.0.0/8", "fd00::1"};
  EXPECT_THAT(Validate(config), IsOk());
  EXPECT_TRUE(TrustedProxiesOf(config)->Trust("10.1.2.3"));
  config.grpc_listen = "0.0.0.0:0";
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_CLEAR_TEXT"));
  config.trusted_proxies = {"my-proxy"};
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

TEST(Configuration, WantsCertificateAndKeyTogether) {
  for (const TlsFiles& half :
       {TlsFiles{"cert.pem", "", ""}, TlsFiles{"", "key.pem", ""}, TlsFiles{"", "", "ca.pem"}}) {
    ServeConfig config = Fine();
    config.grpc_tls = half;
    EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  }
}

/// Recordings in a bucket, with all that it needs.
ServeConfig InABucket() {
  ServeConfig config = Fine();
  config.recordings_s3 = "s3://calls/kept";
  config.recordings_s3_region = "eu-west-3";
  config.bucket_key.id.value = Secret("AKIDCALLS");
  config.bucket_key.secret.value = Secret("do-not-print");
  return config;
}

TEST(RecordingsInABucket, AreAtAmazonUnlessSaidOtherwise) {
  const ServeConfig config = InABucket();
  EXPECT_THAT(Validate(config), IsOk());
  EXPECT_EQ(UrlOf(RecordingPlaceOf(config).value(), "a/b"),
            "https://calls.s3.eu-west-3.amazonaws.com/kept/a/b");
  EXPECT_THAT(Printable(config).dump(),
              AllOf(HasSubstr("https://calls.s3.eu-west-3.amazonaws.com/kept/"),
                    Not(HasSubstr("do-not-print")), Not(HasSubstr("AKIDCALLS"))));
}

TEST(RecordingsInABucket, MayBeNamedByThePathOrTheHost) {
  ServeConfig config = InABucket();
  config.recordings_s3_endpoint = "https://s3.example.com";
  EXPECT_EQ(UrlOf(RecordingPlaceOf(config).value(), "a/b"),
            "https://s3.example.com/calls/kept/a/b");
  config.recordings_s3_style = "host";
  EXPECT_EQ(UrlOf(RecordingPlaceOf(config).value(), "a/b"),
            "https://calls.s3.example.com/kept/a/b");
}

TEST(RecordingsInABucket, LeaveTheMachineInClearTextOnlyWhenToldSo) {
  ServeConfig config = InABucket();
  for (const char* here : {"http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost"}) {
    config.recordings_s3_endpoint = here;
    EXPECT_THAT(Validate(config), IsOk()) << here;
  }
  config.recordings_s3_endpoint = "http://minio:9000";
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_CLEAR_TEXT"));
  config.recordings_s3_insecure = true;
  EXPECT_THAT(Validate(config), IsOk());
}

TEST(RecordingsInABucket, AreEncryptedAsAsked) {
  ServeConfig config = InABucket();
  config.recordings_s3_encryption = "aws:kms:arn:aws:kms:eu-west-3:1234:key/5678-90ab";
  EXPECT_EQ(RecordingPlaceOf(config)->encryption, "aws:kms");
  EXPECT_EQ(RecordingPlaceOf(config)->encryption_key, "arn:aws:kms:eu-west-3:1234:key/5678-90ab");
  config.recordings_s3_encryption = "AES256";
  EXPECT_EQ(RecordingPlaceOf(config)->encryption, "AES256");
  EXPECT_EQ(RecordingPlaceOf(config)->encryption_key, "");
}

TEST(RecordingsInABucket, AreCheckedBeforeAnythingStarts) {
  const std::vector<std::function<void(ServeConfig&)>> mistakes = {
      [](ServeConfig& config) { config.recordings_s3 = "calls"; },
      [](ServeConfig& config) { config.recordings_s3_region = "Paris?"; },
      [](ServeConfig& config) { config.recordings_s3_style = "dns"; },
      [](ServeConfig& config) { config.recordings_s3_encryption = "rot13"; },
      [](ServeConfig& config) { config.recordings_s3_endpoint = "https://s3.example.com/x"; },
      [](ServeConfig& config) { config.recordings_dir = "/tmp/recordings"; },
      [](ServeConfig& config) { config.bucket_key.secret = {}; },
      [](ServeConfig& config) { config.recordings_s3.clear(); },
  };
  for (const auto& make : mistakes) {
    ServeConfig config = InABucket();
    make(config);
    EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  }
}

TEST(RecordingsInABucket, HaveAKeyThatFilesRenew) {
  const testing::TempDir folder;
  BucketKey key;
  key.id.value = Secret("AKIDCALLS");
  key.secret.file = folder.path() / "secret";
  const auto credentials = BucketCredentials(key);
  EXPECT_FALSE(credentials().ok());
  ASSERT_TRUE(WriteFileAtomically(key.secret.file, "first\n").ok());
  EXPECT_EQ(credentials()->secret.Reveal(), "first");
  ASSERT_TRUE(WriteFileAtomically(key.secret.file, "second").ok());
  EXPECT_EQ(credentials()->secret.Reveal(), "second");
  EXPECT_EQ(credentials()->key_id, "AKIDCALLS");
  EXPECT_TRUE(credentials()->session_token.empty());
}

}  // namespace
}  // namespace sb::app
