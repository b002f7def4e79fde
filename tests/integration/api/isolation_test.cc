// Every method of the API, asked by the key of one tenant for what is another's.

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include "engine/api/event_stream.h"
#include "engine/base/encoding.h"
#include "engine/base/text.h"
#include "tests/integration/api/api_house.h"
#include "tests/integration/api/isolation_table.h"

namespace sb::testing {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using grpc::StatusCode;
using ports::Role;
using ports::TenantScope;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPackage = "switchboard.v1.";

constexpr const char* kFollowUp = R"(
document: { dsl: '1.0.3', namespace: acme, name: follow-up, version: '1.0.0' }
schedule: { on: { one: { with: { type: io.aircall.call.ended } } } }
do:
  - look: { call: aircall.calls.get, with: { call_id: '${ $workflow.input[0].data.id }' } }
)";

/// All methods of all services of the public API, "RunService/GetRun".
std::map<std::string, const MethodDescriptor*> MethodsOfTheApi() {
  std::map<std::string, const MethodDescriptor*> methods;
  for (const auto& entry : std::filesystem::directory_iterator("proto/switchboard/v1")) {
    const std::string file = "switchboard/v1/" + entry.path().filename().string();
    const auto* descriptor = DescriptorPool::generated_pool()->FindFileByName(file);
    if (descriptor == nullptr) {
      ADD_FAILURE() << file << " is not built in: is its service registered at ApiServer?";
      continue;
    }
    for (int i = 0; i < descriptor->service_count(); ++i) {
      const auto* service = descriptor->service(i);
      for (int k = 0; k < service->method_count(); ++k)
        methods[service->name() + "/" + service->method(k)->name()] = service->method(k);
    }
  }
  return methods;
}

/// A call as a client of any language makes it.
struct Answer {
  grpc::Status status;
  std::string text;  ///< All that was told: the messages, or the status with its details.
};

using Words = std::map<std::string, std::string>;

std::string With(std::string text, const Words& words) {
  // From behind: a name comes before those of which it is the beginning.
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    for (auto at = text.find(word->first); at != std::string::npos;
         at = text.find(word->first, at + word->second.size()))
      text.replace(at, word->first.size(), word->second);
  }
  return text;
}

/// The reverse: what is told with the ids taken out of it.
std::string Without(const std::string& text, const Words& words) {
  Words back;
  for (const auto& [name, value] : words) back[value] = name;
  return With(text, back);
}

/// Two tenants with one of everything each. acme asks; globex must stay hidden and unharmed.
class IsolationWorld : public ::testing::Test {
 protected:
  IsolationWorld() {
    workflow_ = Deploy();
    Furnish("globex", globex_);
    shared_key_ = AddKey(TenantScope::Of({"acme", "globex"}));
    Furnish("acme", acme_);
    for (const Role role : {Role::kAdmin, Role::kOperator, Role::kViewer})
      keys_[role] = house_.AddKey(role, "acme");
  }

  /// What a tenant has.
  struct Furniture {
    AccountId account;
    RunId run;
    EventId event;
    EventId letter;
    SessionId session;
    ApiKeyId key;
    ports::ErasureId erasure;
    ports::RecordingId recording;
    ports::SyncId sync;
    ports::DestinationId destination;
  };

  WorkflowId Deploy() {
    ports::WorkflowVersion version;
    version.id = house_.ids.Next<WorkflowTag>(house_.clock.Now());
    version.workspace = "acme";
    version.name = "follow-up";
    version.version = "1.0.0";
    version.source = kFollowUp;
    version.source_hash = Sha256(kFollowUp);
    return house_.workflows.Deploy(version).value().id;
  }

  ApiKeyId AddKey(const TenantScope& scope) {
    const std::string text = house_.AddKey(Role::kOperator, scope);
    return house_.keys.Find(Sha256(text)).value()->id;
  }

  void Furnish(const std::string& tenant, Furniture& of) {
    of.account = house_.AddAccount(tenant, "The company of " + tenant);
    EXPECT_TRUE(house_.workflows.Enable(workflow_, of.account).ok());
    of.run = house_.AddRun(of.account, workflow_);
    of.event = house_.AddEvent(of.account);
    of.letter = house_.AddEvent(of.account);
    EXPECT_TRUE(house_.inbox.Bury(0, of.letter, "UNREADABLE: what " + tenant + " sent").ok());
    accounts::SessionRequest session;
    session.tenant = tenant;
    session.connector = "aircall";
    of.session = house_.connections->CreateSession(session).value().session.id;
    EXPECT_TRUE(
        house_.secrets.Put({tenant, "petstore", "the secret of " + tenant, house_.clock.Now()})
            .ok());
    of.key = AddKey(TenantScope::Of({tenant}));
    AddApplication(tenant);
    of.erasure = AddErasure(tenant);
    of.recording = AddRecording(of.account);
    const auto pushed = house_.platform_records.Push(
        RecordsOf(of), {{"c-42", {{"name", "Somebody of " + tenant}}, false, {}, {}}}, "", "");
    EXPECT_TRUE(pushed.ok());
    of.sync = AddSync(of.account);
    of.destination = AddDestination(of.account, tenant);
  }

