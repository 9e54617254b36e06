-- Attempts whose fate is in doubt, who decided about them, and what they cost us.
--
-- What we owe a provider stands on the attempt, once. A row of videos.losses only says that no customer pays for it, and why.

alter table videos.attempts
  add column unknown_ms    bigint,   -- since when nobody knows whether it arrived
  add column alerted_ms    bigint,   -- the operator was told, once
  add column ref_from      text,     -- who named the reference: the sender's own answer outranks what a look-up saw
  add column cost_source   text,     -- estimated: the quoted cost, or the rule of domain/provider-cost.ts
  add column late_check_ms bigint,   -- its video has ended; what it costs us is asked about then
  add column late_checks   smallint not null default 0,
  add constraint attempts_ref_from_known check (ref_from in ('answer', 'find', 'operator')),
  add constraint attempts_cost_source_known check (cost_source in ('reported', 'estimated'));

update videos.attempts a
   set cost_micro = coalesce(a.cost_micro, (v.quote ->> 'provider_cost_micro')::bigint),
       cost_source = case when a.cost_micro is null then 'estimated' else 'reported' end
  from videos.videos v
 where v.id = a.video and (a.cost_micro is not null or a.state in ('fetching', 'checking', 'done'));
update videos.attempts set unknown_ms = coalesce(send_before_ms, created_ms) where state = 'submit_unknown';
update videos.attempts set ref_from = 'answer' where ref_id is not null;

alter table videos.attempts
  add constraint attempts_cost_has_a_source check ((cost_micro is null) = (cost_source is null)),
  add constraint attempts_done_has_a_cost check (state <> 'done' or cost_micro is not null),
  add constraint attempts_reference_has_an_origin check (ref_id is null or ref_from is not null);
create index attempts_unknown on videos.attempts (unknown_ms) where state = 'submit_unknown';
create index attempts_late_checks on videos.attempts (late_check_ms) where late_check_ms is not null;

create table videos.resolutions (
  id           uuid primary key,
  attempt      uuid not null,                        -- no foreign key: its lock would come before the video's
  at_ms        bigint not null,
  operator_key text not null,                        -- id of the key that decided
  verdict      text not null,
  provider_ref text,
  reason       text not null,                        -- for operators alone
  constraint resolutions_verdict_known check (verdict in ('not_delivered', 'failed', 'adopt')),
  constraint resolutions_adopt_names_a_reference check ((verdict = 'adopt') = (provider_ref is not null))
);
create index resolutions_of_an_attempt on videos.resolutions (attempt);
comment on table videos.resolutions is 'What operators decided about attempts that no provider would answer for. Append-only.';

create table videos.losses (
  attempt uuid primary key,
  kind    text not null,
  at_ms   bigint not null,
  constraint losses_kind_known check (kind in ('expired', 'late_success', 'late_failure', 'late_acceptance', 'output_invalid', 'failed_billed', 'cancelled_billed'))
);
comment on table videos.losses is 'Attempts that we pay for and no customer does. The amount is the attempt''s cost_micro.';
comment on column videos.losses.kind is 'expired: no verdict by the final deadline, its cost is what was quoted until one comes (late_success, late_failure). late_acceptance: it was taken after it had ended.';

-- What customers were charged for holds, refunds negative: for margins. (Two relations: of one alone, versions of PostgreSQL print the view differently.)
create view ledger.charges as
select j.op_id, j.at_ms, c.credits
  from ledger.journal j
 cross join lateral (select case when j.kind = 3 then j.amount else -j.amount end as credits) c
 where j.kind in (3, 6);
comment on view ledger.charges is 'Credits captured, and given back (negative), with the instant of each: other modules join it by op_id.';
