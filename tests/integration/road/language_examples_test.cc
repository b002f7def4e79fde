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
  enum class Start {
    kByHand,
    kByHandBeforeNotes,
    kByACall,
    kByACallThatIsCommented,
    kByAFailure
  } start = Start::kByHand;

  bool IsSwitchedOn() const {
    return start != Start::kByHand && start != Start::kByHandBeforeNotes;
  }
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
      {"retry", {Json::object(), "STATE_SUCCEEDED", {{"gaveUp", 503}}}},
      {"timeout", {Json::object(), "STATE_SUCCEEDED", {{"late", true}}}},
      {"extensions", {{{"n", 1}}, "STATE_SUCCEEDED", {{"n", 4}}}},
      {"data",
       {{{"order", {{"amount", 100}}}}, "STATE_SUCCEEDED", {{"paid", 120}, {"asked", 100}}}},
      {"gather", {{}, "STATE_SUCCEEDED", {}, Story::Start::kByACallThatIsCommented}},
      {"lifecycle",
       {{}, "STATE_SUCCEEDED", {{"why", "The order is too large"}}, Story::Start::kByAFailure}},
      {"listen-foreach",
       {Json::object(),
        "STATE_SUCCEEDED",
        {"0: first", "1: second"},
        Story::Start::kByHandBeforeNotes}},
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
    const std::string id = Begin(file, example.name, story);
    Json ended;
    EXPECT_TRUE(Eventually(20s, [&] {
      ended = system_.Cli({"run", "get", id});
      return ended.at("state") != "STATE_RUNNING";
    })) << ended.dump(2);
    // Only now: a run may still wait for the events that start it.
    if (story.IsSwitchedOn()) system_.Cli({"workflow", "disable", example.name, "--all-accounts"});
    return ended;
  }

  std::string Begin(const std::filesystem::path& file, const std::string& name,
                    const Story& story) {
    switch (story.start) {
      case Story::Start::kByHand:
        return StartByHand(file, name, story.input);
      case Story::Start::kByHandBeforeNotes: {
        const std::string id = StartByHand(file, name, story.input);
        for (const char* text : {"first", "second"}) Note(text);
        return id;
      }
      case Story::Start::kByAFailure:  // which no webhook tells
        system_.Cli({"workflow", "deploy", file});
        system_.Cli({"workflow", "enable", name, "--all-accounts"});
        std::ofstream(system_.folder() / "failing.yaml") << examples_.at("raise").source;
        system_.Cli({"workflow", "deploy", system_.folder() / "failing.yaml"});
        system_.Cli({"run", "start", "acme/refuse", "--account", account_, "--input", "-"},
                    R"({"amount": 5000})");
        return RunOf(name);
      default:
        return StartByACall(file, name, story.start);
    }
  }

  void Note(const std::string& text) {
    system_.Cli({"event", "publish", "--account", account_, "--type", "com.acme.note", "--subject",
                 "calls/7", "--id", text, "--data", Json{{"text", text}}.dump()});
  }

  /// The run of this workflow that was started by itself.
  std::string RunOf(const std::string& name) {
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
    return run.at("id");
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
    const std::string run = RunOf(name);
    if (start == Story::Start::kByACallThatIsCommented) {
      system_.Cli({"action", "call", "aircall.calls.comment", "--account", account_, "--input",
                   Json{{"call_id", call}, {"content", "noted"}}.dump()});
    }
    return run;
  }

  const std::map<std::string, Example> examples_ = ExamplesIn("docs/language.md");
  PetStore store_;
  LiveSystem system_;
  std::string account_;
};

TEST_F(LanguageExamples, EndAsTheyShould) {
  for (const auto& [name, example] : examples_) {
    const auto story = Stories().find(name);
    ASSERT_TRUE(story != Stories().end()) << "the example " << name << " has no story here";
    const Json run = Play(example, story->second);
    EXPECT_EQ(run.at("state"), story->second.state) << name << ": " << run.dump(2);
    if (story->second.output.is_null()) continue;
    EXPECT_EQ(run.at("output"), story->second.output) << name;
  }
  EXPECT_EQ(examples_.size(), Stories().size()) << "an example is gone from the page";
}

}  // namespace
}  // namespace sb::live
