#include "engine/api/account_service.h"

#include <utility>
#include <variant>

#include "engine/accounts/check_up.h"
#include "engine/accounts/connections.h"
#include "engine/accounts/erasures.h"
#include "engine/api/account_mapping.h"
#include "engine/api/account_reach.h"
#include "engine/api/check_mapping.h"
#include "engine/api/connect_request.h"
#include "engine/api/erasure_mapping.h"
#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/base/text.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;

constexpr int kMostEmails = 10'000;

Outcome CreateSession(const Dependencies& deps, const Caller& caller,
                      const v1::CreateConnectSessionRequest& request,
                      v1::CreateConnectSessionResponse& response) {
  auto wanted = ReadSessionRequest(caller, request);
  if (auto* failure = std::get_if<Failure>(&wanted)) return std::move(*failure);
  const auto link = deps.connections.CreateSession(std::get<accounts::SessionRequest>(wanted));
  if (!link.ok()) return link.error();
  *response.mutable_session() = ToProto(link->session, deps.clock.Now());
  response.set_url(link->url);
  return {};
}

Outcome ReadSession(const Dependencies& deps, const Caller& caller, const std::string& text,
                    v1::GetConnectSessionResponse& response) {
  const auto id = ParseSessionId(text);
  if (!id)
    return WrongField("session", "must be the id of a connect session, such as con_01hv3k7q8s0g");
  const auto session = deps.sessions.Get(*id);
  if (!session.ok() && session.error().kind != ErrorKind::kNotFound) return session.error();
  if (!session.ok() || !caller.Reaches(session->tenant)) {
    return NotFound("SESSION_NOT_FOUND",
                    "there is no connect session " + text + ": make one, its link is shown once");
  }
  *response.mutable_session() = ToProto(*session, deps.clock.Now());
  return {};
}

