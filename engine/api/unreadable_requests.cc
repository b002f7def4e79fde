#include "engine/api/unreadable_requests.h"

#include <memory>
#include <utility>
#include <vector>

#include <grpcpp/server_builder.h>
#include <grpcpp/support/server_interceptor.h>

#include "engine/api/error_mapping.h"

namespace sb::api {
namespace {

namespace hooks = grpc::experimental;

/// All our own failures say something: a status without a word is gRPC's, of a message that it
/// could not read.
bool IsUnread(const grpc::Status& status) {
  const bool speechless = status.error_message().empty() && status.error_details().empty();
  return speechless && (status.error_code() == grpc::StatusCode::INTERNAL ||
                        status.error_code() == grpc::StatusCode::UNIMPLEMENTED);
}

class Interceptor : public hooks::Interceptor {
 public:
  void Intercept(hooks::InterceptorBatchMethods* methods) override {
    const bool ends =
        methods->QueryInterceptionHookPoint(hooks::InterceptionHookPoints::PRE_SEND_STATUS);
    if (ends && IsUnread(methods->GetSendStatus())) {
      methods->ModifySendStatus(ToGrpc(Failure(
          Invalid("REQUEST_UNREADABLE",
                  "the request is no message of this call, or is nested too deeply: JSON may nest "
                  "about 30 levels"))));
    }
    methods->Proceed();
  }
};

class Factory : public hooks::ServerInterceptorFactoryInterface {
 public:
  hooks::Interceptor* CreateServerInterceptor(hooks::ServerRpcInfo* /*info*/) override {
    return std::make_unique<Interceptor>().release();  // gRPC deletes it
  }
};

}  // namespace

void NameUnreadableRequests(grpc::ServerBuilder& builder) {
  std::vector<std::unique_ptr<hooks::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<Factory>());
  builder.experimental().SetInterceptorCreators(std::move(factories));
}

}  // namespace sb::api
