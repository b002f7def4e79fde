#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

// Names in an input that stand for ids.
namespace sb::connector {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;

constexpr const char* kPath = "acme/actions/parcels.label.yaml";

constexpr const char* kLabel = R"(action: parcels.label
version: 1.0.0
title: Label a parcel
description: By the labels' ids or names.
request: { method: PUT, path: '/parcels/{id}/labels', body_from: [labels] }
lookup:
  when: 'any(.labels[]?; type == "string")'
  action: labels.list
  with: { page: '${ $page }' }
  pick: .labels
  more: .pages > $page
  input: >-
    . as $known | $input
    | [.labels[] | strings | select(. as $name | all($known[]; .name != $name))] as $unknown
    | if $unknown != [] then "there is no label " + $unknown[0]
      else .labels |= map(if type == "string" then . as $name | first($known[] | select(.name == $name)) | .id else . end) end
effect: { class: idempotent }
input:
  type: object
  additionalProperties: false
  required: [id, labels]
  properties:
    id: { type: integer }
    labels: { type: array, items: { type: [integer, string] } }
docs: https://acme.example/docs/label
checked: '2026-01-31'
example: { id: 7, labels: [fragile] }
)";

constexpr const char* kLabels = R"(action: labels.list
version: 1.0.0
title: List labels
description: Page by page.
request: { method: GET, path: /labels, query_from: [page] }
effect: { class: read }
input: { type: object, additionalProperties: false, properties: { page: { type: integer } } }
output: { pick: . }
docs: https://acme.example/docs/labels
checked: '2026-01-31'
example: { page: 1 }
)";

AcmeFiles WithLabels() {
  AcmeFiles files;
  files.Put(kPath, kLabel).Put("acme/actions/labels.list.yaml", kLabels);
  return files;
}

const Action& Label() {
  static const auto kLibrary = WithLabels().Load();
  EXPECT_THAT(kLibrary, Succeeds());
  return *(*kLibrary)->FindAction("acme.parcels.label").action;
}

TEST(Lookup, IsNeededForNamesOnly) {
  const LookupSpec& spec = *Label().lookup;
  EXPECT_EQ(NeedsLookup(spec, {{"labels", {1, "fragile"}}}, Jq()).value(), true);
  EXPECT_EQ(NeedsLookup(spec, {{"labels", {1, 2}}}, Jq()).value(), false);
  EXPECT_EQ(NeedsLookup(spec, {{"id", 7}}, Jq()).value(), false);
  EXPECT_EQ(NeedsLookup(spec, Json(), Jq()).value(), false);
}

TEST(Lookup, GoesThroughAListPageByPage) {
  const LookupSpec& spec = *Label().lookup;
  EXPECT_EQ(spec.action, "labels.list");
  EXPECT_EQ(LookupInput(spec, 2, Jq()).value(), Json({{"page", 2}}));
  const Json output = {{"pages", 2}, {"labels", {{{"id", 1}, {"name", "fragile"}}}}};
  const auto first = ReadLookupPage(spec, 1, output, Jq());
  ASSERT_THAT(first, Succeeds());
  EXPECT_THAT(first->items, ElementsAre(Json({{"id", 1}, {"name", "fragile"}})));
  EXPECT_TRUE(first->more);
  EXPECT_FALSE(ReadLookupPage(spec, 2, output, Jq())->more);
}

TEST(Lookup, PutsIdsInThePlaceOfNames) {
  const std::vector<Json> known = {{{"id", 1}, {"name", "fragile"}}, {{"id", 2}, {"name", "hot"}}};
  EXPECT_EQ(ResolvedInput(Label(), {{"id", 7}, {"labels", {"hot", 9}}}, known, Jq()).value(),
            Json({{"id", 7}, {"labels", {2, 9}}}));
  EXPECT_THAT(ResolvedInput(Label(), {{"id", 7}, {"labels", {"cold"}}}, known, Jq()),
              AllOf(FailsWith(ErrorKind::kInvalid, "ACTION_INPUT_INVALID"),
                    Says("there is no label cold")));
}

TEST(LoadConnector, RefusesALookupThatCannotBe) {
  const auto refused = [] { return FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"); };
  EXPECT_THAT(WithLabels().Edit(kPath, "action: labels.list", "action: labels.all").Load(),
              AllOf(refused(), Says("labels.all")));
  EXPECT_THAT(WithLabels().Edit(kPath, "with: { page", "with: { side").Load(),
              AllOf(refused(), Says("'side'")));
  EXPECT_THAT(WithLabels().Edit(kPath, "pick: .labels", "pick: .labels | (").Load(),
              AllOf(refused(), Says("parcels.label.yaml:10:")));
  EXPECT_THAT(
      WithLabels().Edit("acme/actions/labels.list.yaml", "class: read", "class: idempotent").Load(),
      AllOf(refused(), Says("must be a reading action")));
}

}  // namespace
}  // namespace sb::connector
