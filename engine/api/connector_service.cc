#include "engine/api/connector_service.h"

#include <algorithm>
#include <variant>

#include "engine/api/connector_mapping.h"
#include "engine/api/page_token.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;

constexpr const char* kListScope = "connectors";

// Connectors have names and no ids: `before` counts how many were shown already.
Outcome ListInto(const Dependencies& deps, const v1::ListConnectorsRequest& request,
                 v1::ListConnectorsResponse& response) {
  auto page = ReadPage(request.page_size(), request.page_token(), kListScope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto& wanted = std::get<ports::PageRequest>(page);
  const auto connectors = deps.connectors.Connectors();
  const auto begin = std::min(static_cast<std::size_t>(wanted.before), connectors.size());
  const auto end = std::min(begin + static_cast<std::size_t>(wanted.size), connectors.size());
  for (auto i = begin; i < end; ++i) *response.add_connectors() = ToProto(*connectors[i]);
  if (end < connectors.size()) {
    response.set_next_page_token(MakePageToken(static_cast<std::int64_t>(end), kListScope));
  }
  return {};
}

Outcome Read(const Dependencies& deps, const std::string& name,
             v1::GetConnectorResponse& response) {
  const connector::Connector* connector = deps.connectors.FindConnector(name);
  if (connector == nullptr) {
    return NotFound("CONNECTOR_NOT_FOUND", "there is no connector '" + name +
                                               "': list the connectors to see which there are");
  }
  *response.mutable_connector() = ToProtoWhole(*connector);
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* ConnectorService::ListConnectors(grpc::CallbackServerContext* context,
                                                           const v1::ListConnectorsRequest* request,
                                                           v1::ListConnectorsResponse* response) {
  return gate_.Answer(
      context, {"ConnectorService/ListConnectors", Role::kViewer},
      [this, request, response](const Caller&) { return ListInto(deps_, *request, *response); });
}

grpc::ServerUnaryReactor* ConnectorService::GetConnector(grpc::CallbackServerContext* context,
                                                         const v1::GetConnectorRequest* request,
                                                         v1::GetConnectorResponse* response) {
  return gate_.Answer(context, {"ConnectorService/GetConnector", Role::kViewer},
                      [this, request, response](const Caller&) {
                        return Read(deps_, request->connector(), *response);
                      });
}

}  // namespace sb::api
