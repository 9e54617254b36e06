-- Orders that nobody found, and that may have arrived after all: a look-up for a later order that looks the same must know of them.

create index attempts_found_nowhere on videos.attempts (provider, send_before_ms) where state in ('absent', 'expired', 'failed') and ref_id is null;

-- What a provider once had of its own and has forgotten since goes along with the next attempt at the same video.
alter table videos.attempts
  add column brings text[] not null default '{}',    -- clip: it is uploaded, although the provider made it itself; characters: they were made known anew
  add constraint attempts_brings_known check (brings <@ '{clip,characters}');
