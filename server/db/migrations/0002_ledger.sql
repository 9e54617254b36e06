-- The ledger: credits of customers. One packed row per account, one appended journal row per operation.
--
-- An operation is decided outside (server/src/ledger/decide.ts); the database verifies: the account's version is the fence,
-- (op_id, seq) makes an operation happen once, the checks below refuse a row that does not balance or an account that owes itself.
-- Rules in words: server/src/ledger/README.md. Instants are integer milliseconds since 1970, amounts are whole credits.
-- Journal rows sort by op_id (UUIDv7, so by time): monthly range partitions keep this primary key unchanged.

create schema ledger;
comment on schema ledger is 'Credits: accounts, grants, journal. Written by server/src/ledger only.';

-- ---------------------------------------------------------------------------------------------------------------- accounts

-- Slots: [no, priority, scope, expires_ms, cost_nano, available, held]* in burn order. Mirrors burnsBefore() in account.ts.
-- plpgsql and not sql, because its plan is kept between calls: this check runs on every operation.
create function ledger.slots_ok(slots bigint[]) returns boolean language plpgsql immutable strict parallel safe as $$
declare
  i int := 1;
begin
  if cardinality(slots) % 7 <> 0 then return false; end if;
  while i < cardinality(slots) loop
    if slots[i] <= 0 or slots[i + 5] < 0 or slots[i + 6] < 0 or slots[i + 5] + slots[i + 6] = 0 then return false; end if;
    if i > 1 and (slots[i - 6], slots[i - 5] = 0, slots[i - 4], slots[i - 3], slots[i - 7])
              >= (slots[i + 1], slots[i + 2] = 0, slots[i + 3], slots[i + 4], slots[i]) then return false; end if;
    i := i + 7;
  end loop;
  return true;
end $$;

create table ledger.accounts (
  id          bigint generated always as identity,
  ver         bigint not null default 0,
  slots       bigint[] not null default '{}',
  grants_made bigint not null default 0,
  spent       bigint not null default 0,
  debt        bigint not null default 0,
  seen_ms     bigint not null default 0,
  due_ms      bigint,
  constraint accounts_pkey primary key (id),
  constraint accounts_ver_counts check (ver >= 0 and grants_made >= 0),
  constraint accounts_never_negative check (spent >= 0 and debt >= 0),
  constraint accounts_slots_ok check (ledger.slots_ok(slots))
) with (fillfactor = 50); -- room for the next version of the row on the same page (HOT)
create index accounts_due on ledger.accounts (due_ms) where due_ms is not null;
comment on table ledger.accounts is 'One row per customer account, the only row that an operation updates. Replaying the journal gives exactly this row (audit).';
comment on column ledger.accounts.ver is 'Number of journal rows of the account: fence of every write, and order of its history.';
comment on column ledger.accounts.slots is 'Open grants in burn order: [no, priority, scope, expires_ms, cost_nano, available, held]*. scope 0: any model. expires_ms 2^63-1: never.';
comment on column ledger.accounts.grants_made is 'The number of the newest grant.';
comment on column ledger.accounts.spent is 'Captured less refunded, ever.';
comment on column ledger.accounts.debt is 'What the customer owes after a reversal.';
comment on column ledger.accounts.seen_ms is 'The latest instant the account has seen: its time never goes back.';
comment on column ledger.accounts.due_ms is 'Earliest expiry of a grant that still has something available: what the sweep looks for.';

-- ------------------------------------------------------------------------------------------------------------------ grants

create table ledger.scopes (
  id     bigint generated always as identity,
  models text[] not null,
  constraint scopes_pkey primary key (id),
  constraint scopes_once unique (models),
  constraint scopes_not_empty check (cardinality(models) > 0)
);
comment on table ledger.scopes is 'Lists of models that a grant may be spent on, sorted; shared by all grants with the same list.';

