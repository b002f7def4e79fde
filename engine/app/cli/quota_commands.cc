#include "engine/app/cli/quota_commands.h"

#include <algorithm>

#include "engine/app/cli/text.h"
#include "switchboard/v1/quota.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using QuotaStub = v1::QuotaService::StubInterface;

std::string LaneWord(v1::Lane lane) {
  std::string word = Word(v1::Lane_Name(lane), "LANE_");
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return word;
}

std::string UseOf(const v1::Quota& quota) {
  return std::to_string(quota.used()) + " of " + std::to_string(quota.limit()) + " a minute";
}

std::string OthersOf(const v1::Quota& quota) {
  if (quota.others() == 0) return "none seen";
  return "about " + std::to_string(quota.others()) + " a minute" +
         (quota.crowded() ? ", and we are refused again and again" : "");
}

/// When the last lane is empty; nothing when nothing waits.
const google::protobuf::Timestamp* EndOf(const v1::Quota& quota) {
  const google::protobuf::Timestamp* end = nullptr;
  for (const v1::LaneQueue& lane : quota.lanes()) {
    if (!lane.has_empty_time()) continue;
    if (end == nullptr || ToWallTime(lane.empty_time()) > ToWallTime(*end))
      end = &lane.empty_time();
  }
  return end;
}

std::string EmptyText(const Session& session, const google::protobuf::Timestamp* when) {
  return when == nullptr ? "" : Dated(*when, session.now());
}

std::string CardOf(const Session& session, const v1::Quota& quota) {
  Card card;
  card.Add("account", quota.account() + " " + quota.account_name());
  card.Add("provider", quota.connector());
  card.Add("used", UseOf(quota));
  card.Add("others", {OthersOf(quota), quota.crowded() ? Tone::kBad : Tone::kPlain});
  if (quota.has_blocked_until_time()) {
    card.Add("refused", {"nothing leaves until " + Dated(quota.blocked_until_time(), session.now()),
                         Tone::kBusy});
  }
  Table table({{"LANE"}, {"WAITING"}, {"OF ALL ACCOUNTS"}, {"EMPTY"}});
  for (const v1::LaneQueue& lane : quota.lanes()) {
    table.Add({LaneWord(lane.lane()), std::to_string(lane.waiting()),
               std::to_string(std::max(lane.waiting(), lane.company_waiting())),
               EmptyText(session, lane.has_empty_time() ? &lane.empty_time() : nullptr)});
  }
  return card.Text(session.style()) + "\n" + table.Text(session.style());
}

std::string WaitingOf(const v1::Quota& quota) {
  std::string text;
  for (const v1::LaneQueue& lane : quota.lanes()) {
    if (lane.waiting() == 0) continue;
    text +=
        (text.empty() ? "" : ", ") + std::to_string(lane.waiting()) + " " + LaneWord(lane.lane());
  }
  return text.empty() ? "nothing" : text;
}

std::string TableOf(const Session& session, const v1::ListQuotasResponse& response) {
  if (response.quotas().empty()) return "no accounts\n";
  Table table({{"ACCOUNT", true}, {"NAME"}, {"USED"}, {"OTHERS"}, {"WAITING"}, {"EMPTY"}});
  for (const v1::Quota& quota : response.quotas()) {
    if (!quota.error_code().empty()) {
      table.Add(
          {quota.account(), quota.account_name(), {quota.error_code(), Tone::kBad}, "", "", ""});
      continue;
    }
    const auto* end = EndOf(quota);
    table.Add({quota.account(),
               quota.account_name(),
               std::to_string(quota.used()) + "/" + std::to_string(quota.limit()),
               {std::to_string(quota.others()), quota.crowded() ? Tone::kBad : Tone::kPlain},
               WaitingOf(quota),
               end == nullptr ? "" : Relative(*end, session.now())});
  }
  return table.Text(session.style());
}

int ShowOne(Session& session, const std::string& account) {
  v1::GetQuotaRequest request;
  request.set_account(account);
  v1::GetQuotaResponse response;
  if (auto trouble = session.client.Call<v1::QuotaService>(&QuotaStub::GetQuota, request, response))
    return session.Fail(*trouble);
  return session.Show(response.quota(), [&] { return CardOf(session, response.quota()); });
}

}  // namespace

int ShowQuota(Session& session, const QuotaOptions& options) {
  if (!options.account.empty()) return ShowOne(session, options.account);
  v1::ListQuotasRequest request;
  request.set_tenant(options.tenant);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListQuotasResponse response;
  if (auto trouble =
          session.client.Call<v1::QuotaService>(&QuotaStub::ListQuotas, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&] { return TableOf(session, response); });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

}  // namespace sb::app::cli
