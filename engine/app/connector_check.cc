#include "engine/app/connector_check.h"

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/api/connector_mapping.h"
#include "engine/app/connector_folders.h"

namespace sb::app {

Status CheckConnectorFolder(const std::string& folder, switchboard::v1::Connector& connector) {
  const auto own = ConnectorFolders::ReadOne(folder);
  if (!own.ok()) return own.error();
  const auto files = own->Beside(embedded::ConnectorFiles());
  if (!files.ok()) return files.error();
  const adapters::jq::JqExpressions expressions;
  const auto library = connector::Library::Load(*files, {}, expressions);
  if (!library.ok()) return library.error();
  const std::string name = own->names().front();
  if (const connector::Connector* found = (*library)->FindConnector(name)) {
    connector = api::ToProtoWhole(*found);
  } else if (const connector::Sink* sink = (*library)->FindSink(name)) {
    connector.set_name(sink->name);
    connector.set_title(sink->title);
  }
  return {};
}

}  // namespace sb::app