  void AddApplication(const std::string& tenant) {
    const auto stored = house_.connections->applications().Set({.tenant = tenant,
                                                                .connector = "aircall",
                                                                .client_id = "client-of-" + tenant,
                                                                .client_secret = Secret("hidden"),
                                                                .redirect_url = "",
                                                                .claim_url = ""});
    EXPECT_TRUE(stored.ok());
  }

  ports::ErasureId AddErasure(const std::string& tenant) {
    ports::Erasure erasure;
    erasure.created_at = house_.clock.Now();
    erasure.id = house_.ids.Next<ports::ErasureTag>(erasure.created_at);
    erasure.state = ports::ErasureState::kDone;
    erasure.tenant = tenant;
    erasure.finished_at = erasure.created_at;
    EXPECT_TRUE(house_.erasure_store.Insert(erasure).ok());
    return erasure.id;
  }

  ports::RecordingId AddRecording(AccountId account) {
    ports::Recording recording;
    recording.created_at = house_.clock.Now();
    recording.id = house_.ids.Next<ports::RecordingTag>(recording.created_at);
    recording.account = account;
    recording.call = "4190000017";
    EXPECT_TRUE(house_.recordings.Want(recording).ok());
    recording.state = ports::RecordingState::kKept;
    recording.kept_at = recording.created_at;
    recording.sha256 = Sha256("what was said");
    EXPECT_TRUE(house_.recordings.Save(recording).ok());
    return recording.id;
  }

  ports::SyncId AddSync(AccountId account) {
    ports::Sync sync;
    sync.created_at = house_.clock.Now();
    sync.id = house_.ids.Next<ports::SyncTag>(sync.created_at);
    sync.account = account;
    sync.workspace = "acme";
    sync.name = "warehouse";
    sync.version = "1.0.0";
    sync.definition = WarehouseSync();
    sync.schema = "aircall_" + ToText(account);
    ports::SyncStream users;
    users.account = account;
    users.sync = sync.id;
    users.stream = "users";
    EXPECT_TRUE(house_.syncs.Open(sync, {users}).ok());
    return sync.id;
  }

  ports::DestinationId AddDestination(AccountId account, const std::string& tenant) {
    ports::Destination destination;
    destination.created_at = house_.clock.Now();
    destination.id = house_.ids.Next<ports::DestinationTag>(destination.created_at);
    destination.account = account;
    destination.name = "the warehouse of " + tenant;
    destination.sink = "http";
    destination.settings = {{"url", "https://" + tenant + ".example/hook"}};
    EXPECT_TRUE(house_.destinations.Create(destination).ok());
    return destination.id;
  }

  ports::PlatformPlace RecordsOf(const Furniture& of) {
    return {house_.accounts.Get(of.account).value().slot, of.account, "contact"};
  }

  /// What the words of a row stand for.
  Words WordsOfGlobex() const {
    return {{"$tenant", "globex"},
            {"$account", ToText(globex_.account)},
            {"$run", ToText(globex_.run)},
            {"$event", ToText(globex_.event)},
            {"$letter", ToText(globex_.letter)},
            {"$session", ToText(globex_.session)},
            {"$key", ToText(globex_.key)},
            {"$erasure", ports::ToText(globex_.erasure)},
            {"$recording", ports::ToText(globex_.recording)},
            {"$destination", ports::ToText(globex_.destination)},
            {"$shared_key", ToText(shared_key_)},
            {"$beginning", beginning_}};
  }

  /// The same words for what does not exist. Each is as long as globex's.
  Words WordsOfNobody() const {
    return {{"$tenant", "nobody"},
            {"$account", ToText(AccountId(4242))},
            {"$run", ToText(RunId(4242))},
            {"$event", ToText(EventId(4242))},
            {"$letter", ToText(EventId(4243))},
            {"$session", ToText(SessionId(4242))},
            {"$key", ToText(ApiKeyId(4242))},
            {"$erasure", ports::ToText(ports::ErasureId(4242))},
            {"$recording", ports::ToText(ports::RecordingId(4242))},
            {"$destination", ports::ToText(ports::DestinationId(4242))},
            {"$shared_key", ToText(ApiKeyId(4243))},
            {"$beginning", beginning_}};
  }

