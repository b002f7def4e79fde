// The shipped workflows that speak with a CRM, a directory and a ticket system.
#include <httplib.h>
#include <map>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/shipped/shipped_workflow.h"

namespace sb::live {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// Aircall's id in "aircall-4294967290".
std::int64_t CallIn(const Json& record) {
  return std::stoll(TextMember(record, "external_id").substr(std::string("aircall-").size()));
}

// ---- log-call-to-crm

class LogCallToCrm : public ShippedWorkflow {};

TEST_F(LogCallToCrm, LogsEachCallOnceAndCorrectsWhatHasChangedWhenItHasSettled) {
  // The CRM is down twice. While it takes the record, the agent writes a note on the call.
  services_.On("POST /api/calls", [this](const Asked& asked) -> Answer {
    if (asked.number == 1) return {500};
    if (asked.number == 2) return {503};
    if (asked.number == 3) {
      AsAgent("POST", "calls/" + std::to_string(CallIn(asked.body)) + "/comments",
              {{"content", "Wants a quote"}});
    }
    return {201, {{"id", asked.number}}};
  });
  SwitchOn("log-call-to-crm", "call.ended", {{"settles_after: PT30M", "settles_after: PT0.2S"}});

  const std::int64_t call = Place({{"from", "+16175550142"}, {"talk_seconds", 95}});
  const auto first = EndedRunsOf("log-call-to-crm", 1);
  EXPECT_EQ(first.front().at("state"), "STATE_SUCCEEDED");

  const auto created = services_.AskedFor("POST /api/calls");
  ASSERT_THAT(created, SizeIs(3));
  EXPECT_THAT(created,
              Each(AllOf(Field(&Asked::idempotency_key, "aircall-call-" + std::to_string(call)),
                         Field(&Asked::authorization, StartsWith("Bearer ")))));
  const Json record = created.back().body;
  EXPECT_EQ(record.at("outcome"), "answered");
  EXPECT_EQ(record.at("seconds_talked"), 95);
  EXPECT_EQ(record.at("external_number"), "+16175550142");
  EXPECT_EQ(record.at("internal_number"), "+19845550100");
  EXPECT_EQ(record.at("contact").at("name"), "Priya Banerjee");
  EXPECT_EQ(record.at("agent").at("name"), "Ines Marchetti");
  EXPECT_EQ(record.at("notes"), Json::array());

  const auto corrected = services_.AskedFor("PATCH /api/calls/3");
  ASSERT_THAT(corrected, SizeIs(1));
  EXPECT_EQ(corrected.front().body.at("notes"), Json::array({"Wants a quote"}));

  // Aircall tells of the same call again; then somebody who hides their number is missed.
  Deliver("call.ended", call);
  Place({{"from", "anonymous"}, {"answered", false}});
  EndedRunsOf("log-call-to-crm", 2);
  const auto all = services_.AskedFor("POST /api/calls");
  ASSERT_THAT(all, SizeIs(4)) << "the second delivery was logged too";
  const Json hidden = all.back().body;
  EXPECT_EQ(hidden.at("outcome"), "missed");
  EXPECT_EQ(hidden.at("missed_because"), "agents_did_not_answer");
  EXPECT_EQ(hidden.at("external_number"), Json());
  EXPECT_EQ(hidden.at("contact"), Json());
  EXPECT_EQ(hidden.at("agent"), Json());
  EXPECT_THAT(services_.AskedFor("PATCH /api/calls/4"), IsEmpty()) << "nothing had changed";
}

TEST_F(LogCallToCrm, StopsWhenTheCrmRefusesAndGoesOnWhenItIsRetried) {
  services_.On("POST /api/calls", [](const Asked&) -> Answer { return {401}; });
  SwitchOn("log-call-to-crm", "call.ended", {{"settles_after: PT30M", "settles_after: PT0.2S"}});
  Place({{"direction", "outbound"}, {"to", "+33612345678"}, {"answered", false}});

  const auto runs = EndedRunsOf("log-call-to-crm", 1);
  EXPECT_EQ(runs.front().at("state"), "STATE_FAILED");
  EXPECT_THAT(runs.front().dump(), HasSubstr("HTTP_STATUS_401"));
  EXPECT_THAT(services_.AskedFor("POST /api/calls"), SizeIs(1)) << "a refusal is no outage";

  services_.On("POST /api/calls", [](const Asked&) -> Answer { return {201, {{"id", "a/b"}}}; });
  system_.Cli({"run", "retry", runs.front().at("id")});
  EXPECT_EQ(EndedRunsOf("log-call-to-crm", 2).back().at("state"), "STATE_SUCCEEDED");
  const auto asked = services_.AskedFor("POST /api/calls");
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked.front().idempotency_key, asked.back().idempotency_key);
  EXPECT_EQ(asked.back().body.at("outcome"), "not answered");
}

