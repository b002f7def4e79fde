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
  connector = api::ToProtoWhole(*(*library)->FindConnector(own->names().front()));
  return {};
}

}  // namespace sb::app
