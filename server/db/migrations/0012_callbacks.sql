-- Callbacks of providers, and what operators filter attempts by.
--
-- A callback is only a hint: it makes the next look due, and may name a job, which is looked up before it is believed. Its token is derived from the
-- workspace's secret and the attempt's id, and stored nowhere.

alter table videos.videos
  add column callback_ms bigint;                     -- the last callback that woke it: a step in hand that began before looks again soon
alter table videos.attempts
  add column callback_ref text;                      -- what a callback called its job while nobody knew whether it had arrived

-- Nearly all attempts end as done: a list of those needs no index of its own.
create index attempts_by_state on videos.attempts (state, id) where state <> 'done';
create index attempts_by_provider on videos.attempts (provider, id);
