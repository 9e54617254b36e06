-- Reversals: a purchase is paid back or charged back, and its credits are taken back. What is left of them goes at once, what is held goes
-- when its hold ends, and what was spent is owed. Rules in words: server/src/ledger/README.md, "Reversals"; in code: server/src/ledger/claims.ts.
--
-- And usage: credits that are taken in one step, without a hold between. It is a capture that stands where a hold would (seq 0).

create table ledger.claims (
  account_id bigint not null,
  no         bigint not null,
  due        bigint not null,
  forgiven   bigint not null,
  owed       bigint not null,
  taken      bigint[] not null,
  family     bigint[] not null,
  ver        bigint not null,
  constraint claims_pkey primary key (account_id, no),
  constraint claims_never_negative check (forgiven >= 0 and owed >= 0 and due >= forgiven + owed),
  constraint claims_taken_ok check (cardinality(taken) % 2 = 0 and array_position(taken, null) is null and array_position(family, null) is null)
);
comment on table ledger.claims is 'What is claimed back of a grant after reversals, and where it came from. Changes only with its account''s version.';
comment on column ledger.claims.due is 'All that was claimed, less what was reinstated: taken + forgiven + owed + what is awaited from holds.';
comment on column ledger.claims.taken is '[no, credits]*: of which grants, each once. One that is not of the family paid what was owed.';
comment on column ledger.claims.family is 'The grant and those that replaced it, as of its last reversal: their credits are claimed.';
comment on column ledger.claims.ver is 'Version of the account at its last change.';

alter table ledger.accounts
  add column awaited bigint not null default 0,
  add constraint accounts_awaited_never_negative check (awaited >= 0);
comment on column ledger.accounts.awaited is 'Held credits that are claimed back and go when their holds end. With debt, the sum of what ledger.claims has open.';

alter table ledger.checkpoints
  add column debt bigint not null default 0,
  add column awaited bigint not null default 0,
  add column claims bigint[] not null default '{}';
comment on column ledger.checkpoints.claims is '[no, due, forgiven, owed, revoked]*: claims, and what was taken back of each grant.';

-- New moves: 9 claim, 10 unclaim, 11 owe, 12 unowe, 13 forgive, 14 unforgive are of the claim on a grant and touch no pot of it;
--   15 revoke: available -> revoked   16 revoke_held: held -> revoked   17 revoke_spent: spent -> revoked
--   18 restore: revoked -> available  19 restore_lapse: revoked -> expired (it had expired meanwhile)
-- New kinds: 8 reversal, 9 reinstatement (the only finish of a reversal), 10 write_off, 11 repayment.
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
  sums := array_fill(0::bigint, array[19]);
  allowed := case kind
    when 1 then array[1, 12, 15] when 2 then array[2] when 3 then array[1, 2, 3, 4, 5, 11, 16] when 4 then array[1, 4, 5, 16]
    when 5 then array[6] when 6 then array[1, 7, 8, 12, 17] when 7 then array[1, 12, 15]
    when 8 then array[9, 11, 15] when 9 then array[1, 10, 12, 14, 15, 18, 19] when 10 then array[13] when 11 then array[12, 15] end;
  if allowed is null or cardinality(legs) % 3 <> 0 then return false; end if;
  while i < cardinality(legs) loop
    if legs[i] <= 0 or legs[i + 2] <= 0 or not (legs[i + 1] = any (allowed)) then return false; end if;
    sums[legs[i + 1]] := sums[legs[i + 1]] + legs[i + 2];
    i := i + 3;
  end loop;
  return change = sums[1] + sums[4] + sums[7] + sums[18] - sums[2] - sums[6] - sums[15]
    and amount = case kind
      when 1 then sums[1] when 2 then sums[2] when 3 then sums[3] when 4 then 0
      when 5 then sums[6] when 6 then sums[7] + sums[8] + sums[17] when 7 then sums[1]
      when 8 then sums[9] when 9 then sums[10] when 10 then sums[13] when 11 then sums[12] end
    and case kind
      when 1 then sums[15] = sums[12] -- what a grant pays off is taken of it
      when 7 then sums[15] = sums[12]
      when 11 then sums[15] = sums[12]
      when 8 then sums[15] + sums[11] <= sums[9] -- the rest is awaited from holds
      when 9 then sums[18] + sums[19] <= sums[10] and sums[1] <= sums[19]
      when 3 then sums[2] in (0, sums[3]) and sums[1] <= sums[5] -- a usage holds what it takes; a make-good never exceeds what lapsed
      else sums[1] <= sums[5] + sums[8] end;
end $$;

alter table ledger.journal
  drop constraint journal_seq_fits_kind,
  drop constraint journal_hold_has_purpose,
  drop constraint journal_finish_has_cause,
  add constraint journal_seq_fits_kind check (
    case when seq = 0 then kind in (1, 2, 3, 5, 7, 8, 10, 11) when seq = 1 then kind in (3, 4, 9) else seq > 1 and kind = 6 end),
  add constraint journal_purpose_fits_kind check (
    case when kind = 2 then coalesce(purpose in (1, 2), false) when kind = 3 and seq = 0 then coalesce(purpose = 2, false)
         when kind = 8 then coalesce(purpose in (3, 4), false) else purpose is null end),
  add constraint journal_finish_has_cause check ((seq = 1 and kind <> 9) = (cause is not null));
comment on column ledger.journal.kind is
  '1 grant, 2 hold, 3 capture, 4 release, 5 expire, 6 refund, 7 adjustment, 8 reversal, 9 reinstatement, 10 write_off, 11 repayment.';
comment on column ledger.journal.purpose is
  'Holds: 1 a video''s (ended by the video alone), 2 a service''s (lapses at deadline_ms). Usage: 2. Reversals: 3 refund, 4 chargeback.';
comment on table ledger.journal is
  'Append-only: one row per money operation of one account. seq 0 grant, hold, usage, expiry or reversal, 1 THE finish, 2.. refunds.';

create table ledger.usage_notes (
  op_id    uuid not null,
  metadata jsonb not null,
  constraint usage_notes_pkey primary key (op_id)
);
comment on table ledger.usage_notes is 'What usage was for, as its service said. Written once, with the journal row of the same id; most have none.';

-- What services hold and use, and what was reversed, for their lists. Videos' rows are in neither.
create index journal_services on ledger.journal (account_id, ver) where purpose = 2;
create index journal_reversals on ledger.journal (account_id, ver) where kind = 8;

create or replace view ledger.hold_money as
select h.op_id, h.account_id, h.amount as held_first,
       case when f.op_id is null and h.kind = 2 then h.amount else 0 end as held_now,
       case when h.kind = 3 then h.amount else coalesce(f.amount, 0) end as captured,
       case when f.op_id is null then 0 else h.amount - f.amount end as released,
       r.refunded
  from ledger.journal h
  left join ledger.journal f on f.op_id = h.op_id and f.seq = 1
  cross join lateral (select coalesce(sum(x.amount), 0)::bigint as refunded from ledger.journal x where x.op_id = h.op_id and x.seq > 1) r
 where h.seq = 0 and h.kind in (2, 3);
comment on view ledger.hold_money is 'What became of a hold or a usage, one row per op_id, by key: other modules join it so that no figure is kept twice.';
