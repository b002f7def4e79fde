// Runs the examples of docs/language.md as a reader would: deploys each, starts it, and looks at
// how it ends.
#include <fstream>
#include <httplib.h>
#include <map>
#include <regex>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

struct Example {
  std::string source;
  std::string name;  ///< "acme/hello"
};

/// The YAML behind each `<!-- example: NAME -->`.
std::map<std::string, Example> ExamplesIn(const std::string& page) {
  std::ostringstream text;
  text << std::ifstream(page).rdbuf();
  const std::string content = text.str();
  const std::regex block("<!-- example: ([a-z-]+) -->\n```yaml\n([^`]*)```");
  const std::regex name("name: ([a-z-]+)");
  std::map<std::string, Example> examples;
  for (std::sregex_iterator match(content.begin(), content.end(), block), end; match != end;
       ++match) {
    const std::string source = (*match)[2];
    std::smatch found;
    EXPECT_TRUE(std::regex_search(source, found, name)) << source;
    examples[(*match)[1]] = {source, "acme/" + found[1].str()};
  }
  return examples;
}

/// What a reader gives an example, and what they see.
struct Story {
  Json input = Json::object();
  std::string state = "STATE_SUCCEEDED";
  Json output = {};  ///< What the run's output must have; null: anything.
  enum class Start { kByHand, kByACall, kByACallThatIsCommented } start = Start::kByHand;
};

const std::map<std::string, Story>& Stories() {
  static const std::map<std::string, Story> kStories = {
      {"schedule", {{{"due", "08:30"}}, "STATE_SUCCEEDED", {}}},
      {"concurrency", {{{"contact_id", 7}}, "STATE_SUCCEEDED", {}}},
      {"call", {{{"phone", "+33100000000"}}, "STATE_SUCCEEDED", {{"known", false}}}},
      {"do", {{{"n", 20}}, "STATE_SUCCEEDED", {{"text", "It is 41"}}}},
      {"switch", {{{"amount", 5000}}, "STATE_SUCCEEDED", {{"decision", "ask"}}}},
      {"for", {{{"prices", {60, 70, 80}}}, "STATE_SUCCEEDED", {{"total", 130}}}},
      {"wait", {Json::object(), "STATE_SUCCEEDED", {{"waited", true}}}},
      {"emit",
       {{{"order", 17}},
        "STATE_SUCCEEDED",
        {{"type", "com.acme.order.placed"}, {"subject", "orders/17"}}}},
      {"raise", {{{"amount", 5000}}, "STATE_FAILED", {}}},
      {"try", {{{"contact", 1}}, "STATE_SUCCEEDED", {{"name", "nobody"}, {"why", 404}}}},
      {"fork", {Json::object(), "STATE_SUCCEEDED", {}}},
      {"listen", {{}, "STATE_SUCCEEDED", {}, Story::Start::kByACallThatIsCommented}},
      {"run", {{}, "STATE_SUCCEEDED", {}, Story::Start::kByACall}},
      {"http", {{{"petId", 7}}, "STATE_SUCCEEDED", {{"name", "Rex of ada"}}}},
      {"openapi",
       {{{"petId", 7}}, "STATE_SUCCEEDED", {{"status", 200}, {"name", "Rex of nobody"}}}},
  };
  return kStories;
}

/// https://petstore.example
class PetStore {
 public:
  PetStore() {
    server_.Get("/v2/swagger.json", [](const auto&, auto& answer) {
      answer.set_content(R"({ "swagger": "2.0", "basePath": "/v2", "paths": { "/pet/{petId}": {
          "get": { "operationId": "getPetById", "parameters": [
            { "name": "petId", "in": "path", "required": true, "type": "integer" } ] } } } })",
                         "application/json");
    });
    server_.Get("/v2/pet/7", [](const auto& asked, auto& answer) {
      const bool known = asked.get_header_value("Authorization") == "Basic YWRhOng=";
      answer.set_content(
          R"({"id": 7, "name": "Rex of )" + std::string(known ? "ada" : "nobody") + "\"}",
          "application/json");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // a stop before that would be lost
  }

  ~PetStore() {
    server_.stop();
    thread_.join();
  }

  std::string Origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

class LanguageExamples : public ::testing::Test {
 protected:
  LanguageExamples() {
    system_.StartSandbox();
    system_.StartServe({"--http-resolve", "petstore.example=" + store_.Origin()});
    account_ = system_.ConnectWithKey();
    const std::string tenant =
        system_.Cli({"account", "get", account_}).at("tenant").get<std::string>();
    system_.Cli({"secret", "set", "petstore", "--tenant", tenant},
                R"({"username": "ada", "password": "x"})");
    system_.Cli({"workflow", "deploy", "workflows/missed-call-follow-up.yaml"});
  }

  /// The run, ended.
  Json Play(const Example& example, const Story& story) {
    const auto file = system_.folder() / "example.yaml";
    std::ofstream(file) << example.source;
    const bool by_hand = story.start == Story::Start::kByHand;
    const std::string id = by_hand ? StartByHand(file, example.name, story.input)
                                   : StartByACall(file, example.name, story.start);
    Json ended;
    EXPECT_TRUE(Eventually(20s, [&] {
      ended = system_.Cli({"run", "get", id});
      return ended.at("state") != "STATE_RUNNING";
    })) << ended.dump(2);
    return ended;
  }

  std::string StartByHand(const std::filesystem::path& file, const std::string& name,
                          const Json& input) {
    system_.Cli({"workflow", "deploy", file});
    return system_.Cli({"run", "start", name, "--account", account_, "--input", "-"}, input.dump())
        .at("id");
  }

  std::string StartByACall(const std::filesystem::path& file, const std::string& name,
                           Story::Start start) {
    system_.SwitchOn(file, name);
    const std::int64_t call = system_.MissedCallFrom("+33612345678");
    Json run;
    EXPECT_TRUE(Eventually(20s,
                           [&] {
                             const Json runs = system_.Cli({"run", "list"}).at("runs");
                             for (const Json& each : runs) {
                               if (each.at("workflow_name") == name + ":1.0.0") run = each;
                             }
                             return !run.is_null();
                           }))
        << name << " was not started: " << system_.Cli({"run", "list"}).dump(2)
        << system_.ServeLog();
    if (start == Story::Start::kByACallThatIsCommented) {
      system_.Cli({"action", "call", "aircall.calls.comment", "--account", account_, "--input",
                   Json{{"call_id", call}, {"content", "noted"}}.dump()});
    }
    system_.Cli({"workflow", "disable", name, "--all-accounts"});
    return run.at("id");
  }

  PetStore store_;
  LiveSystem system_;
  std::string account_;
};

TEST_F(LanguageExamples, EndAsTheyShould) {
  const auto examples = ExamplesIn("docs/language.md");
  for (const auto& [name, example] : examples) {
    const auto story = Stories().find(name);
    ASSERT_TRUE(story != Stories().end()) << "the example " << name << " has no story here";
    const Json run = Play(example, story->second);
    EXPECT_EQ(run.at("state"), story->second.state) << name << ": " << run.dump(2);
    if (story->second.output.is_null()) continue;
    EXPECT_EQ(run.at("output"), story->second.output) << name;
  }
  EXPECT_EQ(examples.size(), Stories().size()) << "an example is gone from the page";
}

}  // namespace
}  // namespace sb::live