Outcome ConnectWithKey(const Dependencies& deps, const Caller& caller,
                       const v1::CreateAccountRequest& request,
                       v1::CreateAccountResponse& response) {
  auto tenant = ReadTenant(caller, request.tenant());
  if (auto* failure = std::get_if<Failure>(&tenant)) return std::move(*failure);
  auto reconnected = ReadReconnected(request.account());
  if (auto* failure = std::get_if<Failure>(&reconnected)) return std::move(*failure);
  accounts::KeyRequest wanted{std::get<std::string>(tenant),
                              ConnectorOf(request.connector()),
                              {},
                              std::get<AccountId>(reconnected),
                              "key " + caller.key_name};
  for (const auto& [name, value] : request.credential()) wanted.fields.emplace(name, Secret(value));
  const auto account = deps.connections.ConnectWithKey(wanted);
  if (!account.ok()) return account.error();
  *response.mutable_account() = ToProtoWithProfile(*account);
  return {};
}

Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 const v1::ListAccountsRequest& request, v1::ListAccountsResponse& response) {
  const auto tenant = TenantOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  const ports::AccountFilter filter{*tenant, request.connector(), request.show_disconnected()};
  const std::string scope = "accounts\n" + filter.tenant + "\n" + filter.connector + "\n" +
                            (filter.with_disconnected ? "all" : "live");
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.accounts.List(filter, std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const ports::Account& account : found->items) *response.add_accounts() = ToProto(account);
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

/// Finds the account that a request names and, when the caller may see it, does something with it.
Outcome WithAccount(const Dependencies& deps, const Caller& caller, const std::string& text,
                    const std::function<Outcome(const ports::Account&)>& then) {
  auto account = AccountReach(deps.accounts, caller).Find("account", text);
  if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
  return then(std::get<ports::Account>(account));
}

Outcome ListChangesInto(const Dependencies& deps, const ports::Account& account,
                        const v1::ListAccountChangesRequest& request,
                        v1::ListAccountChangesResponse& response) {
  const std::string scope = "account changes\n" + ToText(account.id);
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.account_history.List(account.id, std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const ports::AccountChange& change : found->items) *response.add_changes() = ToProto(change);
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

Outcome ListGapsInto(const Dependencies& deps, const ports::Account& account,
                     const v1::ListGapsRequest& request, v1::ListGapsResponse& response) {
  const std::string scope = "gaps\n" + ToText(account.id);
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.gaps.List(account.id, std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const ports::Gap& gap : found->items) *response.add_gaps() = ToProto(gap);
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

/// The account as it stands after something was done to it.
template <typename Response>
Outcome AnswerWithAccount(const Dependencies& deps, AccountId id, Response& response) {
  const auto account = deps.accounts.Get(id);
  if (!account.ok()) return account.error();
  *response.mutable_account() = ToProto(*account);
  return {};
}

accounts::KnownEmails KnownEmailsOf(const v1::CheckAccountRequest& request) {
  if (request.known_emails().empty()) return {};
  std::set<std::string> known;
  for (const std::string& email : request.known_emails()) known.insert(Lower(email));
  return known;
}

Outcome Check(const Dependencies& deps, const v1::CheckAccountRequest& request,
              const ports::Account& account, v1::CheckAccountResponse& response) {
  if (request.known_emails_size() > kMostEmails)
    return WrongField("known_emails", "must be at most 10000 addresses");
  const auto report = deps.check_up.Run(account.id, KnownEmailsOf(request));
  if (!report.ok()) return report.error();
  Describe(*report, response);
  return AnswerWithAccount(deps, account.id, response);
}

Outcome Disconnect(const Dependencies& deps, const Caller& caller,
                   const v1::DisconnectAccountRequest& request, const ports::Account& account,
                   v1::DisconnectAccountResponse& response) {
  const auto done = deps.connections.Disconnect(account.id, "key " + caller.key_name);
  if (!done.ok()) return done.error();
  if (request.erase() == v1::DisconnectAccountRequest::ERASE_DATA) {
    const auto erasure = deps.erasures.EraseAccount(account);
    if (!erasure.ok()) return erasure.error();
    *response.mutable_erasure() = ToProto(*erasure);
  }
  return AnswerWithAccount(deps, account.id, response);
}

}  // namespace

grpc::ServerUnaryReactor* AccountService::CreateConnectSession(
    grpc::CallbackServerContext* context, const v1::CreateConnectSessionRequest* request,
    v1::CreateConnectSessionResponse* response) {
  return gate_.Answer(context, {"AccountService/CreateConnectSession", Role::kOperator, true},
                      [this, request, response](const Caller& caller) {
                        return CreateSession(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* AccountService::GetConnectSession(
    grpc::CallbackServerContext* context, const v1::GetConnectSessionRequest* request,
    v1::GetConnectSessionResponse* response) {
  return gate_.Answer(context, {"AccountService/GetConnectSession", Role::kViewer, true},
                      [this, request, response](const Caller& caller) {
                        return ReadSession(deps_, caller, request->session(), *response);
                      });
}

grpc::ServerUnaryReactor* AccountService::CreateAccount(grpc::CallbackServerContext* context,
                                                        const v1::CreateAccountRequest* request,
                                                        v1::CreateAccountResponse* response) {
  return gate_.Answer(context, {"AccountService/CreateAccount", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return ConnectWithKey(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* AccountService::GetAccount(grpc::CallbackServerContext* context,
                                                     const v1::GetAccountRequest* request,
                                                     v1::GetAccountResponse* response) {
  return gate_.Answer(context, {"AccountService/GetAccount", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return WithAccount(deps_, caller, request->account(),
                                           [response](const ports::Account& account) -> Outcome {
                                             *response->mutable_account() =
                                                 ToProtoWithProfile(account);
                                             return {};
                                           });
                      });
}

grpc::ServerUnaryReactor* AccountService::ListAccounts(grpc::CallbackServerContext* context,
                                                       const v1::ListAccountsRequest* request,
                                                       v1::ListAccountsResponse* response) {
  return gate_.Answer(context, {"AccountService/ListAccounts", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* AccountService::CheckAccount(grpc::CallbackServerContext* context,
                                                       const v1::CheckAccountRequest* request,
                                                       v1::CheckAccountResponse* response) {
  return gate_.Answer(context, {"AccountService/CheckAccount", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return WithAccount(deps_, caller, request->account(),
                                           [&](const ports::Account& account) {
                                             return Check(deps_, *request, account, *response);
                                           });
                      });
}

grpc::ServerUnaryReactor* AccountService::ListAccountChanges(
    grpc::CallbackServerContext* context, const v1::ListAccountChangesRequest* request,
    v1::ListAccountChangesResponse* response) {
  return gate_.Answer(context, {"AccountService/ListAccountChanges", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return WithAccount(
                            deps_, caller, request->account(),
                            [this, request, response](const ports::Account& account) -> Outcome {
                              return ListChangesInto(deps_, account, *request, *response);
                            });
                      });
}

grpc::ServerUnaryReactor* AccountService::ListGaps(grpc::CallbackServerContext* context,
                                                   const v1::ListGapsRequest* request,
                                                   v1::ListGapsResponse* response) {
  return gate_.Answer(context, {"AccountService/ListGaps", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return WithAccount(
                            deps_, caller, request->account(),
                            [this, request, response](const ports::Account& account) -> Outcome {
                              return ListGapsInto(deps_, account, *request, *response);
                            });
                      });
}

grpc::ServerUnaryReactor* AccountService::DisconnectAccount(
    grpc::CallbackServerContext* context, const v1::DisconnectAccountRequest* request,
    v1::DisconnectAccountResponse* response) {
  return gate_.Answer(context, {"AccountService/DisconnectAccount", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return WithAccount(
                            deps_, caller, request->account(), [&](const ports::Account& account) {
                              return Disconnect(deps_, caller, *request, account, *response);
                            });
                      });
}

}  // namespace sb::api
