#include "engine/api/quota_service.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/api/account_reach.h"
#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/runtime/engine.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Account;
using ports::Role;
using runtime::QuotaReport;

v1::Quota QuotaOf(const Account& account) {
  v1::Quota quota;
  quota.set_account(ToText(account.id));
  quota.set_account_name(account.display_name);
  quota.set_connector(account.connector);
  return quota;
}

/// How much waits for other tenants' accounts is not a tenant's to know.
v1::Quota QuotaProto(const Account& account, const QuotaReport& report, bool tell_of_others) {
  v1::Quota quota = QuotaOf(account);
  quota.set_limit(report.limit);
  quota.set_used(report.used);
  quota.set_others(report.foreign);
  if (report.cool_until) *quota.mutable_blocked_until_time() = ToTimestamp(*report.cool_until);
  quota.set_crowded(report.crowded);
  *quota.mutable_read_time() = ToTimestamp(report.at);
  for (std::size_t index = 0; index < report.lanes.size(); ++index) {
    const QuotaReport::Lane& lane = report.lanes.at(index);
    v1::LaneQueue& queue = *quota.add_lanes();
    queue.set_lane(static_cast<v1::Lane>(index + 1));
    queue.set_waiting(lane.waiting);
    if (tell_of_others) queue.set_company_waiting(lane.company_waiting);
    if (lane.empty_at && (tell_of_others || lane.waiting > 0))
      *queue.mutable_empty_time() = ToTimestamp(*lane.empty_at);
  }
  return quota;
}

v1::Quota Unread(const Account& account, const Error& error) {
  v1::Quota quota = QuotaOf(account);
  quota.set_error_code(error.code);
  quota.set_error_message(error.message);
  return quota;
}

void Read(const Dependencies& deps, const std::shared_ptr<Call>& call, const std::string& text,
          v1::GetQuotaResponse& response) {
  auto found = AccountReach(deps.accounts, call->caller()).Find("account", text);
  if (auto* failure = std::get_if<Failure>(&found)) return call->Finish(std::move(*failure));
  const auto& account = std::get<Account>(found);
  deps.engine.ReadQuota(account.id, {}, [call, account, &response](Result<QuotaReport> report) {
    if (!report.ok()) return call->Finish(report.error());
    auto quota = QuotaProto(account, *report, call->caller().ReachesAllTenants());
    call->Finish({}, [&] { *response.mutable_quota() = std::move(quota); });
  });
}

/// The quotas of one page, which come from their owners in any order, on any thread: each answer
/// writes its own place, and the last one ends the call.
struct Listing {
  std::vector<Account> accounts;
  std::vector<v1::Quota> quotas;
  std::string next_page_token;
  std::atomic<std::size_t> unanswered = 0;
};

void Answer(const std::shared_ptr<Call>& call, Listing& listing, v1::ListQuotasResponse& response) {
  call->Finish({}, [&] {
    for (v1::Quota& quota : listing.quotas) *response.add_quotas() = std::move(quota);
    response.set_next_page_token(listing.next_page_token);
  });
}

void ReadAll(const Dependencies& deps, const std::shared_ptr<Call>& call,
             const std::shared_ptr<Listing>& listing, v1::ListQuotasResponse& response) {
  const bool tell_of_others = call->caller().ReachesAllTenants();
  listing->quotas.resize(listing->accounts.size());
  listing->unanswered = listing->accounts.size() + 1;
  for (std::size_t index = 0; index < listing->accounts.size(); ++index) {
    deps.engine.ReadQuota(
        listing->accounts[index].id, {},
        [call, listing, index, tell_of_others, &response](Result<QuotaReport> report) {
          const Account& account = listing->accounts[index];
          listing->quotas[index] = report.ok() ? QuotaProto(account, *report, tell_of_others)
                                               : Unread(account, report.error());
          if (--listing->unanswered == 0) Answer(call, *listing, response);
        });
  }
  if (--listing->unanswered == 0) Answer(call, *listing, response);
}

void List(const Dependencies& deps, const std::shared_ptr<Call>& call,
          const v1::ListQuotasRequest& request, v1::ListQuotasResponse& response) {
  const auto tenant = TenantOf(call->caller(), request.tenant());
  if (!tenant.ok()) return call->Finish(tenant.error());
  const std::string scope = "quotas\n" + *tenant;
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return call->Finish(std::move(*failure));
  ports::AccountFilter filter;
  filter.tenant = *tenant;
  auto found = deps.accounts.List(filter, std::get<ports::PageRequest>(page));
  if (!found.ok()) return call->Finish(found.error());
  auto listing = std::make_shared<Listing>();  // shared by the answers
  listing->accounts = std::move(found->items);
  listing->next_page_token = MakePageToken(found->next_before, scope);
  ReadAll(deps, call, listing, response);
}

}  // namespace

grpc::ServerUnaryReactor* QuotaService::GetQuota(grpc::CallbackServerContext* context,
                                                 const v1::GetQuotaRequest* request,
                                                 v1::GetQuotaResponse* response) {
  return gate_.AnswerLater(context, {"QuotaService/GetQuota", Role::kViewer},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             Read(deps_, call, request->account(), *response);
                           });
}

grpc::ServerUnaryReactor* QuotaService::ListQuotas(grpc::CallbackServerContext* context,
                                                   const v1::ListQuotasRequest* request,
                                                   v1::ListQuotasResponse* response) {
  return gate_.AnswerLater(context, {"QuotaService/ListQuotas", Role::kViewer},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             List(deps_, call, *request, *response);
                           });
}

}  // namespace sb::api