  Answer Ask(const std::string& method, const std::string& json, const std::string& key) {
    const MethodDescriptor* descriptor = methods_.at(method);
    std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(descriptor->input_type())
            ->New());
    const auto read = google::protobuf::util::JsonStringToMessage(json, request.get());
    EXPECT_TRUE(read.ok()) << "the row's request is no " << descriptor->input_type()->name() << ": "
                           << read.ToString();
    return Send(kPackage + method, *request, *descriptor->output_type(), key);
  }

  Answer Send(const std::string& method, const google::protobuf::Message& request,
              const google::protobuf::Descriptor& answer_type, const std::string& key) {
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(house_.channel());
    const auto context = house_.With(key);
    const auto call = stub.PrepareCall(context.get(), "/" + method, &queue);
    const auto done = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    done();
    const std::string bytes = request.SerializeAsString();
    const grpc::Slice slice(bytes);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    done();
    Answer answer;
    for (grpc::ByteBuffer buffer;;) {
      call->Read(&buffer, nullptr);
      if (!done()) break;
      answer.text += TextOf(buffer, answer_type);
      // A stream that goes on has told everything when it has come to acme's newest.
      if (answer.text.find(ToText(acme_.letter)) != std::string::npos) context->TryCancel();
    }
    call->Finish(&answer.status, nullptr);
    done();
    answer.text += answer.status.error_message() + answer.status.error_details();
    return answer;
  }

  static std::string TextOf(const grpc::ByteBuffer& buffer,
                            const google::protobuf::Descriptor& type) {
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(buffer.Dump(&slices).ok());
    std::string bytes;
    for (const grpc::Slice& slice : slices)
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
    EXPECT_TRUE(message->ParseFromString(bytes));
    return message->DebugString();
  }

  /// All that globex has, as it stands.
  std::string StateOfGlobex() {
    const auto account = house_.accounts.Get(globex_.account).value();
    const auto run = house_.runs.Get(globex_.run).value().summary;
    const auto key = house_.keys.Get(globex_.key).value();
    const auto shared = house_.keys.Get(shared_key_).value();
    std::string state = std::to_string(account.revision) + " " + run.status + " " +
                        std::to_string(run.seq) + " " +
                        house_.secrets.Find("globex", "petstore").value()->sealed + " ";
    state += house_.applications.Find("globex", "aircall").value()->sealed_secret + " ";
    state += house_.dead_letters.Get(globex_.letter).ok() ? "buried " : "gone ";
    for (const auto& each : {key, shared})
      state += each.revoked_at || !each.successor.IsNone() ? "ended " : "works ";
    const auto enablements = house_.workflows.ListEnabled().value();
    for (const auto& enablement : enablements)
      state += std::to_string(std::ranges::count(enablement.accounts, globex_.account)) + " ";
    ports::RunFilter runs;
    runs.accounts.Only({globex_.account});
    ports::EventFilter events;
    events.accounts.Only({globex_.account});
    state += std::to_string(house_.runs.List(runs, {})->items.size()) + " runs, " +
             std::to_string(house_.inbox.List(events, {})->items.size()) + " events, " +
             std::to_string(house_.erasure_store.List("globex", {})->items.size()) + " erasures, " +
             std::to_string(house_.recordings.Get(globex_.recording)->step) +
             (house_.recordings.Policy(globex_.account)->rules.KeepsAnything() ? " keeps" : "") +
             " sync " + std::to_string(house_.syncs.Get(globex_.account, globex_.sync)->step) +
             " record " + std::to_string(house_.record_store.Newest(RecordsOf(globex_)).value());
    std::to_string(house_.destinations.List(globex_.account)->size()) + " destinations";
    const auto destination = house_.destinations.Get(globex_.destination);
    state += destination.ok() ? " step " + std::to_string(destination->step) : " gone";
    const auto waiting = house_.deliveries.Count(globex_.destination);
    state += " " + std::to_string(waiting->size());
    return state;
  }

  void ExpectNothingOfGlobexIn(const std::string& told) {
    EXPECT_THAT(Lower(told), Not(HasSubstr("globex")));
    for (const auto& [name, value] : WordsOfGlobex()) {
      if (name == "$beginning") continue;
      EXPECT_THAT(told, Not(HasSubstr(value))) << "that is " << name;
    }
  }

  void Try(const IsolationRow& row) {
    const std::string& key = keys_[Role::kAdmin];
    const Answer answer = Ask(row.method, With(row.request, WordsOfGlobex()), key);
    if (row.meets == Meets::kNothing) {
      EXPECT_THAT(answer.status.error_code(), AnyOf(StatusCode::OK, StatusCode::CANCELLED))
          << answer.status.error_message();
      return ExpectNothingOfGlobexIn(answer.text);
    }
    const Answer nobodys = Ask(row.method, With(row.request, WordsOfNobody()), key);
    const std::string told = Without(answer.text, WordsOfGlobex());
    EXPECT_EQ(told, Without(nobodys.text, WordsOfNobody()))
        << "what is another's must look like what does not exist";
    EXPECT_EQ(answer.status.error_code(), nobodys.status.error_code());
    ExpectNothingOfGlobexIn(told);
    if (row.meets == Meets::kRefusalOfItems) {
      EXPECT_THAT(answer.text, HasSubstr("error_code"));
      return;
    }
    EXPECT_THAT(answer.status.error_code(),
                AnyOf(StatusCode::NOT_FOUND, StatusCode::PERMISSION_DENIED))
        << answer.status.error_message();
  }

  /// Of all that is stored, for those who follow events.
  const std::string beginning_ = api::MakeEventToken({{0, 1, 0}, {0, 1, 0}});
  ApiHouse house_;
  const std::map<std::string, const MethodDescriptor*> methods_ = MethodsOfTheApi();
  WorkflowId workflow_;
  Furniture globex_;
  Furniture acme_;
  ApiKeyId shared_key_;
  std::map<Role, std::string> keys_;  ///< acme's.
};

