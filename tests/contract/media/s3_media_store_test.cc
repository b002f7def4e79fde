#include "engine/adapters/s3/s3_media_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/contract/media/bucket_world.h"
#include "tests/support/matchers.h"

namespace sb {
namespace {

using adapters::s3::ParseEndpoint;
using adapters::s3::ParsePlace;
using adapters::s3::Place;
using ::testing::AllOf;
using testing::BucketWorld;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using testing::S3StandIn;

constexpr const char* kSaid = "acc_01hv3k7q8s0g/rec_01hv3k7q8s0h";

const auto kRefused = FailsWith(ErrorKind::kInvalid, "MEDIA_STORE_REFUSED");
const auto kUnavailable = FailsWith(ErrorKind::kUnavailable, "MEDIA_STORE_UNAVAILABLE");

Status Keep(ports::MediaStore& store, const std::string& bytes) {
  auto writer = store.Create(kSaid);
  if (!writer.ok()) return writer.error();
  if (Status written = (*writer)->Write(bytes); !written.ok()) return written;
  return (*writer)->Finish();
}

std::string AuthorizationOf(const ports::HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "Authorization") return value;
  }
  return {};
}

// The examples of Amazon's documentation of the signature.
class ASignature : public ::testing::Test {
 protected:
  std::string Signed(ports::HttpRequest request, const std::string& body) const {
    const WallTime then = std::chrono::sys_days(std::chrono::May / 24 / 2013);
    adapters::s3::Sign(request, key_, "us-east-1", Sha256(body), then);
    return AuthorizationOf(request);
  }

