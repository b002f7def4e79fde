#include "engine/api/check_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

v1::CheckFinding::Verdict VerdictOf(accounts::Verdict verdict) {
  switch (verdict) {
    case accounts::Verdict::kOk:
      return v1::CheckFinding::VERDICT_OK;
    case accounts::Verdict::kWarning:
      return v1::CheckFinding::VERDICT_WARNING;
    case accounts::Verdict::kProblem:
      return v1::CheckFinding::VERDICT_PROBLEM;
    case accounts::Verdict::kUnknown:
      return v1::CheckFinding::VERDICT_UNKNOWN;
  }
  return v1::CheckFinding::VERDICT_UNSPECIFIED;
}

}  // namespace

void Describe(const accounts::CheckReport& report, v1::CheckAccountResponse& response) {
  response.set_healthy(report.healthy);
  response.set_detail(report.detail);
  response.set_requests(report.requests);
  for (const accounts::Finding& finding : report.findings) {
    v1::CheckFinding& proto = *response.add_findings();
    proto.set_code(finding.code);
    proto.set_verdict(VerdictOf(finding.verdict));
    proto.set_text(finding.text);
    proto.set_advice(finding.advice);
  }
}

}  // namespace sb::api
