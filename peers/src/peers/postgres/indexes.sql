CREATE INDEX messages_of_chat ON messages (chat);
-- Counts and pages of an assignee.
CREATE INDEX chats_by_assignee ON chats (assignee, status, position) INCLUDE (id);
-- Pages of a tag: down the newest, past those of other tags.
CREATE INDEX chats_by_status ON chats (status, position) INCLUDE (tag, id);