// ---- log-call-to-postgres

class LogCallToPostgres : public ShippedWorkflow {
 protected:
  /// The table behind its HTTP door: the rows that it holds, by their key.
  void OpenTheTable() {
    services_.On("POST /calls", [this](const Asked& asked) -> Answer {
      const bool merges = asked.prefer.find("resolution=merge-duplicates") != std::string::npos &&
                          asked.query.at("on_conflict") == "aircall_id";
      if (asked.number == 1) return {503};
      if (!asked.authorization.starts_with("Bearer ")) return {401};
      const std::lock_guard lock(mutex_);
      const auto key = asked.body.at("aircall_id").get<std::int64_t>();
      if (rows_.contains(key) && !merges) return {409};
      rows_[key] = asked.body;
      return {201};
    });
  }

  std::map<std::int64_t, Json> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  std::mutex mutex_;
  std::map<std::int64_t, Json> rows_;
};

TEST_F(LogCallToPostgres, KeepsOneRowForEachCallAsItWasLast) {
  OpenTheTable();
  SwitchOn("log-call-to-postgres", "call.ended");
  const std::int64_t call = Place({{"from", "+16175550142"}, {"talk_seconds", 95}});
  EXPECT_EQ(EndedRunsOf("log-call-to-postgres", 1).front().at("state"), "STATE_SUCCEEDED");
  EXPECT_THAT(services_.AskedFor("POST /calls"), SizeIs(2)) << "the database was down once";
  ASSERT_THAT(rows(), SizeIs(1));
  const Json row = rows().at(call);
  EXPECT_EQ(row.at("outcome"), "answered");
  EXPECT_EQ(row.at("seconds_talked"), 95);
  EXPECT_EQ(row.at("external_number"), "+16175550142");
  EXPECT_EQ(row.at("contact_name"), "Priya Banerjee");
  EXPECT_EQ(row.at("agent_name"), "Ines Marchetti");
  EXPECT_EQ(row.at("notes"), Json::array());
  EXPECT_EQ(row.at("settled"), false);

  // A note is written, and the call is written once more.
  AsAgent("POST", "calls/" + std::to_string(call) + "/comments", {{"content", "Wants a quote"}});
  const auto replay =
      system_.TryCli({"event", "replay", "switchboard/log-call-to-postgres", "--filter",
                      "receive_time >= 2026-01-01", "--replay-id", "once-more", "--yes"});
  EXPECT_EQ(replay.exit_status, 0) << replay.out << replay.err;
  EXPECT_EQ(EndedRunsOf("log-call-to-postgres", 2).back().at("state"), "STATE_SUCCEEDED");
  ASSERT_THAT(rows(), SizeIs(1)) << "a second row for the same call";
  EXPECT_EQ(rows().at(call).at("notes"), Json::array({"Wants a quote"}));
}

TEST_F(LogCallToPostgres, LeavesEmptyWhatIsNotKnown) {
  OpenTheTable();
  SwitchOn("log-call-to-postgres", "call.ended");
  const std::int64_t call = Place({{"from", "anonymous"}, {"answered", false}});
  EndedRunsOf("log-call-to-postgres", 1);
  const Json row = rows().at(call);
  EXPECT_EQ(row.at("outcome"), "missed");
  for (const char* column : {"external_number", "agent_name", "agent_email", "contact_id",
                             "contact_name", "contact_company"}) {
    EXPECT_EQ(row.at(column), Json()) << column;
  }
}

// ---- enrich-contact-on-call

class EnrichContactOnCall : public ShippedWorkflow {
 protected:
  /// Those of Aircall's contacts that have this phone number.
  std::vector<Json> ContactsAt(const std::string& phone) {
    std::vector<Json> found;
    const Json all = system_.Aircall("/v1/contacts?per_page=50");
    for (const Json& contact : all.at("contacts")) {
      for (const Json& each : contact.at("phone_numbers")) {
        if (each.at("value") == phone) found.push_back(contact);
      }
    }
    return found;
  }
};

