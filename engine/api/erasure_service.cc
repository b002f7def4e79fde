#include "engine/api/erasure_service.h"

#include <variant>

#include "engine/accounts/erasures.h"
#include "engine/api/account_reach.h"
#include "engine/api/erasure_mapping.h"
#include "engine/api/page_token.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::personal::Person;
using ports::Role;

Outcome ReadPerson(const v1::ErasePersonRequest& request, Person& person) {
  if (request.phone().empty() && request.email().empty()) {
    return WrongField("phone", "say who is to be erased: by phone, by email, or by both",
                      "PERSON_MISSING");
  }
  if (!request.phone().empty()) {
    const auto phone = core::personal::ReadPhoneNumber(request.phone());
    if (!phone.ok()) return WrongField("phone", phone.error().message, phone.error().code);
    person.phones.push_back(*phone);
  }
  if (!request.email().empty()) {
    const auto email = core::personal::ReadEmail(request.email());
    if (!email.ok()) return WrongField("email", email.error().message, email.error().code);
    person.emails.push_back(*email);
  }
  return {};
}

Error NoSuchAccount(const std::string& text, const std::string& tenant) {
  return NotFound("ACCOUNT_NOT_FOUND", "tenant " + tenant + " has no account " + text +
                                           ": list the accounts to see which there are");
}

/// The account that the request names, of its tenant.
Outcome ReadScope(const Dependencies& deps, const Caller& caller,
                  const v1::ErasePersonRequest& request, accounts::PersonErasure& wanted) {
  const auto tenant = TenantOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  if (tenant->empty()) {
    return WrongField("tenant", "say whose data it is: your own id of the customer",
                      "TENANT_MISSING");
  }
  wanted.tenant = *tenant;
  if (request.account().empty()) return {};
  auto account = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
  if (std::get<ports::Account>(account).tenant != *tenant)
    return NoSuchAccount(request.account(), *tenant);
  wanted.account = std::get<ports::Account>(account).id;
  return {};
}

Outcome Erase(const Dependencies& deps, const Caller& caller, const v1::ErasePersonRequest& request,
              v1::ErasePersonResponse& response) {
  accounts::PersonErasure wanted;
  wanted.count_only = request.validate_only();
  if (auto wrong = ReadScope(deps, caller, request, wanted)) return wrong;
  if (auto wrong = ReadPerson(request, wanted.person)) return wrong;
  const auto erasure = deps.erasures.ErasePerson(wanted);
  if (!erasure.ok()) return erasure.error();
  *response.mutable_erasure() = ToProto(*erasure);
  return {};
}

Outcome Read(const Dependencies& deps, const Caller& caller, const std::string& text,
             v1::GetErasureResponse& response) {
  const auto id = ports::ParseErasureId(text);
  if (!id) return WrongField("erasure", "must be the id of an erasure, such as ers_01hv3k7q8s0g");
  const auto erasure = deps.erasure_store.Get(*id);
  if (!erasure.ok() && erasure.error().kind != ErrorKind::kNotFound) return erasure.error();
  if (!erasure.ok() || !caller.Reaches(erasure->tenant)) {
    return NotFound("ERASURE_NOT_FOUND",
                    "there is no erasure " + text + ": list the erasures to see which there are");
  }
  *response.mutable_erasure() = ToProto(*erasure);
  return {};
}

Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 const v1::ListErasuresRequest& request, v1::ListErasuresResponse& response) {
  const auto tenant = TenantOf(caller, request.tenant());
  if (!tenant.ok()) return tenant.error();
  const std::string scope = "erasures/" + *tenant;
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.erasure_store.List(*tenant, std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const ports::Erasure& erasure : found->items) *response.add_erasures() = ToProto(erasure);
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* ErasureService::ErasePerson(grpc::CallbackServerContext* context,
                                                      const v1::ErasePersonRequest* request,
                                                      v1::ErasePersonResponse* response) {
  return gate_.Answer(context, {"ErasureService/ErasePerson", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return Erase(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* ErasureService::GetErasure(grpc::CallbackServerContext* context,
                                                     const v1::GetErasureRequest* request,
                                                     v1::GetErasureResponse* response) {
  return gate_.Answer(context, {"ErasureService/GetErasure", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return Read(deps_, caller, request->erasure(), *response);
                      });
}

grpc::ServerUnaryReactor* ErasureService::ListErasures(grpc::CallbackServerContext* context,
                                                       const v1::ListErasuresRequest* request,
                                                       v1::ListErasuresResponse* response) {
  return gate_.Answer(context, {"ErasureService/ListErasures", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
