#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/report.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.ReportService: see proto/switchboard/v1/report.proto.
class ReportService final : public switchboard::v1::ReportService::CallbackService {
 public:
  ReportService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* ListReports(grpc::CallbackServerContext* context,
                                        const switchboard::v1::ListReportsRequest* request,
                                        switchboard::v1::ListReportsResponse* response) override;
  grpc::ServerUnaryReactor* RunReport(grpc::CallbackServerContext* context,
                                      const switchboard::v1::RunReportRequest* request,
                                      switchboard::v1::RunReportResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
