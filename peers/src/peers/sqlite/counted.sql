-- Counts of open chats by tag and by assignee, without those that are done.
CREATE INDEX open_chats ON chats (tag, assignee) WHERE status = 0;
