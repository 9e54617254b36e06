-- Limits: what one customer may ask for, and the line of orders before a provider account that is full.

alter table access.customers add column limits jsonb;   -- null: what the configuration says for everybody

-- Creates of the last minute are counted, erased videos too; open ones as well. Both under the lock of the customer's account.
create index videos_made_by_customer on videos.videos (customer, created_ms);
create index videos_open_of_a_customer on videos.videos (customer) where state in ('queued', 'in_progress');

-- An attempt in the line is `planned`. Its customer and its video's age stand here, so that the line is read from one index.
alter table videos.attempts
  add column line_customer text collate "C",         -- null: not in the line
  add column line_ms       bigint,                   -- age: when its video was ordered
  add column called_ms     bigint,                   -- a slot is kept for it since then
  add constraint attempts_in_line_have_an_age check ((line_customer is null) = (line_ms is null)),
  add constraint attempts_called_from_the_line check (called_ms is null or line_customer is not null);
create index attempts_in_line on videos.attempts (provider, line_customer, line_ms, video)
  where state = 'planned' and line_customer is not null and called_ms is null;
create index attempts_called on videos.attempts (provider) where state = 'planned' and called_ms is not null;
