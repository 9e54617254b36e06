-- An attempt that was never sent, because its route could not be reached or took nothing, ends as `unsent` when another route takes over.

alter table videos.attempts drop constraint attempts_sent_has_a_window;
alter table videos.attempts add constraint attempts_sent_has_a_window
  check (state in ('parked', 'planned', 'unsent', 'cancelled', 'expired', 'rejected') or send_before_ms is not null);
