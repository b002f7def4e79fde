#include "connectors/aircall/sandbox/oauth_pages.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "connectors/aircall/sandbox/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::string_view kFrame = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}</title>
<style>
  :root {
    color-scheme: light dark;
    --ground: #eef1f5; --card: #fff; --ink: #17212f; --soft: #566375; --line: #d8dfe8;
    --accent: #0b6b57; --on-accent: #fff; --warn: #8a2b12; --warn-ground: #fdeee9; --chip: #e3f1ee;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ground: #12171e; --card: #1b222c; --ink: #eaf0f6; --soft: #a4b1c1; --line: #323d4b;
      --accent: #4cc9a8; --on-accent: #06231c; --warn: #ffb9a3; --warn-ground: #3a201a; --chip: #17362f;
    }
  }
  * { box-sizing: border-box; }
  body {
    margin: 0; min-height: 100vh; padding: 2rem 1rem; background: var(--ground); color: var(--ink);
    font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
    display: flex; flex-direction: column; align-items: center; justify-content: center;
  }
  main {
    width: 100%; max-width: 30rem; background: var(--card); border: 1px solid var(--line);
    border-radius: 16px; padding: 2rem; box-shadow: 0 12px 32px rgb(10 25 45 / 8%);
  }
  .chip {
    display: inline-block; margin: 0 0 1rem; padding: .15rem .75rem; border-radius: 99px;
    background: var(--chip); color: var(--accent); font-size: .8125rem; font-weight: 600;
  }
  h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
  h2, legend { margin: 0; padding: 0; font-size: 1rem; font-weight: 600; }
  p { margin: 0; color: var(--soft); overflow-wrap: anywhere; text-wrap: pretty; }
  section, fieldset { margin: 1.5rem 0 0; padding: 0; border: 0; min-width: 0; }
  ul { margin: .5rem 0 0; padding: 0 0 0 1.25rem; color: var(--soft); text-wrap: pretty; }
  .number {
    display: flex; align-items: center; gap: .75rem; margin-top: .5rem; padding: .75rem 1rem;
    border: 1px solid var(--line); border-radius: 10px; cursor: pointer;
  }
  .number:hover, .number:has(:checked) { border-color: var(--accent); }
  .number input { width: 1.25rem; height: 1.25rem; margin: 0; flex: none; accent-color: var(--accent); }
  .number span { flex: 1; min-width: 0; }
  .number small { color: var(--soft); font-size: .875rem; white-space: nowrap; }
  .problem {
    margin: 1rem 0 0; padding: .75rem 1rem; border-radius: 10px;
    background: var(--warn-ground); color: var(--warn); font-weight: 600;
  }
  .admin { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .875rem; }
  .buttons { display: flex; flex-direction: row-reverse; gap: .75rem; margin-top: 1.25rem; }
  button {
    flex: 1; min-height: 3rem; padding: .5rem 1rem; border-radius: 10px; font: inherit; font-weight: 600;
    border: 1px solid var(--line); background: none; color: var(--ink); cursor: pointer;
  }
  button.yes { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
  button:hover { filter: brightness(1.08); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  @media (max-width: 30rem) {
    body { padding: 1rem .75rem; justify-content: flex-start; }
    main { padding: 1.25rem; }
    .number { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; padding: .5rem 1rem; }
    .number input { grid-row: span 2; }
    .buttons { flex-direction: column; }
    .buttons button { flex: none; }
  }
</style>
</head>
<body>
<main>
<p class="chip">Aircall sandbox</p>
{{content}}
</main>
</body>
</html>
)html";

// `numbers_shown` tells a browser whose boxes are all empty from a script that sends the hidden
// fields only, and so takes all numbers; that is why it is a field out of sight rather than one of
// type hidden.
constexpr std::string_view kConsent = R"html(<h1>Connect {{app}} to {{company}}?</h1>
<p>{{app}} asks for access to this Aircall company.</p>
{{problem}}
<section aria-labelledby="may">
<h2 id="may">{{app}} will be able to</h2>
<ul>
<li>read and change calls, contacts, tags and webhooks</li>
<li>read users, teams and numbers</li>
<li>be told of calls on the numbers you choose</li>
</ul>
</section>
<form method="post" action="/oauth/authorize">
{{hidden}}
<fieldset>
<legend>Numbers it is linked to</legend>
<input name="numbers_shown" value="1" hidden>
{{numbers}}
</fieldset>
<p class="admin">Only an administrator of {{company}} can allow this. You are signed in as
{{admin}}. You can remove the app at any time.</p>
<div class="buttons">
<button class="yes" name="decision" value="authorize">Authorize</button>
<button name="decision" value="cancel">Cancel</button>
</div>
</form>)html";

using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Puts values, which are HTML already, for the {{names}} of a page.
std::string Filled(std::string_view page, Values values) {
  std::string text;
  while (!page.empty()) {
    const auto open = page.find("{{");
    text += page.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    for (const auto& [key, value] : values) {
      if (key == name) text += value;
    }
    page.remove_prefix(close + 2);
  }
  return text;
}

std::string HiddenField(const char* name, const std::string& value) {
  return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + HtmlEscape(value) +
         "\">\n";
}

std::string NumberChoice(const Number& number, bool checked) {
  return "<label class=\"number\"><input type=\"checkbox\" name=\"number_ids\" value=\"" +
         std::to_string(number.id) + "\"" + (checked ? " checked" : "") + "><span>" +
         HtmlEscape(number.name) + "</span><small>" + HtmlEscape(DisplayPhone(number.e164)) +
         "</small></label>\n";
}

std::string AdminName(const World& world) {
  for (const User& user : world.directory().users) {
    if (user.admin) return user.name;
  }
  return "an administrator";
}

}  // namespace

std::string ConsentPage(const World& world, const AuthorizeRequest& request,
                        const std::string& problem) {
  std::string numbers;
  for (const Number& number : world.directory().numbers) {
    numbers += NumberChoice(number, /*checked=*/problem.empty());
  }
  const std::string hidden = HiddenField("client_id", request.client_id) +
                             HiddenField("redirect_uri", request.redirect_uri) +
                             HiddenField("response_type", request.response_type) +
                             HiddenField("scope", request.scope) +
                             HiddenField("state", request.state);
  const std::string warning =
      problem.empty() ? "" : "<p class=\"problem\" role=\"alert\">" + HtmlEscape(problem) + "</p>";
  const std::string app = HtmlEscape(world.app().client().name);
  const std::string content =
      Filled(kConsent, {{"app", app},
                        {"company", HtmlEscape(world.directory().company.name)},
                        {"admin", HtmlEscape(AdminName(world))},
                        {"problem", warning},
                        {"hidden", hidden},
                        {"numbers", numbers}});
  return Filled(kFrame, {{"title", "Connect " + app + " - Aircall sandbox"}, {"content", content}});
}

std::string NoticePage(const std::string& title, const std::string& text) {
  const std::string content = "<h1>" + HtmlEscape(title) + "</h1>\n<p>" + HtmlEscape(text) + "</p>";
  return Filled(kFrame,
                {{"title", HtmlEscape(title) + " - Aircall sandbox"}, {"content", content}});
}

}  // namespace sb::aircall::sandbox