TEST(Isolation, HasARowForEveryMethod) {
  const auto methods = MethodsOfTheApi();
  ASSERT_FALSE(methods.empty());
  std::set<std::string> with_row;
  for (const IsolationRow& row : IsolationTable()) {
    EXPECT_TRUE(methods.contains(row.method)) << "there is no method " << row.method << " any more";
    with_row.insert(row.method);
  }
  for (const auto& [method, descriptor] : methods) {
    EXPECT_TRUE(with_row.contains(method))
        << method << " has no row in tests/integration/api/isolation_table.cc.\n"
        << "Add one beside those of its service; the comment above the table says how.";
  }
}

TEST_F(IsolationWorld, NoMethodTellsOrTouchesWhatIsAnothers) {
  const std::string before = StateOfGlobex();
  for (const IsolationRow& row : IsolationTable()) {
    if (!methods_.contains(row.method)) continue;
    SCOPED_TRACE(row.method + " " + row.request);
    Try(row);
    EXPECT_EQ(StateOfGlobex(), before);
  }
}

TEST_F(IsolationWorld, EachMethodAsksForItsRole) {
  for (const IsolationRow& row : IsolationTable()) {
    if (!methods_.contains(row.method)) continue;
    SCOPED_TRACE(row.method);
    const std::string request = With(row.request, WordsOfNobody());
    for (const auto& [role, key] : keys_) {
      const Answer answer = Ask(row.method, request, key);
      const bool refused = ReasonOf(answer.status) == "ROLE_INSUFFICIENT";
      EXPECT_EQ(refused, role > row.least) << api::ToString(role);
    }
    EXPECT_EQ(ReasonOf(Ask(row.method, request, "").status), "API_KEY_MISSING");
  }
}

TEST_F(IsolationWorld, ATenantTokenIsAViewerOrConnectsAndNothingElse) {
  const WallTime later = house_.clock.Now() + std::chrono::minutes(10);
  const std::string viewer = house_.tokens.Sign({"acme", false, later, "platform"});
  const std::string connects = house_.tokens.Sign({"acme", true, later, "platform"});
  for (const IsolationRow& row : IsolationTable()) {
    if (!methods_.contains(row.method)) continue;
    SCOPED_TRACE(row.method);
    const std::string request = With(row.request, WordsOfGlobex());
    const Answer as_viewer = Ask(row.method, request, viewer);
    EXPECT_EQ(ReasonOf(as_viewer.status) == "ROLE_INSUFFICIENT", row.least != Role::kViewer);
    ExpectNothingOfGlobexIn(Without(as_viewer.text, WordsOfGlobex()));
    const bool may = row.method == "AccountService/CreateConnectSession" ||
                     row.method == "AccountService/GetConnectSession";
    const Answer as_connecting = Ask(row.method, request, connects);
    EXPECT_EQ(ReasonOf(as_connecting.status) == "TOKEN_SCOPE_INSUFFICIENT", !may);
  }
}

}  // namespace
}  // namespace sb::testing
