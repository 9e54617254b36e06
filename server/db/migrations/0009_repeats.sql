-- Calls that make a video, so that the official SDKs' silent repeats (`x-stainless-retry-count`) make no second one.
-- A call is what a program asked for once, however often its SDK sends it. Owned by server/src/access/calls.ts.

create table access.calls (
  id           uuid primary key,
  -- The API key that asked: calls of two keys are never the same.
  key_id       text collate "C" not null,
  -- An operator's key acts for many customers.
  customer     text collate "C" not null,
  -- Method and path, for reading by people; the hash covers them.
  operation    text   not null,
  request_hash bytea  not null,
  -- Of the last of its requests that we took up. A retry belongs to a call whose number is lower than its own.
  retry_count  integer not null,
  -- What it made, written in the transaction that makes it. Null: a request is at it, or was and died.
  video        text collate "C",
  created_ms   bigint not null,
  -- A later request of this key named the video: its answer arrived, and nobody repeats the call.
  arrived_ms   bigint,
  constraint calls_of_a_video_are_one unique (video),
  constraint calls_count_from_zero check (retry_count >= 0)
);
create index calls_alike on access.calls (request_hash, key_id, customer) where arrived_ms is null;
create index calls_by_age on access.calls (created_ms);
