#include "tests/unit/connector/acme.h"

#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"

namespace sb::connector {
namespace {

constexpr const char* kManifest = R"(connector: acme
title: Acme
base_url: https://api.acme.example/rest
checked: '2026-01-31'
auth:
  oauth:
    authorize_url: https://login.acme.example/consent
    token_url: https://api.acme.example/token
    scope: read write
    token_request: form
    send: { scheme: bearer, token: access_token }
  api_key:
    help: Ask an owner.
    fields:
      - { name: user, label: User, help: The owner's name, secret: false }
      - { name: key, label: Key, help: Below the name, secret: true }
    send: { scheme: basic, username: user, password: key }
check: { action: hello }
consent: { reads: [Parcels], writes: [Labels] }
query_arrays: comma
limits:
  per_minute: 60
  start_with: 30
  headers: { limit: x-quota, remaining: x-quota-left, reset: x-quota-back, retry_after: retry-after }
errors:
  words: [reason, detail]
  rules:
    - { status: 429, is: rate_limited }
    - { status: 401, is: unauthorized, hint: Connect Acme again }
    - { status: 403, is: forbidden }
    - { status: 404, is: not_found }
    - { status: 409, is: conflict }
    - { status: 400, is: invalid }
    - { status: 503, is: unavailable }
    - { status: [408, 5xx], is: unavailable, effect_unknown: true }
always_subscribe: [parcel.lost]
accounts: { company: { action: hello, name: .name } }
)";

constexpr const char* kEvents = R"(docs: https://acme.example/docs/events
checked: '2026-01-31'
type_prefix: com.acme.
envelope: { name: /head/kind, token: /head/proof, time: /head/at, data: /body, entity: /head/thing, entity_id: /body/key }
entities: { box: boxes }
events:
  - { name: parcel.sent, description: A parcel left }
  - { name: parcel.lost, description: A parcel is lost, entity_id: /body/parcel/number }
)";

constexpr const char* kHello = R"(action: hello
version: 1.0.0
title: Hello
description: Says hello.
request: { method: GET, path: /hello }
effect: { class: read }
input: { type: object, additionalProperties: false }
output: { pick: . }
docs: https://acme.example/docs/hello
checked: '2026-01-31'
example: {}
)";

constexpr const char* kFind = R"(action: parcels.find
version: 2.1.0
title: Find parcels
description: By label.
request:
  method: GET
  path: /depots/{depot}/parcels
  query: { q: '${ .text | ascii_upcase }', mode: exact }
  query_from: [labels, open, weight]
effect: { class: read }
input:
  type: object
  additionalProperties: false
  required: [depot, text]
  properties:
    depot: { type: [string, integer] }
    text: { type: string }
    labels: { type: array, items: { type: string } }
    open: { type: boolean }
    weight: { type: number }
output: { pick: '.found | length' }
docs: https://acme.example/docs/find
checked: '2026-01-31'
example: { depot: north, text: tea }
)";

constexpr const char* kSend = R"(action: parcels.send
version: 1.0.0
title: Send a parcel
description: Sends one.
request:
  method: POST
  path: /parcels
  body: { kind: parcel, to: '${ .address | {line: .} }' }
  body_from: [labels]
effect:
  class: verifiable
  read_back:
    action: parcels.find
    with: { depot: main, text: '${ $input.address }' }
    found: 'if . > 0 then {count: ., since: $requested_at} else null end'
    waits: [250ms, 3s]
input:
  type: object
  additionalProperties: false
  required: [address]
  properties:
    address: { $ref: schemas/address.yaml }
    labels: { type: array, items: { type: string } }
output: { pick: .parcel, schema: { type: object } }
errors: [{ status: 403, is: conflict }]
docs: https://acme.example/docs/send
checked: '2026-01-31'
example: { address: Elm Street 5 }
)";

constexpr const char* kBurn = R"(action: parcels.burn
version: 1.0.0
title: Burn a parcel
description: No way back.
request: { method: DELETE, path: '/parcels/{id}' }
effect: { class: blind }
input:
  type: object
  additionalProperties: false
  required: [id]
  properties: { id: { type: integer } }
errors: [{ status: 404, is: done }]
docs: https://acme.example/docs/burn
checked: '2026-01-31'
example: { id: 7 }
)";

constexpr const char* kBox = R"(object: box
title: Box
docs: https://acme.example/docs/box
checked: '2026-01-31'
key: id
list: { action: hello, items: boxes }
schema: { type: object }
)";

const Library& Loaded(const Result<std::unique_ptr<Library>>& loaded) {
  if (!loaded.ok()) throw std::runtime_error(loaded.error().message);
  return **loaded;
}

}  // namespace

AcmeFiles::AcmeFiles()
    : files_{{"acme/actions/hello.yaml", kHello},
             {"acme/actions/parcels.burn.yaml", kBurn},
             {"acme/actions/parcels.find.yaml", kFind},
             {"acme/actions/parcels.send.yaml", kSend},
             {"acme/connector.yaml", kManifest},
             {"acme/events.yaml", kEvents},
             {"acme/objects/box.yaml", kBox},
             {"acme/schemas/address.yaml", "type: string\nminLength: 3\n"}} {}

AcmeFiles& AcmeFiles::Edit(const std::string& path, const std::string& from,
                           const std::string& to) {
  std::string& content = files_.at(path);
  const std::size_t at = content.find(from);
  if (at == std::string::npos) throw std::runtime_error(path + " has no " + from);
  content.replace(at, from.size(), to);
  return *this;
}

AcmeFiles& AcmeFiles::Put(const std::string& path, const std::string& content) {
  files_[path] = content;
  return *this;
}

AcmeFiles& AcmeFiles::Remove(const std::string& path) {
  files_.erase(path);
  return *this;
}

Result<std::unique_ptr<Library>> AcmeFiles::Load(
    const std::map<std::string, Addresses>& addresses) const {
  std::vector<EmbeddedFile> files;
  for (const auto& [path, content] : files_) files.push_back({path, content});
  return Library::Load(files, addresses, Jq());
}

const core::workflow::Expressions& Jq() {
  static const adapters::jq::JqExpressions expressions;
  return expressions;
}

const Library& Acme() {
  static const auto kLibrary = AcmeFiles().Load();
  return Loaded(kLibrary);
}

const Library& Aircall() {
  static const auto kLibrary = Library::Load(embedded::ConnectorFiles(), {}, Jq());
  return Loaded(kLibrary);
}

Credential AcmeKey() {
  return {"api_key", {{"user", Secret("ann")}, {"key", Secret("s3cret")}}};
}

Result<ports::HttpRequest> RenderAcme(const std::string& action, const Json& input) {
  const auto found = Acme().FindAction("acme." + action);
  return RenderRequest(*found.connector, *found.action, input, AcmeKey(), Jq());
}

Result<Json> JudgeAcme(const std::string& action, const ports::HttpResponse& response) {
  const auto found = Acme().FindAction("acme." + action);
  return JudgeResponse(*found.connector, *found.action, Json::object(), response, Jq());
}

}  // namespace sb::connector
