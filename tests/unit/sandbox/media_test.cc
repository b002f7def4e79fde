#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

// Recordings and voicemails: links that open audio for a while, and for nobody else.
namespace sb::aircall::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr std::string_view kHost = "http://sandbox.test";

class Recorded {
 public:
  explicit Recorded(const std::string& more = R"("answered":true)") {
    const Reply made = desk_.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous",)" + more + "}");
    id_ = Json::parse(made.body).at("call").at("id").dump();
  }

  std::string Link(const std::string& key) {
    return desk_.Read("/v1/calls/" + id_ + "?fetch_short_urls=true").at("call").at(key);
  }

  /// Follows a link as anybody would: without a credential.
  Reply Open(const std::string& link, const std::string& range = "") {
    EXPECT_THAT(link, StartsWith(std::string(kHost)));
    const std::string target = link.substr(kHost.size());
    const auto mark = target.find('?');
    return desk_.emulator().Handle(
        {.method = "GET",
         .path = target.substr(0, mark),
         .query = mark == std::string::npos ? "" : target.substr(mark + 1),
         .range = range});
  }

  Desk& desk() { return desk_; }

  const std::string& id() const { return id_; }

 private:
  Desk desk_;
  std::string id_;
};

TEST(Recording, IsAudioForAnHour) {
  Recorded call;
  const std::string link = call.Link("recording");
  const Reply audio = call.Open(link);
  EXPECT_EQ(audio.status, 200);
  EXPECT_EQ(audio.content_type, "audio/mpeg");
  EXPECT_GT(audio.body.size(), 5000U);
  EXPECT_EQ(static_cast<unsigned char>(audio.body.at(0)), 0xFF);  // A frame of MPEG audio.
  call.desk().clock().Advance(3599s);
  EXPECT_EQ(call.Open(link).status, 200);
  call.desk().clock().Advance(1s);
  const Reply late = call.Open(link);
  EXPECT_EQ(late.status, 403);
  EXPECT_EQ(late.content_type, "application/xml");
  EXPECT_THAT(late.body, HasSubstr("<Code>AccessDenied</Code>"));
  EXPECT_EQ(call.Open(call.Link("recording")).status, 200);
}

TEST(Recording, RefusesAForgedLink) {
  Recorded call;
  const std::string link = call.Link("recording");
  EXPECT_EQ(call.Open(link.substr(0, link.find('?'))).status, 403);
  EXPECT_EQ(call.Open(link.substr(0, link.size() - 1) + "g").status, 403);
  std::string longer = link;
  longer.replace(longer.find("Expires=3600"), 12, "Expires=9999");
  EXPECT_THAT(call.Open(longer).body, HasSubstr("AccessDenied"));
}

TEST(Recording, IsNotFoundOnceDeleted) {
  Recorded call;
  const std::string link = call.Link("recording");
  ASSERT_EQ(call.desk().Ask("DELETE", "/v1/calls/" + call.id() + "/recording").status, 204);
  EXPECT_EQ(call.Open(link).status, 404);
}

TEST(Recording, CanBeReadInParts) {
  Recorded call;
  const std::string link = call.Link("recording");
  const std::string whole = call.Open(link).body;
  const Reply part = call.Open(link, "bytes=10-19");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, whole.substr(10, 10));
  EXPECT_EQ(Desk::HeaderOf(part, "Content-Range"), "bytes 10-19/" + std::to_string(whole.size()));
  EXPECT_EQ(call.Open(link, "bytes=-5").body, whole.substr(whole.size() - 5));
  EXPECT_EQ(call.Open(link, "bytes=9999999-").status, 416);
}

TEST(ShortUrl, LeadsToAFreshLinkForThreeHours) {
  Recorded call;
  const std::string link = call.Link("recording_short_url");
  call.desk().clock().Advance(2h);
  const Reply reply = call.Open(link);
  ASSERT_EQ(reply.status, 302);
  EXPECT_EQ(call.Open(Desk::HeaderOf(reply, "Location")).status, 200);
  call.desk().clock().Advance(1h);
  EXPECT_EQ(call.Open(link).status, 403);
}

TEST(Voicemail, IsAnotherSound) {
  Recorded call(R"("answered":false,"voicemail_seconds":9)");
  EXPECT_EQ(call.Open(call.Link("voicemail")).status, 200);
  EXPECT_THAT(call.Link("asset"), testing::EndsWith("/voicemail"));
}

TEST(Asset, IsAPageBehindALogin) {
  Recorded call;
  const Reply page = call.Open(call.Link("asset"));
  EXPECT_EQ(page.status, 401);
  EXPECT_THAT(page.body, HasSubstr("Log in"));
}

}  // namespace
}  // namespace sb::aircall::sandbox
