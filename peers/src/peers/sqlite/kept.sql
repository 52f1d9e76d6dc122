CREATE TABLE counters (
    kind INTEGER NOT NULL, id INTEGER NOT NULL,
    open INTEGER NOT NULL, snoozed INTEGER NOT NULL, closed INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE unread_counters (manager INTEGER PRIMARY KEY, chats INTEGER NOT NULL, messages INTEGER NOT NULL);

INSERT INTO counters
    SELECT 0, 0, sum(status = 0), sum(status = 1), sum(status = 2) FROM chats
    UNION ALL
    SELECT 1, 0, coalesce(sum(status = 0), 0), coalesce(sum(status = 1), 0), coalesce(sum(status = 2), 0)
        FROM chats WHERE assignee IS NULL
    UNION ALL
    SELECT 2, managers.id, sum(status IS 0), sum(status IS 1), sum(status IS 2)
        FROM managers LEFT JOIN chats ON assignee = managers.id GROUP BY managers.id
    UNION ALL
    SELECT 3, above, coalesce(sum(open), 0), coalesce(sum(snoozed), 0), coalesce(sum(closed), 0) FROM tag_closure LEFT JOIN (
        SELECT tag, sum(status = 0) AS open, sum(status = 1) AS snoozed, sum(status = 2) AS closed FROM chats GROUP BY tag
    ) USING (tag) GROUP BY above;
INSERT INTO unread_counters
    SELECT id, count(chat), coalesce(sum(messages), 0) FROM managers LEFT JOIN unread ON manager = id GROUP BY id;

-- A product has them for new and deleted chats, and for another assignee or tag, too. The work here does none of that.
-- One statement a key: the planner looks each up by its primary key.
CREATE TRIGGER chat_status AFTER UPDATE OF status ON chats WHEN new.status <> old.status BEGIN
    UPDATE counters SET open = open + (new.status = 0) - (old.status = 0),
            snoozed = snoozed + (new.status = 1) - (old.status = 1),
            closed = closed + (new.status = 2) - (old.status = 2)
        WHERE kind = 0 AND id = 0;
    UPDATE counters SET open = open + (new.status = 0) - (old.status = 0),
            snoozed = snoozed + (new.status = 1) - (old.status = 1),
            closed = closed + (new.status = 2) - (old.status = 2)
        WHERE kind = iif(new.assignee IS NULL, 1, 2) AND id = coalesce(new.assignee, 0);
    UPDATE counters SET open = open + (new.status = 0) - (old.status = 0),
            snoozed = snoozed + (new.status = 1) - (old.status = 1),
            closed = closed + (new.status = 2) - (old.status = 2)
        WHERE kind = 3 AND id IN (SELECT above FROM tag_closure WHERE tag = new.tag);
END;

CREATE TRIGGER unread_inserted AFTER INSERT ON unread BEGIN
    UPDATE unread_counters SET chats = chats + 1, messages = messages + new.messages WHERE manager = new.manager;
END;
CREATE TRIGGER unread_updated AFTER UPDATE OF messages ON unread BEGIN
    UPDATE unread_counters SET messages = messages + new.messages - old.messages WHERE manager = new.manager;
END;