Answer AskDirectory(const Asked& asked) {
  const std::string phone = asked.query.at("phone");
  if (asked.number == 1) return {500};
  if (phone == "+33612345678") {
    return {200,
            {{"first_name", "Nadia"},
             {"last_name", "Okoro"},
             {"company", "Okoro Ltd"},
             {"email", "nadia@okoro.example"},
             {"note", "Plan: gold"}}};
  }
  if (phone == "+33639980110") {
    return {200,
            {{"first_name", "Marcus"},
             {"last_name", " "},
             {"company", "Verrier"},
             {"email", "MARC.Delaunay@verrier.example"}}};
  }
  return {404, {{"error", "unknown"}}};
}

TEST_F(EnrichContactOnCall, CreatesCompletesAndOtherwiseLeavesAlone) {
  services_.On("GET /api/people", AskDirectory);
  SwitchOn("enrich-contact-on-call", "call.created");

  // Somebody new, on two lines at once; the directory does not work at first.
  Place({{"from", "+33612345678"}});
  Place({{"from", "+33612345678"}, {"number_id", 1400002}});
  // Somebody whom Aircall knows in part; somebody whom the directory does not know; somebody
  // hidden.
  Place({{"from", "+33639980110"}});
  Place({{"from", "+16175550142"}});
  Place({{"from", "anonymous"}});
  // Outbound calls are not looked up.
  Place({{"direction", "outbound"}, {"to", "+33600000001"}});
  Place({{"from", "+33600000002"}});

  for (const Json& run : EndedRunsOf("enrich-contact-on-call", 5))
    EXPECT_EQ(run.at("state"), "STATE_SUCCEEDED") << run.dump(2);

  const auto added = ContactsAt("+33612345678");
  ASSERT_THAT(added, SizeIs(1)) << "two calls of a new caller make one contact";
  EXPECT_EQ(added.front().at("first_name"), "Nadia");
  EXPECT_EQ(added.front().at("last_name"), "Okoro");
  EXPECT_EQ(added.front().at("company_name"), "Okoro Ltd");
  EXPECT_EQ(added.front().at("information"), "Plan: gold");
  ASSERT_THAT(added.front().at("emails"), SizeIs(1));
  EXPECT_EQ(added.front().at("emails")[0].at("value"), "nadia@okoro.example");

  const auto marc = ContactsAt("+33639980110");
  ASSERT_THAT(marc, SizeIs(1));
  EXPECT_EQ(marc.front().at("first_name"), "Marc") << "what people typed stays";
  EXPECT_EQ(marc.front().at("last_name"), "Delaunay");
  EXPECT_EQ(marc.front().at("company_name"), "Verrier") << "what was empty is filled";
  EXPECT_THAT(marc.front().at("emails"), SizeIs(1)) << "the same address in capitals";

  EXPECT_EQ(ContactsAt("+16175550142").front().at("company_name"), "Lumen Tools");
  EXPECT_THAT(ContactsAt("+33600000002"), IsEmpty());
}

TEST_F(EnrichContactOnCall, LetsTheDirectoryWinWhereItIsToldTo) {
  services_.On("GET /api/people", [](const Asked&) -> Answer {
    return {200, {{"first_name", "Pri"}, {"company", "Lumen Lights"}}};
  });
  SwitchOn("enrich-contact-on-call", "call.created",
           {{"directory_wins: []", "directory_wins: [company_name]"}});
  Place({{"from", "+16175550142"}});
  EndedRunsOf("enrich-contact-on-call", 1);
  const Json priya = ContactsAt("+16175550142").front();
  EXPECT_EQ(priya.at("company_name"), "Lumen Lights");
  EXPECT_EQ(priya.at("first_name"), "Priya");
}

// ---- voicemail-to-ticket

class VoicemailToTicket : public ShippedWorkflow {
 protected:
  /// The status that whoever follows this link gets.
  static int Follow(const std::string& link) {
    const std::size_t path = link.find('/', link.find("://") + 3);
    httplib::Client client(link.substr(0, path));
    const auto answer = client.Get(link.substr(path));
    return answer ? answer->status : 0;
  }
};

