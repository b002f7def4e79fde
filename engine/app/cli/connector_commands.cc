#include "engine/app/cli/connector_commands.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/app/cli/text.h"
#include "engine/base/yaml.h"
#include "switchboard/v1/connector.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Connectors = v1::ConnectorService;
using ConnectorStub = v1::ConnectorService::StubInterface;

std::string WaysIn(const v1::Connector& connector) {
  if (connector.key_fields().empty()) return connector.oauth() ? "OAuth" : "";
  return connector.oauth() ? "OAuth, API key" : "API key";
}

std::string EffectOf(const v1::Action& action) {
  return Word(v1::Action::Effect_Name(action.effect()), "EFFECT_");
}

std::string PageOf(const Session& session, const v1::Connector& connector) {
  Card card;
  card.Add("connector", connector.name());
  card.Add("title", connector.title());
  card.Add("connect with", WaysIn(connector));
  Table actions({{"ACTION", true}, {"VERSION"}, {"EFFECT"}, {"TITLE"}});
  for (const v1::Action& action : connector.actions()) {
    actions.Add({action.name(), action.version(), EffectOf(action), action.title()});
  }
  Table events({{"EVENT", true}, {"DESCRIPTION"}});
  for (const v1::EventKind& event : connector.events())
    events.Add({event.type(), event.description()});
  std::string text = card.Text(session.style());
  if (!actions.empty()) text += "\n" + actions.Text(session.style());
  if (!events.empty()) text += "\n" + events.Text(session.style());
  return text;
}

std::string Section(const std::string& heading, const google::protobuf::Message& data) {
  const auto json = ParseJson(ToJsonText(data, false));
  return json.ok() ? "\n" + heading + ":\n" + ToYaml(*json) : "";
}

std::string PageOf(const Session& session, const v1::Action& action) {
  Card card;
  card.Add("action", action.name() + ":" + action.version());
  card.Add("title", action.title());
  card.Add("description", action.description());
  card.Add("effect", EffectOf(action));
  card.Add("documentation", action.docs_url());
  std::string text = card.Text(session.style()) + Section("input", action.input_schema()) +
                     Section("output", action.output_schema());
  if (action.has_example()) text += Section("example input", action.example());
  return text;
}

int ShowAction(Session& session, const v1::Connector& connector, const std::string& name) {
  const auto& actions = connector.actions();
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const v1::Action& action) {
    return name == action.name() || name == action.name() + ":" + action.version();
  });
  if (found == actions.end()) {
    return session.Fail({kRefused,
                         connector.name() + " has no action '" + name + "'",
                         "ACTION_UNKNOWN",
                         "`switchboard connector show " + connector.name() + "` lists the actions",
                         {}});
  }
  return session.Show(*found, [&] { return PageOf(session, *found); });
}

}  // namespace

int ListConnectors(Session& session) {
  const v1::ListConnectorsRequest request;
  v1::ListConnectorsResponse response;
  if (auto trouble =
          session.client.Call<Connectors>(&ConnectorStub::ListConnectors, request, response)) {
    return session.Fail(*trouble);
  }
  return session.Show(response, [&] {
    Table table({{"CONNECTOR", true}, {"TITLE"}, {"CONNECT WITH"}, {"ACTIONS"}, {"EVENTS"}});
    for (const v1::Connector& connector : response.connectors()) {
      table.Add({connector.name(), connector.title(), WaysIn(connector),
                 std::to_string(connector.action_count()),
                 std::to_string(connector.event_count())});
    }
    return table.Text(session.style());
  });
}

int ShowConnector(Session& session, const std::string& name) {
  v1::GetConnectorRequest request;
  request.set_connector(name.substr(0, name.find('.')));
  v1::GetConnectorResponse response;
  if (auto trouble =
          session.client.Call<Connectors>(&ConnectorStub::GetConnector, request, response)) {
    return session.Fail(*trouble);
  }
  if (name.find('.') != std::string::npos) return ShowAction(session, response.connector(), name);
  return session.Show(response.connector(), [&] { return PageOf(session, response.connector()); });
}

int ValidateConnector(Session& session, const std::string& folder, const CheckConnector& check) {
  v1::Connector connector;
  const Status good = check(folder, connector);
  if (!good.ok()) return session.Fail({kRefused, good.error().message, good.error().code, {}, {}});
  return session.Show(connector, [&] { return PageOf(session, connector); });
}

}  // namespace sb::app::cli
