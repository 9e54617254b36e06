-- Remixes, edits and extensions begin from a clip of which the order keeps a copy of its own; characters are made known to each provider
-- account that needs them.

alter table videos.videos
  add column source_video  text collate "C",         -- the video of the same customer that was named; it may be erased since
  add column source_key    text,                     -- our copy of the clip that it begins from, while the video is open
  add column source_bytes  bigint,
  add column total_seconds integer,                  -- of an extension: the stitched whole. Null: what is made is the whole
  add column extensions    smallint not null default 0, -- how many extensions led to this clip
  add column characters    text[] not null default '{}',
  add constraint videos_ended_needs_no_source check (source_key is null or state in ('queued', 'in_progress')),
  add constraint videos_extended_six_times_at_most check (extensions between 0 and 6),
  add constraint videos_has_two_characters_at_most check (cardinality(characters) <= 2);

-- An account may refuse a character before anything of the order was sent.
alter table videos.attempts
  drop constraint attempts_sent_has_a_window,
  add constraint attempts_sent_has_a_window check (state in ('planned', 'cancelled', 'expired', 'rejected') or send_before_ms is not null);

create table videos.characters (
  id         text collate "C" primary key,           -- char_ and the time, like a video's
  customer   text not null,
  name       text not null,
  key        text not null,                          -- the clip in our store
  bytes      bigint not null,
  seconds    double precision not null,
  created_ms bigint not null,
  constraint characters_name_short check (char_length(name) between 1 and 80)
);

create table videos.character_refs (
  character text collate "C" not null references videos.characters,
  provider  text not null,
  ref       jsonb not null,                          -- the provider account's own reference, opaque
  made_ms   bigint not null,
  primary key (character, provider)
);
