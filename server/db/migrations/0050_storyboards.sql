-- Storyboards: shots that are looked at and priced together, previewed for nothing, then made one by one or as a batch.
--
-- A shot is no money: it remembers which videos were ordered for it, in the transaction in which each was ordered (server/src/storyboards/README.md).

create schema storyboards;

create table storyboards.storyboards (
  id         text collate "C" not null,
  customer   text collate "C" not null,
  name       text,
  created_ms bigint not null,
  constraint storyboards_pkey primary key (id)
);
create index storyboards_of_a_customer on storyboards.storyboards (customer, id);

create table storyboards.shots (
  storyboard text collate "C" not null,
  no         int not null,
  name       text,
  wish       jsonb not null,
  preview    text collate "C",
  drafts     text[] collate "C" not null default '{}',
  final      text collate "C",
  batch      text collate "C",
  batch_item int,
  constraint shots_pkey primary key (storyboard, no),
  constraint shots_of_a_storyboard foreign key (storyboard) references storyboards.storyboards (id) on delete cascade,
  constraint shots_made_in_one_way check (final is null or batch is null),
  constraint shots_batch_has_its_item check ((batch is null) = (batch_item is null))
);
create index shots_by_draft on storyboards.shots using gin (drafts);
comment on table storyboards.shots is 'What a shot orders, and the videos that were ordered for it last. Whether they were made, their own rows say.';
comment on column storyboards.shots.batch is 'It is made by this item of this batch.';