create table ledger.grants (
  account_id       bigint not null,
  no               bigint not null,
  id               uuid not null,
  kind             smallint not null,
  amount           bigint not null,
  priority         smallint not null,
  scope            bigint not null,
  expires_ms       bigint,
  first_expires_ms bigint,
  cost_micro       bigint not null,
  cost_nano        bigint not null,
  period_key       text not null,
  made_good_of     bigint,
  reason           text,
  granted_ms       bigint not null,
  constraint grants_pkey primary key (account_id, no),
  constraint grants_id_once unique (id),
  constraint grants_period_once unique (account_id, kind, period_key),
  constraint grants_kind_known check (kind between 1 and 5),
  constraint grants_amount_bounded check (amount between 1 and 9007199254740991),
  constraint grants_priority_bounded check (priority between 0 and 100),
  constraint grants_cost_bounded check (cost_micro between 0 and 9007199254740991 and cost_nano >= 0)
);
comment on table ledger.grants is 'Facts about a grant, written once. What is left of it is in the account''s slots.';
comment on column ledger.grants.kind is '1 daily, 2 subscription, 3 pack, 4 promo, 5 adjustment.';
comment on column ledger.grants.first_expires_ms is 'Expiry of the grant at the start of a chain of make-goods: 24 h after it nothing is made good any more.';
comment on column ledger.grants.cost_micro is 'What the whole grant brought in, micro-dollars. 0 for make-goods: their money was counted with the original.';
comment on column ledger.grants.cost_nano is 'Cost basis of one credit in nano-dollars, rounded down: the burn order compares it.';
comment on column ledger.grants.period_key is 'Makes "one allowance a day" a constraint. The operation''s id when there is no period.';
comment on column ledger.grants.made_good_of is 'Number of the expired grant whose returned credits this one replaces.';

-- ----------------------------------------------------------------------------------------------------------------- journal

-- Legs: [grant_no, move, credits]*. A move takes credits of one grant from one pot to another:
--   1 issue: (new) -> available    2 hold: available -> held       3 capture: held -> spent        4 return: held -> available
--   5 lapse: held -> expired       6 expire: available -> expired  7 refund: spent -> available    8 refund_lapse: spent -> expired
-- Mirrors journal.ts. A row balances when its moves belong to its kind, add up to its amount, and change `available` as it says.
create function ledger.balanced(kind smallint, amount bigint, change bigint, legs bigint[]) returns boolean
  language plpgsql immutable strict parallel safe as $$
declare
  i int := 1;
  sums bigint[] := array_fill(0::bigint, array[8]);
  allowed int[];
begin
  allowed := case kind
    when 1 then array[1] when 2 then array[2] when 3 then array[1, 3, 4, 5] when 4 then array[1, 4, 5]
    when 5 then array[6] when 6 then array[1, 7, 8] when 7 then array[1] end;
  if allowed is null or cardinality(legs) % 3 <> 0 then return false; end if;
  while i < cardinality(legs) loop
    if legs[i] <= 0 or legs[i + 2] <= 0 or not (legs[i + 1] = any (allowed)) then return false; end if;
    sums[legs[i + 1]] := sums[legs[i + 1]] + legs[i + 2];
    i := i + 3;
  end loop;
  return change = sums[1] + sums[4] + sums[7] - sums[2] - sums[6]
    and amount = case kind
      when 1 then sums[1] when 2 then sums[2] when 3 then sums[3] when 4 then 0
      when 5 then sums[6] when 6 then sums[7] + sums[8] when 7 then sums[1] end
    and (kind in (1, 7) or sums[1] <= sums[5] + sums[8]); -- a make-good never exceeds what lapsed
end $$;

