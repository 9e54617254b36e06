-- What providers bill us, as they wrote it, beside what our attempts say that we owe. A bill is data: it moves no customer's money. Only when an
-- operator adopts it do attempts take over its amounts as what they cost us.

create table videos.bills (
  id text collate "C" primary key,
  provider text not null,
  from_ms bigint not null,
  to_ms bigint not null,
  -- Of provider, period and lines: the same bill twice is one.
  digest bytea not null constraint bills_come_once unique,
  operator_key text not null,
  imported_ms bigint not null,
  adopted_ms bigint,
  -- What the lines' amounts lost by being whole micro-dollars: the exact sum of the bill is that of its lines plus this, in pico-dollars.
  rest_pico bigint not null,
  constraint bills_have_a_period check (from_ms < to_ms)
);
create index bills_by_provider on videos.bills (provider, id);

create table videos.bill_lines (
  bill text collate "C" not null references videos.bills on delete cascade,
  -- Of the line in the file, its head being line 1.
  line integer not null,
  -- What the provider called the job; null: it is about none (a fee, a discount).
  ref_id text,
  micro bigint not null,
  description text not null,
  primary key (bill, line)
);
create index bill_lines_by_reference on videos.bill_lines (ref_id) where ref_id is not null;

alter table videos.attempts drop constraint attempts_cost_source_known;
alter table videos.attempts add constraint attempts_cost_source_known check (cost_source = any (array['reported', 'estimated', 'billed']));
