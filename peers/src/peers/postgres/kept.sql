-- Rows are updated all the time, and no index changes: with room on the page, the update stays there (HOT).
CREATE TABLE counters (
    kind smallint, id integer,
    open bigint NOT NULL, snoozed bigint NOT NULL, closed bigint NOT NULL,
    PRIMARY KEY (kind, id)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
CREATE TABLE unread_counters (
    manager integer PRIMARY KEY, chats bigint NOT NULL, messages bigint NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

INSERT INTO counters
    SELECT 0, 0, count(*) FILTER (WHERE status = 0), count(*) FILTER (WHERE status = 1),
        count(*) FILTER (WHERE status = 2) FROM chats
    UNION ALL
    SELECT 1, 0, count(*) FILTER (WHERE status = 0), count(*) FILTER (WHERE status = 1),
        count(*) FILTER (WHERE status = 2) FROM chats WHERE assignee IS NULL
    UNION ALL
    SELECT 2, managers.id, count(*) FILTER (WHERE status = 0), count(*) FILTER (WHERE status = 1),
        count(*) FILTER (WHERE status = 2) FROM managers LEFT JOIN chats ON assignee = managers.id GROUP BY managers.id
    UNION ALL
    SELECT 3, above, count(*) FILTER (WHERE status = 0), count(*) FILTER (WHERE status = 1),
        count(*) FILTER (WHERE status = 2) FROM tag_closure LEFT JOIN chats USING (tag) GROUP BY above;
INSERT INTO unread_counters
    SELECT id, count(chat), coalesce(sum(messages), 0) FROM managers LEFT JOIN unread ON manager = id GROUP BY id;

-- A product has triggers for new and deleted chats, and for another assignee or tag, too. The work here does none of
-- that. Rows are always taken in the same order, from the one of all chats on, so that there are no deadlocks.
CREATE FUNCTION chat_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    o integer := (new.status = 0)::integer - (old.status = 0)::integer;
    s integer := (new.status = 1)::integer - (old.status = 1)::integer;
    c integer := (new.status = 2)::integer - (old.status = 2)::integer;
    up integer;
BEGIN
    UPDATE counters SET open = open + o, snoozed = snoozed + s, closed = closed + c WHERE kind = 0 AND id = 0;
    IF new.assignee IS NULL THEN
        UPDATE counters SET open = open + o, snoozed = snoozed + s, closed = closed + c WHERE kind = 1 AND id = 0;
    ELSE
        UPDATE counters SET open = open + o, snoozed = snoozed + s, closed = closed + c
            WHERE kind = 2 AND id = new.assignee;
    END IF;
    FOR up IN SELECT above FROM tag_closure WHERE tag = new.tag ORDER BY above LOOP
        UPDATE counters SET open = open + o, snoozed = snoozed + s, closed = closed + c WHERE kind = 3 AND id = up;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER chat_status AFTER UPDATE OF status ON chats
    FOR EACH ROW WHEN (new.status <> old.status) EXECUTE FUNCTION chat_status();

CREATE FUNCTION unread_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE unread_counters SET chats = chats + 1, messages = messages + new.messages WHERE manager = new.manager;
    ELSE
        UPDATE unread_counters SET messages = messages + new.messages - old.messages WHERE manager = new.manager;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER unread_changed AFTER INSERT OR UPDATE OF messages ON unread
    FOR EACH ROW EXECUTE FUNCTION unread_changed();
