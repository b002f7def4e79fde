#pragma once

namespace grpc {
class ServerBuilder;
}

namespace sb::api {

/// Gives requests that gRPC itself cannot read the answer that all others get: INVALID_ARGUMENT
/// REQUEST_UNREADABLE instead of a bare INTERNAL. No handler of ours ever sees such a request.
/// Before the server is built.
void NameUnreadableRequests(grpc::ServerBuilder& builder);

}  // namespace sb::api