  const adapters::s3::Credentials key_{
      "AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
};

TEST_F(ASignature, IsThatOfTheDocumentedRead) {
  ports::HttpRequest request{
      "GET", "https://examplebucket.s3.amazonaws.com/test.txt", {{"Range", "bytes=0-9"}}, ""};
  EXPECT_EQ(Signed(std::move(request), ""),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(ASignature, IsThatOfTheDocumentedWrite) {
  ports::HttpRequest request{
      "PUT",
      "https://examplebucket.s3.amazonaws.com/test%24file.text",
      {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"X-Amz-Storage-Class", "REDUCED_REDUNDANCY"}},
      ""};
  EXPECT_THAT(Signed(std::move(request), "Welcome to Amazon S3."),
              HasSubstr("SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;"
                        "x-amz-storage-class, Signature="
                        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(APlace, IsABucketAndAPrefix) {
  EXPECT_EQ(ParsePlace("s3://calls")->prefix, "");
  EXPECT_EQ(ParsePlace("s3://calls/")->prefix, "");
  EXPECT_EQ(ParsePlace("s3://my.calls-2/kept/EU_1")->bucket, "my.calls-2");
  EXPECT_EQ(ParsePlace("s3://my.calls-2/kept/EU_1/")->prefix, "kept/EU_1/");
  for (const char* text : {"", "calls", "s3://", "s3://C", "s3://calls/../x", "s3://calls//x",
                           "s3://calls/./x", "s3://calls/a b", "s3://calls/a?b", "s3://a..b/c"}) {
    EXPECT_THAT(ParsePlace(text), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID")) << text;
  }
}

TEST(APlace, IsAddressedAsItsHostIsSigned) {
  EXPECT_EQ(ParseEndpoint("https://S3.Example.com:443").value(), "https://s3.example.com");
  EXPECT_EQ(ParseEndpoint("http://s3.example.com:80").value(), "http://s3.example.com");
  EXPECT_EQ(ParseEndpoint("http://[::1]:9000").value(), "http://[::1]:9000");
  for (const char* text : {"s3.example.com", "https://", "https://s3.example.com/x", "ftp://s3",
                           "https://user@s3.example.com"}) {
    EXPECT_THAT(ParseEndpoint(text), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID")) << text;
  }
  Place place;
  place.bucket = "calls";
  place.prefix = "kept/";
  place.endpoint = "https://s3.example.com:9000";
  EXPECT_EQ(UrlOf(place, "a/b"), "https://s3.example.com:9000/calls/kept/a/b");
  place.bucket_in_host = true;
  EXPECT_EQ(UrlOf(place, "a/b"), "https://calls.s3.example.com:9000/kept/a/b");
}

TEST(ABucket, IsTriedAtTheStartAndLeftAsItWas) {
  BucketWorld world;
  EXPECT_THAT(world.store().Probe("0a1b"), IsOk());
  EXPECT_THAT(world.bucket().objects(), IsEmpty());
  EXPECT_THAT(world.bucket().log(), ElementsAre("PUT 200", "GET 206", "DELETE 204", "GET 404"));
}

TEST(ABucket, IsRefusedAtTheStartWhenSomebodyHasToChangeSomething) {
  BucketWorld wrong_key;
  wrong_key.bucket().Know({.secret = "another"});
  const Status probed = wrong_key.store().Probe("0a1b");
  EXPECT_THAT(probed, kRefused);
  EXPECT_THAT(probed.error().message,
              AllOf(HasSubstr("403 SignatureDoesNotMatch"), Not(HasSubstr("secret/of+calls"))));

  BucketWorld wrong_region([](Place& place) { place.region = "us-east-1"; });
  EXPECT_THAT(wrong_region.store().Probe("0a1b"), kRefused);

  BucketWorld no_bucket;
  no_bucket.bucket().DropBucket();
  EXPECT_THAT(no_bucket.store().Probe("0a1b"), kRefused);

  BucketWorld wrong_clock;
  wrong_clock.bucket().TurnDown(1, 403, "RequestTimeTooSkewed");
  EXPECT_THAT(wrong_clock.store().Probe("0a1b"), kRefused);
}

TEST(ABucket, IsRefusedWhenItForgetsNothing) {
  BucketWorld world;
  world.bucket().KeepVersions();
  const Status probed = world.store().Probe("0a1b");
  EXPECT_THAT(probed, kRefused);
  EXPECT_THAT(probed.error().message, HasSubstr("versions"));
  ASSERT_THAT(Keep(world.store(), "what was said"), IsOk());
  EXPECT_THAT(world.store().Erase(kSaid), kUnavailable) << "an erasure must not count as done";
}

TEST(ABucket, MayBeAwayAtTheStart) {
  BucketWorld world;
  world.bucket().TurnDown(100, 503, "ServiceUnavailable");
  EXPECT_THAT(world.store().Probe("0a1b"), kUnavailable);
}

TEST(ABucket, IsAskedAgainWhenItIsBusy) {
  BucketWorld world;
  world.bucket().TurnDown(2, 503, "SlowDown");
  ASSERT_THAT(Keep(world.store(), "what was said"), IsOk());
  EXPECT_THAT(world.bucket().log(), ElementsAre("PUT 503", "PUT 503", "PUT 200"));
  EXPECT_THAT(world.rests(), ElementsAre(Millis(200), Millis(800)));
  EXPECT_THAT(world.bucket().objects(),
              ElementsAre(Pair(std::string("kept/") + kSaid, "what was said")));
  world.bucket().TurnDown(1, 500, "InternalError");
  EXPECT_EQ(world.store().Read(kSaid, 0, 100).value(), "what was said");
  world.bucket().TurnDown(1, 503, "SlowDown");
  EXPECT_THAT(world.store().Erase(kSaid), IsOk());
}

TEST(ABucket, IsGivenUpForNowWhenItStaysBusy) {
  BucketWorld world;
  world.bucket().TurnDown(3, 503, "SlowDown");
  EXPECT_THAT(Keep(world.store(), "what was said"), kUnavailable);
  EXPECT_THAT(world.bucket().objects(), IsEmpty());
}

TEST(ABucket, IsNotAskedAgainWhenItRefuses) {
  BucketWorld world;
  world.bucket().Know({.id = "AKIDOTHER"});
  EXPECT_THAT(Keep(world.store(), "what was said"), kUnavailable);
  EXPECT_THAT(world.store().Read(kSaid, 0, 1), kUnavailable);
  EXPECT_THAT(world.store().Erase(kSaid), kUnavailable);
  EXPECT_THAT(world.bucket().log(), ElementsAre("PUT 403", "GET 403", "DELETE 403"));
  EXPECT_THAT(world.rests(), IsEmpty());
}

TEST(ABucket, ThatIsGoneIsNoMissingFile) {
  BucketWorld world;
  world.bucket().DropBucket();
  EXPECT_THAT(world.store().Size(kSaid), kUnavailable);
  EXPECT_THAT(world.store().Erase(kSaid), kUnavailable);
}

TEST(ABucket, ThatFallsSilentIsGivenUp) {
  BucketWorld world({}, Millis(100));
  world.bucket().FallSilent();
  EXPECT_THAT(Keep(world.store(), "what was said"), kUnavailable);
  EXPECT_EQ(world.rests().size(), 2U);
}

TEST(ABucket, SeesNothingOfAFileThatIsNotWhole) {
  BucketWorld world;
  {
    auto writer = world.store().Create(kSaid);
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT((*writer)->Write("half"), IsOk());
    EXPECT_TRUE(std::filesystem::is_empty(world.spool())) << "a killed process leaves nothing";
  }
  EXPECT_THAT(world.bucket().log(), IsEmpty());
}

TEST(ABucket, TakesLargeFilesAndGivesThemInParts) {
  BucketWorld world(&BucketWorld::InTheHost);
  std::string bytes;
  while (bytes.size() < 3'000'000) bytes += std::to_string(bytes.size()) + ";";
  ASSERT_THAT(Keep(world.store(), bytes), IsOk());
  EXPECT_EQ(world.store().Size(kSaid).value(), static_cast<std::int64_t>(bytes.size()));
  std::string read;
  while (read.size() < bytes.size()) {
    const auto part = world.store().Read(kSaid, static_cast<std::int64_t>(read.size()), 1'000'000);
    ASSERT_THAT(part, IsOk());
    ASSERT_FALSE(part->empty());
    read += *part;
  }
  EXPECT_TRUE(read == bytes);
}

TEST(ABucket, IsAskedToEncrypt) {
  BucketWorld world([](Place& place) {
    place.encryption = "aws:kms";
    place.encryption_key = "alias/calls";
  });
  ASSERT_THAT(Keep(world.store(), "what was said"), IsOk());
  EXPECT_THAT(world.bucket().last_headers(),
              AllOf(Contains(Pair("x-amz-server-side-encryption", "aws:kms")),
                    Contains(Pair("x-amz-server-side-encryption-aws-kms-key-id", "alias/calls"))));
  BucketWorld plain;
  ASSERT_THAT(Keep(plain.store(), "what was said"), IsOk());
  EXPECT_THAT(plain.bucket().last_headers(), Not(Contains(Key("x-amz-server-side-encryption"))));
}

TEST(ABucket, IsReachedWithTheKeyOfTheMoment) {
  BucketWorld world;
  ASSERT_THAT(Keep(world.store(), "what was said"), IsOk());
  const S3StandIn::Key renewed{.id = "ASIATEMPORARY", .secret = "another", .token = "for+an/hour="};
  world.bucket().Know(renewed);
  EXPECT_THAT(world.store().Size(kSaid), kUnavailable);
  world.Use(renewed);
  EXPECT_EQ(world.store().Size(kSaid).value(), 13);
  world.LoseKey(Unavailable("FILE_UNREADABLE", "key.txt cannot be read"));
  const auto size = world.store().Size(kSaid);
  EXPECT_THAT(size, kUnavailable);
  EXPECT_THAT(size.error().message, HasSubstr("key.txt"));
}

TEST(ABucket, IsAskedByTheTimeOfTheClock) {
  BucketWorld world;
  for (int hours = 0; hours < 3; ++hours) {
    EXPECT_THAT(world.store().Erase(kSaid), IsOk());
    world.clock().Advance(std::chrono::hours(1));
  }
}

}  // namespace
}  // namespace sb
