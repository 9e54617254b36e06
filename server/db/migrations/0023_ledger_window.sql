-- The ledger's window: an account's row holds the first open grants only, so that it stays short however many there are.
--
-- The others wait in ledger.backlog, with what is available of each. A grant is wholly in one of the two places: whatever has credits
-- held is in the row, because a finish must find it there. The row says what of the backlog every decision has to know (`waiting`);
-- the backlog itself is read only by an operation that reaches beyond the row. Rules: server/src/ledger/window.ts.

create table ledger.backlog (
  account_id bigint not null,
  no         bigint not null,
  available  bigint not null,
  constraint backlog_pkey primary key (account_id, no),
  constraint backlog_not_empty check (available > 0)
);
comment on table ledger.backlog is 'Open grants that an account''s row has no room for, and what is left of them. Their facts are in ledger.grants.';

-- [credits, due_ms, priority, scope, expires_ms, cost_nano, no]
alter table ledger.accounts
  add column waiting bigint[],
  add constraint accounts_waiting_ok check (waiting is null or (cardinality(waiting) = 7 and waiting[1] > 0 and array_position(waiting, null) is null));
comment on column ledger.accounts.slots is
  'The first open grants in burn order: [no, priority, scope, expires_ms, cost_nano, available, held]*. scope 0: any model. expires_ms 2^63-1: never.';
comment on column ledger.accounts.waiting is
  'Null when ledger.backlog has nothing for the account. Else its credits, its earliest expiry, and the place in burn order of its first grant.';

-- Before this an account's row held all its open grants: it keeps them until the account moves.
alter table ledger.checkpoints
  add column waiting bigint[],
  add column backlog bigint[];
comment on column ledger.checkpoints.backlog is 'The grants in the backlog, written like ledger.accounts.slots.';

-- Both checks run on every operation. Most rows have one leg and many accounts one open grant: those are judged by one expression, as
-- the loops would; a check that is null would pass.
create or replace function ledger.slots_ok(slots bigint[]) returns boolean language plpgsql immutable strict parallel safe as $$
declare
  i int := 1;
begin
  if cardinality(slots) = 7 then
    return coalesce(slots[1] > 0 and slots[6] >= 0 and slots[7] >= 0 and slots[6] + slots[7] > 0, false);
  end if;
  if cardinality(slots) % 7 <> 0 then return false; end if;
  while i < cardinality(slots) loop
    if slots[i] <= 0 or slots[i + 5] < 0 or slots[i + 6] < 0 or slots[i + 5] + slots[i + 6] = 0 then return false; end if;
    if i > 1 and (slots[i - 6], slots[i - 5] = 0, slots[i - 4], slots[i - 3], slots[i - 7])
              >= (slots[i + 1], slots[i + 2] = 0, slots[i + 3], slots[i + 4], slots[i]) then return false; end if;
    i := i + 7;
  end loop;
  return true;
end $$;

create or replace function ledger.balanced(kind smallint, amount bigint, change bigint, legs bigint[]) returns boolean
  language plpgsql immutable strict parallel safe as $$
declare
  i int := 1;
  sums bigint[];
  allowed int[];
begin
  if cardinality(legs) = 3 and kind between 2 and 4 and legs[2] = kind then -- a hold, a capture of all, a release of all
    return coalesce(legs[1] > 0 and legs[3] > 0
      and amount = case when kind = 4 then 0 else legs[3] end
      and change = case kind when 2 then -legs[3] when 3 then 0 else legs[3] end, false);
  end if;
  sums := array_fill(0::bigint, array[8]);
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
