#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/account.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.AccountService: see proto/switchboard/v1/account.proto.
class AccountService final : public switchboard::v1::AccountService::CallbackService {
 public:
  AccountService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* CreateConnectSession(
      grpc::CallbackServerContext* context,
      const switchboard::v1::CreateConnectSessionRequest* request,
      switchboard::v1::CreateConnectSessionResponse* response) override;
  grpc::ServerUnaryReactor* GetConnectSession(
      grpc::CallbackServerContext* context,
      const switchboard::v1::GetConnectSessionRequest* request,
      switchboard::v1::GetConnectSessionResponse* response) override;
  grpc::ServerUnaryReactor* CreateAccount(
      grpc::CallbackServerContext* context, const switchboard::v1::CreateAccountRequest* request,
      switchboard::v1::CreateAccountResponse* response) override;
  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context,
                                       const switchboard::v1::GetAccountRequest* request,
                                       switchboard::v1::GetAccountResponse* response) override;
  grpc::ServerUnaryReactor* ListAccounts(grpc::CallbackServerContext* context,
                                         const switchboard::v1::ListAccountsRequest* request,
                                         switchboard::v1::ListAccountsResponse* response) override;
  grpc::ServerUnaryReactor* CheckAccount(grpc::CallbackServerContext* context,
                                         const switchboard::v1::CheckAccountRequest* request,
                                         switchboard::v1::CheckAccountResponse* response) override;
  grpc::ServerUnaryReactor* ListAccountChanges(
      grpc::CallbackServerContext* context,
      const switchboard::v1::ListAccountChangesRequest* request,
      switchboard::v1::ListAccountChangesResponse* response) override;
  grpc::ServerUnaryReactor* ListGaps(grpc::CallbackServerContext* context,
                                     const switchboard::v1::ListGapsRequest* request,
                                     switchboard::v1::ListGapsResponse* response) override;
  grpc::ServerUnaryReactor* DisconnectAccount(
      grpc::CallbackServerContext* context,
      const switchboard::v1::DisconnectAccountRequest* request,
      switchboard::v1::DisconnectAccountResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
