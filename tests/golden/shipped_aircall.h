#pragma once

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/base/file.h"
#include "engine/connector/connector.h"

// The Aircall connector as it is shipped, and the recorded exchanges beside it.
namespace sb::connector {

inline const core::workflow::Expressions& Jq() {
  static const adapters::jq::JqExpressions expressions;
  return expressions;
}

inline const Connector& Aircall() {
  static const auto library = Library::Load(embedded::ConnectorFiles(), {}, Jq());
  EXPECT_TRUE(library.ok()) << library.error().message;
  return *(*library)->FindConnector("aircall");
}

/// The recorded exchange of an action. Null where there is no readable one, which is a failure.
inline Json FixtureOf(const std::string& action) {
  const auto text = ReadFile("connectors/aircall/fixtures/" + action + ".json");
  EXPECT_TRUE(text.ok()) << "every action needs a recorded exchange: " << action;
  if (!text.ok()) return {};
  const auto fixture = ParseJson(*text);
  EXPECT_TRUE(fixture.ok()) << action << ": " << fixture.error().message;
  return fixture.ok() ? *fixture : Json();
}

}  // namespace sb::connector
