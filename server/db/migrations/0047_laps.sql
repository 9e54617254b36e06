-- Where the time of an attempt went: in its provider's line, in the making, on the way to us. Learned from, and shown to operators.

alter table videos.attempts add column rendering_ms bigint, add column ready_ms bigint;
comment on column videos.attempts.rendering_ms is 'When its provider was first seen at work on it; null where that does not tell.';
comment on column videos.attempts.ready_ms is 'When its provider was first seen to have finished it.';
