-- What changes with every look at an open video moves out of its row: 100,000 open ones are looked at 3,333 times a second, and each look wrote a
-- row of 1.7 kB anew (docs/decisions/0007-open-videos.md). A chain is there as long as its video is open: written with it, gone with its end.

create table videos.chains (
  video       text collate "C" not null,
  job         uuid not null,
  next_ms     bigint not null,
  progress    smallint not null default 0,
  callback_ms bigint,
  constraint chains_pkey primary key (video),
  constraint chains_progress_in_percent check (progress between 0 and 100)
) with (fillfactor = 50); -- half of each page is for the next versions of its rows, which then stay on it: no index hears of a look
comment on table videos.chains is 'What comes back to each open video: one job, whoever runs under another one has been overtaken.';
comment on column videos.chains.next_ms is 'When it comes back.';
comment on column videos.chains.callback_ms is 'When the provider last called back, if it did.';

insert into videos.chains (video, job, next_ms, progress, callback_ms)
select id, job, next_ms, progress, callback_ms from videos.videos where state in ('queued', 'in_progress') order by id;

-- The open ones by id are now the chains'.
drop index videos.videos_open;
alter table videos.videos drop column job, drop column next_ms, drop column callback_ms;
comment on column videos.videos.progress is 'Of an ended video; an open one''s is its chain''s.';
