-- Receipts of comparisons of tables with their provider: what each window of a list counted, how many rows the table
-- has, and which objects are missing, too many or otherwise. Objects are named by key only; none of their content is
-- here. The receipt is text, not jsonb: its digest is over its very bytes. The newest of each sync are kept.

create table eng.sync_proof (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  proof_id   bigint      not null,
  begun_at   timestamptz not null,
  verdict    smallint    not null,  -- 1 complete 2 differs 3 inconclusive
  receipt    text        not null,  -- JSON with sorted members
  constraint sync_proof_pkey primary key (slot, account_id, sync_id, proof_id),
  constraint sync_proof_verdict_check check (verdict between 1 and 3)
);
