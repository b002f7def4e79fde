// Lists for spreadsheets: what a message says of each item, under the names of the API.
#include "engine/app/cli/csv.h"

#include <gtest/gtest.h>

#include "switchboard/v1/destination.pb.h"
#include "switchboard/v1/sync.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;

TEST(ListCsv, HasALineForEachItemAndQuotesWhatMustBe) {
  v1::ListSkipsResponse answer;
  v1::Skip& skip = *answer.add_skips();
  skip.set_sync("acme/coaching");
  skip.set_stream("calls");
  skip.set_record("4190000017");
  skip.set_code("RULE_NOT_MET");
  skip.set_rule("max_age");
  skip.set_reason("it began 30 days ago, \"long\" ago");
  skip.mutable_skip_time()->set_seconds(1'790'700'000);
  skip.set_looks(3);
  answer.set_next_page_token("more");
  EXPECT_EQ(ListCsv(answer),
            "sync,stream,record,code,rule,reason,skip_time,first_skip_time,looks\r\n"
            "acme/coaching,calls,4190000017,RULE_NOT_MET,max_age,"
            "\"it began 30 days ago, \"\"long\"\" ago\",2026-09-29T16:40:00.000Z,,3\r\n");
}

TEST(ListCsv, OfNothingIsItsNames) {
  EXPECT_EQ(ListCsv(v1::ListSkipsResponse()),
            "sync,stream,record,code,rule,reason,skip_time,first_skip_time,looks\r\n");
}

TEST(ListCsv, NamesStatesAndFlags) {
  v1::ListDeliveriesResponse answer;
  answer.add_deliveries()->set_state(v1::OnwardDelivery::STATE_DEAD);
  EXPECT_NE(ListCsv(answer).find("STATE_DEAD"), std::string::npos);
}

TEST(ListCsv, OfAMessageWithoutAListIsNothing) {
  EXPECT_EQ(ListCsv(v1::Skip()), "");
}

}  // namespace
}  // namespace sb::app::cli
