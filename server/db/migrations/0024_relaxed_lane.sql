-- The relaxed lane: videos that cost nothing and are made when nobody else waits. Columns of their own, so that the standard line and its
-- indexes know nothing of them, and no standard order pays for them.

alter table videos.videos add column relaxed boolean not null default false;

alter table videos.attempts
  add column relaxed           boolean not null default false,
  add column relaxed_line_ms   bigint,                 -- age: when its video was ordered; null: not in the line
  add column relaxed_called_ms bigint,                 -- one of its route's slots is kept for it since then
  add constraint attempts_relaxed_line check (relaxed or relaxed_line_ms is null),
  add constraint attempts_relaxed_called check (relaxed_called_ms is null or relaxed_line_ms is not null);
-- Whoever waits on a route, oldest first, and whoever is in its provider's hands.
create index attempts_relaxed_line on videos.attempts (route, relaxed_line_ms, video) where state = 'planned' and relaxed_line_ms is not null;
create index attempts_relaxed_in_hand on videos.attempts (route) where relaxed and state in ('submitting', 'submit_unknown', 'running');
-- Standard attempts that wait although they are in no line: their provider refused for load, or could not be reached. A first attempt that
-- only waits for its job is not among them: jobs of the relaxed lane run after it.
create index attempts_waiting_again on videos.attempts (provider)
  where state = 'planned' and not relaxed and (no > 1 or send_before_ms is not null);
