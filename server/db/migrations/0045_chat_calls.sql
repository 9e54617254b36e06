-- What calls of chat.completions to aggregators have said so far. Owned by server/src/providers/chat: there is nothing else to ask about such a
-- call, so who reads its stream writes down here what the others need. Written before the call is made: a key that is not here was never sent.

create schema chat;

create table chat.calls (
  key         text collate "C" primary key,          -- the attempt's key
  provider    text not null,
  state       text not null default 'sent',
  percent     smallint,
  -- Of the clip.
  link        text,
  reason      text,
  message     text,
  -- Until when its reader is taken to live: only the process that made the call can read its answer.
  lease_ms    bigint not null,
  created_ms  bigint not null,
  constraint calls_state_known check (state in ('sent', 'streaming', 'done', 'failed', 'cut')),
  constraint calls_done_has_a_link check (state <> 'done' or link is not null),
  constraint calls_failed_has_a_reason check (state <> 'failed' or (reason is not null and message is not null))
);
create index calls_by_age on chat.calls (created_ms);