create table ledger.journal (
  op_id           uuid not null,
  seq             smallint not null,
  account_id      bigint not null,
  ver             bigint not null,
  kind            smallint not null,
  amount          bigint not null,
  change          bigint not null,
  available_after bigint not null,
  at_ms           bigint not null,
  legs            bigint[] not null,
  purpose         smallint,
  deadline_ms     bigint,
  cause           smallint,
  body            bytea,
  request_id      text,
  video           text,
  reason          text,
  constraint journal_pkey primary key (op_id, seq),
  constraint journal_account_ver unique (account_id, ver),
  constraint journal_balanced check (ledger.balanced(kind, amount, change, legs)),
  constraint journal_seq_fits_kind check (
    case when seq = 0 then kind in (1, 2, 5, 7) when seq = 1 then kind in (3, 4) else seq > 1 and kind = 6 end),
  constraint journal_never_negative check (amount >= 0 and available_after >= 0 and ver > 0),
  constraint journal_hold_has_purpose check ((kind = 2) = (purpose is not null)),
  constraint journal_finish_has_cause check ((seq = 1) = (cause is not null)),
  constraint journal_refund_has_request check ((seq > 1) = (request_id is not null)),
  constraint journal_video_hold_has_no_deadline check (deadline_ms is null or purpose = 2)
);
create unique index journal_refund_once on ledger.journal (op_id, request_id) where request_id is not null;
create index journal_video on ledger.journal using hash (video) where video is not null;
comment on table ledger.journal is 'Append-only: one row per money operation of one account. seq 0 grant, hold or expiry, 1 THE finish, 2.. refunds.';
comment on column ledger.journal.kind is '1 grant, 2 hold, 3 capture, 4 release, 5 expire, 6 refund, 7 adjustment.';
comment on column ledger.journal.amount is 'Granted, held, captured, expired or refunded credits; 0 for a release.';
comment on column ledger.journal.change is 'Change of the account''s available credits.';
comment on column ledger.journal.available_after is 'Running sum of change over ver.';
comment on column ledger.journal.legs is '[grant_no, move, credits]*, in burn order; moves are listed in the migration.';
comment on column ledger.journal.purpose is 'Holds: 1 a video''s (ended by the video alone), 2 a service''s (lapses at deadline_ms).';
comment on column ledger.journal.cause is 'Finishes: 1 completed, 2 provider, 3 platform, 4 moderation, 5 customer, 6 expired.';
comment on column ledger.journal.body is 'First 16 bytes of the SHA-256 of the operation asked for: a repeat with another body is a conflict.';

create table ledger.open_holds (
  op_id      uuid not null,
  account_id bigint not null,
  expires_ms bigint not null,
  constraint open_holds_pkey primary key (op_id)
);
create index open_holds_account on ledger.open_holds (account_id, expires_ms);
create index open_holds_expires on ledger.open_holds (expires_ms);
comment on table ledger.open_holds is 'Unfinished holds of services that have a deadline: what the sweep looks for. A video''s hold is never here.';

create table ledger.checkpoints (
  account_id  bigint not null,
  ver         bigint not null,
  slots       bigint[] not null,
  grants_made bigint not null,
  spent       bigint not null,
  available   bigint not null,
  seen_ms     bigint not null,
  audited_ms  bigint not null,
  constraint checkpoints_pkey primary key (account_id)
);
comment on table ledger.checkpoints is 'The account row as the last clean audit replayed it: the incremental audit goes on from here.';

-- --------------------------------------------------------------------------------------------------------------- immutable

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'ledger.% is append-only: % is refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation', hint = 'Book a new operation that corrects the old one.';
end $$;
create trigger append_only before update or delete or truncate on ledger.journal for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.grants for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.scopes for each statement execute function ledger.refuse_change();
-- An account is never removed: its history would have nobody it belongs to.
create trigger never_removed before delete or truncate on ledger.accounts for each statement execute function ledger.refuse_change();
-- The owner of a table may take its own rights away: a slip in the server's code then fails before the trigger is even asked.
revoke update, delete, truncate on ledger.journal, ledger.grants, ledger.scopes from public, current_user;
revoke delete, truncate on ledger.accounts from public, current_user;

-- ------------------------------------------------------------------------------------------------------------------- views

create view ledger.hold_money as
select h.op_id, h.account_id, h.amount as held_first,
       case when f.op_id is null then h.amount else 0 end as held_now,
       coalesce(f.amount, 0) as captured,
       case when f.op_id is null then 0 else h.amount - f.amount end as released,
       r.refunded
  from ledger.journal h
  left join ledger.journal f on f.op_id = h.op_id and f.seq = 1
  cross join lateral (select coalesce(sum(x.amount), 0)::bigint as refunded from ledger.journal x where x.op_id = h.op_id and x.seq > 1) r
 where h.seq = 0 and h.kind = 2;
comment on view ledger.hold_money is 'What became of a hold, one row per op_id, by key: other modules join it so that no figure is kept twice.';
