#pragma once

#include <map>
#include <string>

namespace sb::live {

/// A person at a browser, without the pictures: follows redirects, keeps cookies, sends forms.
class Visitor {
 public:
  struct Page {
    std::string url;  ///< Where it was in the end.
    int status = 0;   ///< 0: nobody answered.
    std::string body;
  };

  using Fields = std::map<std::string, std::string>;

  /// `hosts` says where the names of a test are: {"notebook.test", "http://127.0.0.1:1234"}. Other
  /// hosts are where their URL says.
  explicit Visitor(std::map<std::string, std::string> hosts) : hosts_(std::move(hosts)) {}

  Page Open(const std::string& url);
  /// Sends the form of `page` whose action ends with `action`: its hidden fields, and `fields`. A
  /// page without such a form is a test failure that shows it.
  Page Submit(const Page& page, const std::string& action, Fields fields = {});

 private:
  Page Go(std::string method, std::string url, std::string form);
  void Keep(const std::string& host, const std::string& set_cookie);
  std::string CookiesFor(const std::string& host) const;

  const std::map<std::string, std::string> hosts_;
  std::map<std::string, Fields> cookies_;  ///< By host.
};

}  // namespace sb::live
