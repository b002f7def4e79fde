#include "tests/bench/subject.h"

#include <chrono>
#include <fstream>
#include <httplib.h>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "engine/base/file.h"
#include "tests/support/live/eventually.h"

namespace sb::bench {
namespace {

using namespace std::chrono_literals;

std::string TextOf(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Json EndpointsIn(const std::filesystem::path& file, live::Process& process,
                 const std::filesystem::path& log) {
  Json endpoints;
  live::Eventually(120s, [&] {
    auto parsed = ParseJson(TextOf(file));
    if (parsed.ok() && Member(*parsed, "pid") == process.pid()) endpoints = *parsed;
    return !endpoints.is_null() || !process.IsRunning();
  });
  if (endpoints.is_null()) throw std::runtime_error("no " + file.string() + ":\n" + TextOf(log));
  return endpoints;
}

/// The numbers of /proc/<pid>/stat from the 3rd field on (the 2nd, the name, may hold blanks).
std::vector<std::string> StatOf(pid_t pid) {
  const std::string text = TextOf("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t after_name = text.rfind(')');
  if (after_name == std::string::npos) return {};
  std::istringstream rest(text.substr(after_name + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

/// utime and stime; with those of children that have ended, where wanted.
double CpuSecondsOf(pid_t pid, bool with_children) {
  constexpr std::size_t kUserTime = 11;  // field 14 of proc(5)
  const auto fields = StatOf(pid);
  double ticks = 0;
  for (std::size_t i = kUserTime; i < kUserTime + (with_children ? 4 : 2) && i < fields.size(); ++i)
    ticks += std::stod(fields[i]);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// The server and all of its processes, those that have ended included.
double PostgresCpuSeconds(pid_t server) {
  double seconds = CpuSecondsOf(server, true);
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto fields = StatOf(static_cast<pid_t>(std::stol(name)));
    if (fields.size() > 1 && fields[1] == std::to_string(server))
      seconds += CpuSecondsOf(static_cast<pid_t>(std::stol(name)), false);
  }
  return seconds;
}

double OwnCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Json AnswerTo(const std::string& path, const httplib::Result& answer) {
  if (!answer || answer->status != 200) throw std::runtime_error("the sandbox refuses " + path);
  return Json::parse(answer->body);
}

}  // namespace

Subject::Subject(std::filesystem::path programs, const std::vector<std::string>& sandbox_options)
    : programs_(std::move(programs)) {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "switchboard-bench-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));  // for the database's user
  live::Command sandbox{{programs_ / "aircall-sandbox", "--listen", "127.0.0.1:0", "--rate-limit",
                         "0", "--endpoints-file", folder_ / "sandbox.json"},
                        {},
                        {}};
  sandbox.words.insert(sandbox.words.end(), sandbox_options.begin(), sandbox_options.end());
  sandbox_ = std::make_unique<live::Process>(sandbox, folder_ / "sandbox.log");
  sandbox_endpoints_ = EndpointsIn(folder_ / "sandbox.json", *sandbox_, folder_ / "sandbox.log");
  relay_ = std::make_unique<Relay>(TextMember(sandbox_endpoints_, "base_url"));
}

Subject::~Subject() {
  if (serve_) serve_->Stop();
  sandbox_->Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

double Subject::Start(const std::vector<std::string>& options) {
  const std::string http = endpoints_.is_null() ? "127.0.0.1:0" : TextMember(endpoints_, "http");
  live::Command serve{{programs_ / "switchboard", "serve", "--data-dir", folder_ / "data",
                       "--grpc-listen", "127.0.0.1:0", "--http-listen", http, "--aircall-api-url",
                       relay_->url(), "--aircall-oauth-url", relay_->url(), "--log-level", "warn"},
                      {},
                      {}};
  serve.words.insert(serve.words.end(), options.begin(), options.end());
  const auto began = std::chrono::steady_clock::now();
  serve_ = std::make_unique<live::Process>(serve, folder_ / "serve.log");
  endpoints_ = EndpointsIn(folder_ / "data" / "endpoints.json", *serve_, folder_ / "serve.log");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void Subject::Stop() {
  serve_->Stop();
}

Json Subject::Cli(const std::vector<std::string>& words, const std::string& input) const {
  live::Command command{
      {programs_ / "switchboard", "--data-dir", folder_ / "data", "-o", "json"}, {}, input};
  command.words.insert(command.words.end(), words.begin(), words.end());
  const live::Ended ended = live::RunToEnd(command);
  auto answer = ParseJson(ended.out);
  if (ended.exit_status != 0 || !answer.ok())
    throw std::runtime_error("switchboard " + words.front() + ": " + ended.err);
  return *answer;
}

std::string Subject::Connect() {
  return TextMember(Cli({"account", "connect", "--tenant", "bench", "--api-id",
                         TextMember(sandbox_endpoints_, "api_id"), "--api-token-stdin"},
                        TextMember(sandbox_endpoints_, "api_token")),
                    "id");
}

std::string Subject::Deploy(const std::string& name, const std::string& tasks,
                            const std::string& trigger) {
  const auto file = folder_ / (name + ".yaml");
  std::ofstream(file) << "document: {dsl: '1.0.3', namespace: bench, name: " << name
                      << ", version: '1.0.0'}\n"
                      << trigger << "do:\n"
                      << tasks;
  Cli({"workflow", "deploy", file});
  return "bench/" + name + ":1.0.0";
}

Json Subject::Webhook() const {
  return Aircall("/v1/webhooks").at("webhooks").at(0);
}

Json Subject::Aircall(const std::string& path) const {
  httplib::Client client(TextMember(sandbox_endpoints_, "base_url"));
  client.set_basic_auth(TextMember(sandbox_endpoints_, "api_id"),
                        TextMember(sandbox_endpoints_, "api_token"));
  return AnswerTo(path, client.Get(path));
}

Json Subject::Sandbox(const std::string& path) const {
  httplib::Client client(TextMember(sandbox_endpoints_, "base_url"));
  return AnswerTo(path, client.Get(path));
}

Json Subject::EditSandbox(const std::string& path, const Json& body) const {
  httplib::Client client(TextMember(sandbox_endpoints_, "base_url"));
  return AnswerTo(path, client.Put(path, DumpJson(body), "application/json"));
}

std::filesystem::path Subject::UnlimitedConnectors() const {
  const std::filesystem::path folder = folder_ / "connectors";
  std::filesystem::create_directories(folder);
  std::filesystem::copy(SB_CONNECTORS_DIR "/aircall", folder / "aircall",
                        std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(folder / "aircall" / "sandbox");
  std::istringstream lines(TextOf(folder / "aircall" / "connector.yaml"));
  std::ofstream out(folder / "aircall" / "connector.yaml");
  out << "replaces: true\n";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  per_minute:")) line = "  per_minute: 1000000";
    if (line.starts_with("  start_with:")) line = "  start_with: 1000000";
    out << line << "\n";
  }
  return folder;
}

std::string Subject::api_key() const {
  std::string key = TextOf(folder_ / "data" / "admin.key");
  while (!key.empty() && key.back() == '\n') key.pop_back();
  return key;
}

std::string Subject::database_url() const {
  return "postgresql://switchboard@/switchboard?host=" + (folder_ / "data" / "run").string();
}

CpuTimes Subject::Cpu() const {
  const pid_t server =
      static_cast<pid_t>(std::stol(TextOf(folder_ / "data" / "postgres" / "postmaster.pid")));
  return {CpuSecondsOf(serve_->pid(), false), PostgresCpuSeconds(server), OwnCpuSeconds()};
}

double Subject::Memory() const {
  return MemoryLine("VmRSS:");
}

double Subject::PeakMemory() const {
  return MemoryLine("VmHWM:");
}

double Subject::MemoryLine(const std::string& name) const {
  std::istringstream status(TextOf("/proc/" + std::to_string(serve_->pid()) + "/status"));
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == name && status >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}

}  // namespace sb::bench
