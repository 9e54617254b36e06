-- 100,000 open videos are looked at 3,333 times a second, and each look writes when the next one is due. An index of that instant makes each
-- of these updates write into every index of the table; without it they stay on their page. Who asks for what is late (the sweep, once a
-- minute, and the metrics) reads the open videos instead, which are few beside all.

drop index videos.videos_open_by_next_step;
create index videos_open on videos.videos (id) where state in ('queued', 'in_progress');
