#include <algorithm>

#include <gmock/gmock.h>

#include "switchboard/v1/connector.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using testing::ReasonOf;
using ::testing::SizeIs;

class ConnectorCalls : public ::testing::Test {
 protected:
  std::unique_ptr<grpc::ClientContext> Viewer() { return house_.With(viewer_); }

  testing::ApiHouse house_;
  std::string viewer_ = house_.AddKey(Role::kViewer, "acme");
  std::unique_ptr<v1::ConnectorService::Stub> stub_ =
      v1::ConnectorService::NewStub(house_.channel());
};

TEST_F(ConnectorCalls, AListTellsHowToConnectAndHowMuchThereIs) {
  v1::ListConnectorsResponse response;
  ASSERT_TRUE(stub_->ListConnectors(Viewer().get(), {}, &response).ok());
  ASSERT_THAT(response.connectors(), SizeIs(1));
  const v1::Connector& aircall = response.connectors(0);
  EXPECT_EQ(aircall.name(), "aircall");
  EXPECT_TRUE(aircall.oauth());
  EXPECT_THAT(aircall.key_fields(), SizeIs(2));
  EXPECT_GT(aircall.action_count(), 10);
  EXPECT_THAT(aircall.actions(), SizeIs(0));
}

TEST_F(ConnectorCalls, AConnectorShowsItsActionsWithTheirSchemasAndEffects) {
  v1::GetConnectorRequest request;
  request.set_connector("aircall");
  v1::GetConnectorResponse response;
  ASSERT_TRUE(stub_->GetConnector(Viewer().get(), request, &response).ok());
  const auto& actions = response.connector().actions();
  const auto search = std::find_if(actions.begin(), actions.end(), [](const v1::Action& action) {
    return action.name() == "aircall.contacts.search";
  });
  ASSERT_NE(search, actions.end());
  EXPECT_EQ(search->effect(), v1::Action::EFFECT_READ);
  EXPECT_EQ(search->input_schema().fields().at("type").string_value(), "object");
  EXPECT_NE(search->docs_url(), "");
  EXPECT_GT(response.connector().events_size(), 0);
}

TEST_F(ConnectorCalls, AnUnknownConnectorIsNotFound) {
  v1::GetConnectorRequest request;
  request.set_connector("nobody");
  v1::GetConnectorResponse response;
  EXPECT_EQ(ReasonOf(stub_->GetConnector(Viewer().get(), request, &response)),
            "CONNECTOR_NOT_FOUND");
}

}  // namespace
}  // namespace sb::api
