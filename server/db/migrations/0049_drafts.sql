-- Drafts: tries at small settings, before one of them is made in earnest. A video remembers of which tries it is the final; what they cost is the
-- ledger's to say.

alter table videos.videos add column drafts text[] collate "C",
  add constraint videos_final_of_a_few_drafts check (drafts is null or cardinality(drafts) between 1 and 100);
comment on column videos.videos.drafts is 'The tries of which it is the final, the chosen one first; null: it was promoted from none.';
