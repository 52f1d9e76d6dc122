CREATE TABLE managers (id INTEGER PRIMARY KEY, operator INTEGER NOT NULL);
CREATE INDEX operators ON managers (id) WHERE operator;
CREATE TABLE customers (id INTEGER PRIMARY KEY);
CREATE TABLE tags (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);

-- Each tag with itself and everything below it.
CREATE TABLE tag_closure (above INTEGER NOT NULL, tag INTEGER NOT NULL, PRIMARY KEY (above, tag)) WITHOUT ROWID;
CREATE INDEX tag_lineage ON tag_closure (tag);

-- Status: 0 open, 1 snoozed, 2 closed. The position is the id of the newest message.
CREATE TABLE chats (
    id INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL,
    assignee INTEGER,
    tag INTEGER NOT NULL,
    status INTEGER NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE messages (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE unread (
    manager INTEGER NOT NULL, chat INTEGER NOT NULL, messages INTEGER NOT NULL, PRIMARY KEY (manager, chat)
) WITHOUT ROWID;