TEST_F(VoicemailToTicket, HasItTranscribedByAFreshLinkAndOpensOneTicket) {
  // The service breaks down, and when it works again the first link has died.
  std::vector<int> followed;
  services_.On("POST /v1/transcripts", [this, &followed](const Asked& asked) -> Answer {
    if (asked.number == 1) {
      LetTimePass(2 * 3600);
      return {500};
    }
    followed = {Follow(services_.AskedFor("POST /v1/transcripts").front().body.at("url")),
                Follow(asked.body.at("url"))};
    return {200, {{"id", "t 1"}, {"status", "queued"}}};
  });
  services_.On("GET /v1/transcripts/t 1", [](const Asked& asked) -> Answer {
    if (asked.number < 3) return {200, {{"status", "processing"}}};
    return {200, {{"status", "completed"}, {"text", "My lamp flickers."}}};
  });
  services_.On("POST /api/tickets", [](const Asked& asked) -> Answer {
    if (asked.number == 1) return {500};
    return {201, {{"id", 4711}}};
  });
  SwitchOn("voicemail-to-ticket", "call.voicemail_left",
           {{"ask_again: PT10S", "ask_again: PT0.05S"}});
  const std::int64_t call =
      Place({{"from", "+16175550142"}, {"answered", false}, {"voicemail_seconds", 20}});
  const auto runs = EndedRunsOf("voicemail-to-ticket", 1);
  EXPECT_EQ(runs.front().at("state"), "STATE_SUCCEEDED");

  ASSERT_THAT(followed, SizeIs(2));
  EXPECT_NE(followed[0], 200) << "the first link should have died";
  EXPECT_EQ(followed[1], 200);

  const auto asked = services_.AskedFor("POST /api/tickets");
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_THAT(asked,
              Each(Field(&Asked::idempotency_key, "aircall-voicemail-" + std::to_string(call))));
  const Json ticket = asked.back().body;
  EXPECT_EQ(ticket.at("subject"), "Voicemail from Priya Banerjee on Support US");
  EXPECT_EQ(ticket.at("text"), "My lamp flickers.");
  EXPECT_EQ(ticket.at("phone"), "+16175550142");
  EXPECT_THAT(TextMember(ticket, "listen"), Not(HasSubstr("Expires"))) << "a link that dies";
  EXPECT_THAT(NotesOf(call), ElementsAre(HasSubstr("4711")));

  const std::string shown = system_.Cli({"run", "get", runs.front().at("id")}).dump();
  EXPECT_THAT(shown, AllOf(Not(HasSubstr("My lamp flickers")), Not(HasSubstr("Expires="))));
}

TEST_F(VoicemailToTicket, OpensTheTicketWithoutATextWhenThereIsNone) {
  services_.On("POST /v1/transcripts", [](const Asked& asked) -> Answer {
    if (asked.number == 1) return {400, {{"error", "no speech found"}}};
    return {200, {{"text", "At once."}}};
  });
  // Before the second ticket is there, people have filled the call's five notes.
  services_.On("POST /api/tickets", [this](const Asked& asked) -> Answer {
    for (int note = 0; asked.number == 2 && note < 5; ++note) {
      AsAgent("POST",
              "calls/" + std::to_string(asked.body.at("call").get<std::int64_t>()) + "/comments",
              {{"content", "note"}});
    }
    return {201, {{"id", asked.number}}};
  });
  SwitchOn("voicemail-to-ticket", "call.voicemail_left");

  const std::int64_t hidden =
      Place({{"from", "anonymous"}, {"answered", false}, {"voicemail_seconds", 5}});
  EndedRunsOf("voicemail-to-ticket", 1);
  Deliver("call.voicemail_left", hidden);
  Place({{"from", "+33612345678"}, {"answered", false}, {"voicemail_seconds", 5}});
  Place({{"from", "+33612345678"}, {"answered", false}});
  for (const Json& run : EndedRunsOf("voicemail-to-ticket", 2))
    EXPECT_EQ(run.at("state"), "STATE_SUCCEEDED") << run.dump(2);

  const auto tickets = services_.AskedFor("POST /api/tickets");
  ASSERT_THAT(tickets, SizeIs(2));
  EXPECT_EQ(tickets[0].body.at("subject"), "Voicemail from a hidden number on Support US");
  EXPECT_THAT(TextMember(tickets[0].body, "text"), HasSubstr("could not be transcribed"));
  EXPECT_EQ(tickets[0].body.at("phone"), Json());
  EXPECT_EQ(tickets[1].body.at("text"), "At once.");
}

}  // namespace
}  // namespace sb::live
