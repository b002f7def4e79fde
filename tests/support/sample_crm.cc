#include "tests/support/sample_crm.h"

#include <algorithm>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/base/text.h"
#include "engine/base/time.h"

namespace sb::testing {
namespace {

using ports::HttpRequest;
using ports::HttpResponse;

constexpr std::size_t kMostNameChars = 80;

HttpResponse Reply(int status, const Json& body) {
  return {.status = status,
          .headers = {{"content-type", "application/json"}},
          .body = status == 204 ? "" : DumpJson(body)};
}

HttpResponse Refusal(int status, const std::string& message) {
  return Reply(status, {{"message", message}});
}

std::map<std::string, std::string> QueryOf(const std::string& target) {
  std::map<std::string, std::string> query;
  const std::size_t mark = target.find('?');
  std::string rest = mark == std::string::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string pair = rest.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query[pair.substr(0, equals)] =
        UrlDecode(equals < pair.size() ? pair.substr(equals + 1) : "").value_or("");
    rest.erase(0, std::min(end + 1, rest.size()));
  }
  return query;
}

std::int64_t SecondsOf(const Json& contact, const char* member) {
  const auto when = ParseRfc3339(TextMember(contact, member)).value_or(WallTime());
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

int NumberIn(const std::map<std::string, std::string>& query, const char* name, int otherwise) {
  const auto found = query.find(name);
  return found == query.end() ? otherwise : std::stoi(found->second);
}

bool Has(const Json& contact, const char* list, const std::string& value) {
  for (const Json& entry : Member(contact, list)) {
    if (Lower(TextMember(entry, "value")) == Lower(value)) return true;
  }
  return false;
}

/// Why the CRM does not take these fields; empty: it does.
std::string Complaint(const Json& fields) {
  for (const char* name : {"first_name", "last_name"}) {
    if (TextMember(fields, name).size() > kMostNameChars) return std::string(name) + " is too long";
  }
  for (const Json& entry : Member(fields, "emails")) {
    if (TextMember(entry, "value").find('@') == std::string::npos)
      return "emails: '" + TextMember(entry, "value") + "' is no address";
  }
  return {};
}

}  // namespace

Result<HttpResponse> SampleCrm::Answer(const HttpRequest& request) {
  if (interfere) {
    if (auto answer = interfere(request)) return *std::move(answer);
  }
  const std::size_t start = request.url.find('/', request.url.find("://") + 3);
  const std::string target = request.url.substr(start);
  const std::string path = target.substr(0, target.find('?'));
  const bool known = std::ranges::any_of(request.headers, [](const auto& header) {
    return header.first == "Authorization" && header.second == std::string("Bearer ") + kKey;
  });
  if (!known) return Refusal(401, "the key is not known");
  const std::lock_guard lock(mutex_);
  HttpResponse response = Route(request.method, path, QueryOf(target), request.body);
  if (request.method != "GET" && std::exchange(lose_next_answer, false))
    return InDoubt("HTTP_NO_ANSWER", "no complete answer came");
  return response;
}

HttpResponse SampleCrm::Route(const std::string& method, const std::string& path,
                              const Query& query, const std::string& body) {
  constexpr std::string_view kContacts = "/v1/contacts";
  if (method == "GET" && path == "/v1/me")
    return Reply(200, {{"workspace", {{"id", "w_7"}, {"name", "Lumen"}}}});
  if (method == "GET" && path == kContacts) return List(query);
  if (method == "POST" && path == kContacts) return Make(body);
  if (method == "GET" && path == std::string(kContacts) + "/search") return Search(query);
  if (path.starts_with(std::string(kContacts) + "/"))
    return One(method, path.substr(kContacts.size() + 1), body);
  return Refusal(404, "there is no such address");
}

HttpResponse SampleCrm::List(const Query& query) const {
  const auto sort_by = query.contains("sort") ? query.at("sort") : std::string("created_at");
  const bool falling = sort_by.starts_with('-');
  const std::string member = falling ? sort_by.substr(1) : sort_by;
  std::vector<Json> found;
  for (const auto& [id, contact] : contacts_) {
    const std::int64_t made = SecondsOf(contact, "created_at");
    const bool early =
        query.contains("created_from") && made < std::stoll(query.at("created_from"));
    const bool late = query.contains("created_to") && made > std::stoll(query.at("created_to"));
    if (!early && !late) found.push_back(contact);
  }
  std::ranges::stable_sort(found, [&](const Json& left, const Json& right) {
    const std::string a = TextMember(left, member);
    const std::string b = TextMember(right, member);
    return falling ? b < a : a < b;
  });
  const auto per_page = static_cast<std::size_t>(NumberIn(query, "per_page", 20));
  const std::size_t from = per_page * static_cast<std::size_t>(NumberIn(query, "page", 1) - 1);
  Json page = Json::array();
  for (std::size_t i = from; i < std::min(from + per_page, found.size()); ++i)
    page.push_back(found[i]);
  return Reply(200, {{"contacts", std::move(page)},
                     {"more", from + per_page < found.size()},
                     {"total", found.size()}});
}

HttpResponse SampleCrm::Search(const Query& query) const {
  const bool phone = query.contains("phone");
  Json found = Json::array();
  for (const auto& [id, contact] : contacts_) {
    if (Has(contact, phone ? "phones" : "emails", query.at(phone ? "phone" : "email")))
      found.push_back(contact);
  }
  return Reply(200, {{"contacts", std::move(found)}});
}

HttpResponse SampleCrm::Make(const std::string& body) {
  const auto fields = ParseJson(body);
  if (!fields.ok()) return Refusal(400, "the body is no JSON");
  if (const std::string complaint = Complaint(*fields); !complaint.empty())
    return Refusal(422, complaint);
  const std::string id = "c_" + std::to_string(next_++);
  Json contact = {{"id", id}, {"created_at", ToRfc3339(clock_.Now())}};
  Touch(contact, *fields);
  contacts_[id] = contact;
  return Reply(201, {{"contact", std::move(contact)}});
}

HttpResponse SampleCrm::One(const std::string& method, const std::string& id,
                            const std::string& body) {
  const auto found = contacts_.find(id);
  if (found == contacts_.end()) return Refusal(404, "there is no such contact");
  if (method == "GET") return Reply(200, {{"contact", found->second}});
  if (method == "DELETE") {
    contacts_.erase(found);
    return Reply(204, {});
  }
  if (method != "PATCH") return Refusal(404, "there is no such address");
  const auto fields = ParseJson(body);
  if (!fields.ok()) return Refusal(400, "the body is no JSON");
  if (const std::string complaint = Complaint(*fields); !complaint.empty())
    return Refusal(422, complaint);
  Touch(found->second, *fields);
  return Reply(200, {{"contact", found->second}});
}

/// Sets fields; an empty text is none.
void SampleCrm::Touch(Json& contact, const Json& fields) const {
  for (const auto& [name, value] : fields.items())
    contact[name] = value == Json("") ? Json() : value;
  contact["updated_at"] = ToRfc3339(clock_.Now());
}

std::string SampleCrm::Add(const Json& fields) {
  const std::lock_guard lock(mutex_);
  return TextMember(Json::parse(Make(DumpJson(fields)).body).at("contact"), "id");
}

void SampleCrm::Edit(const std::string& id, const Json& fields) {
  const std::lock_guard lock(mutex_);
  Touch(contacts_.at(id), fields);
}

void SampleCrm::Remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  contacts_.erase(id);
}

Json SampleCrm::Get(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = contacts_.find(id);
  return found == contacts_.end() ? Json() : found->second;
}

std::size_t SampleCrm::size() const {
  const std::lock_guard lock(mutex_);
  return contacts_.size();
}

}  // namespace sb::testing
