#include <gmock/gmock.h>

#include "engine/adapters/crypto/sodium_vault.h"
#include "switchboard/v1/encryption.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ::testing::ElementsAre;
using testing::ReasonOf;
using ::testing::SizeIs;

class EncryptionCalls : public ::testing::Test {
 protected:
  struct Heard {
    std::vector<v1::RotateEncryptionResponse> messages;
    grpc::Status status;
  };

  Heard Rotate(const std::string& key) {
    const auto context = house_.With(key);
    const auto stream = stub_->RotateEncryption(context.get(), {});
    Heard heard;
    v1::RotateEncryptionResponse message;
    while (stream->Read(&message)) heard.messages.push_back(message);
    heard.status = stream->Finish();
    return heard;
  }

  grpc::Status List(const std::string& key) {
    return stub_->ListEncryptionKeys(house_.With(key).get(), {}, &listed_);
  }

  /// Data keys of so many tenants, wrapped by the old key as before the new one came.
  void MakeDataKeys(int count) {
    const auto keys = adapters::crypto::SodiumKeys::Create({testing::OldVaultKey()}).value();
    const adapters::crypto::SodiumVault vault(keys, house_.data_keys);
    for (int i = 0; i < count; ++i) {
      const auto context = ports::SecretContext("tenant" + std::to_string(i), "token");
      ASSERT_TRUE(vault.Seal(Secret("s3cret"), context).ok());
    }
  }

  testing::ApiHouse house_;
  std::string admin_ = house_.AddKey(Role::kAdmin);
  std::string new_id_ = house_.vault_keys.ids()[0];
  std::string old_id_ = house_.vault_keys.ids()[1];
  v1::ListEncryptionKeysResponse listed_;
  std::unique_ptr<v1::EncryptionService::Stub> stub_ =
      v1::EncryptionService::NewStub(house_.channel());
};

TEST_F(EncryptionCalls, ListShowsWhatNeedsWhichKeyAndNoKey) {
  MakeDataKeys(3);
  ASSERT_TRUE(List(admin_).ok());
  ASSERT_THAT(listed_.keys(), SizeIs(2));
  EXPECT_EQ(listed_.keys(0).id(), new_id_);
  EXPECT_TRUE(listed_.keys(0).loaded());
  EXPECT_FALSE(listed_.keys(0).current());
  EXPECT_EQ(listed_.keys(0).data_keys(), 0);
  EXPECT_EQ(listed_.keys(1).id(), old_id_);
  EXPECT_TRUE(listed_.keys(1).current());
  EXPECT_EQ(listed_.keys(1).data_keys(), 3);
}

TEST_F(EncryptionCalls, RotateTellsHowFarItIsAndWhichKeyMayGo) {
  MakeDataKeys(150);
  const Heard heard = Rotate(admin_);
  ASSERT_TRUE(heard.status.ok()) << heard.status.error_message();
  std::vector<std::int64_t> done;
  for (const auto& message : heard.messages) done.push_back(message.done());
  EXPECT_THAT(done, ElementsAre(0, 100, 150, 150));
  const auto& last = heard.messages.back();
  EXPECT_TRUE(last.finished());
  EXPECT_EQ(last.total(), 150);
  EXPECT_EQ(last.failed(), 0);
  EXPECT_EQ(last.key_id(), new_id_);
  EXPECT_THAT(last.unused_key_ids(), ElementsAre(old_id_));
  ASSERT_TRUE(List(admin_).ok());
  EXPECT_TRUE(listed_.keys(0).current());
  EXPECT_EQ(listed_.keys(0).data_keys(), 150);
}

TEST_F(EncryptionCalls, RotateNamesWhatDoesNotOpen) {
  MakeDataKeys(2);
  const auto good = house_.data_keys.Find("tenant/tenant1").value().value();
  auto damaged = good;
  damaged.wrapped.back() = static_cast<char>(damaged.wrapped.back() ^ 1);
  ASSERT_EQ(house_.data_keys.Rewrap({{good, damaged}}).value(), 1);
  const Heard heard = Rotate(admin_);
  ASSERT_TRUE(heard.status.ok());
  EXPECT_EQ(heard.messages.back().failed(), 1);
  EXPECT_THAT(heard.messages.back().unused_key_ids(), SizeIs(0));
  EXPECT_EQ(heard.messages.at(1).failures(0).subject(), "tenant/tenant1");
  EXPECT_EQ(heard.messages.at(1).failures(0).code(), "VAULT_CANNOT_OPEN");
}

TEST_F(EncryptionCalls, RotateIsRefusedWhileAnInstanceLacksTheKey) {
  MakeDataKeys(1);
  ASSERT_TRUE(house_.data_keys.Hold(InstanceId(7), {old_id_}).ok());
  const Heard heard = Rotate(admin_);
  EXPECT_EQ(heard.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(heard.status), "VAULT_KEY_NOT_EVERYWHERE");
}

TEST_F(EncryptionCalls, AreForAdminsOfAllTenants) {
  const std::string operator_key = house_.AddKey(Role::kOperator);
  EXPECT_EQ(ReasonOf(List(operator_key)), "ROLE_INSUFFICIENT");
  EXPECT_EQ(ReasonOf(Rotate(operator_key).status), "ROLE_INSUFFICIENT");
  const std::string of_acme = house_.AddKey(Role::kAdmin, "acme");
  EXPECT_EQ(ReasonOf(List(of_acme)), "TENANT_FORBIDDEN");
  EXPECT_EQ(ReasonOf(Rotate(of_acme).status), "TENANT_FORBIDDEN");
}

}  // namespace
}  // namespace sb::api
