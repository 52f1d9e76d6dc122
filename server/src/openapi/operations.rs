//! What each route takes and answers, for the document.

/// A parameter behind the question mark.
pub(crate) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) about: &'static str,
}

/// The values of a parameter.
pub(super) enum Kind {
    Id,
    Limit,
    Text,
    Texts,
    Flag,
    OneOf(&'static [&'static str]),
}

/// A schema by its name.
pub(super) type Schema = &'static str;

/// What a route takes and answers.
pub(crate) struct Operation {
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// The body, by media type.
    pub(super) bodies: &'static [(&'static str, Schema)],
    /// The answer, by media type. None for an answer without a body.
    pub(super) answers: &'static [(&'static str, Schema)],
}

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
/// Stands for bytes or text without a schema of its own.
const PLAIN: Schema = "";

const fn answers(summary: &'static str, answers: &'static [(&'static str, Schema)]) -> Operation {
    Operation { summary, parameters: &[], bodies: &[], answers }
}

const fn id(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Id, about }
}

const fn text(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Text, about }
}

const LIMIT: Parameter = Parameter { name: "limit", kind: Kind::Limit, about: "How many, 1 to 1,000. 50 by default." };
const BEFORE: Parameter = text("before", "The `next` of the previous page.");
const AT_LEAST: Parameter = id("at_least", "The answer includes this place of the log. For nodes of a cluster.");
const VIEW: Parameter = text("view", "A view such as `assigned:7:open`, or several joined. All chats by default.");

pub(crate) const COMMANDS: Operation = Operation {
    summary: "Does one command, or a batch of lines",
    parameters: &[],
    bodies: &[(JSON, "Envelope"), (LINES, "Envelope")],
    answers: &[(JSON, "Accepted"), (LINES, "AnyCommandLine")],
};

pub(crate) const QUERIES: Operation = Operation {
    summary: "Answers one query, or a batch of lines",
    parameters: &[],
    bodies: &[(JSON, "Query"), (LINES, "Query")],
    answers: &[(JSON, "Answer"), (LINES, "AnswerLine")],
};

pub(crate) const SIDEBAR: Operation = Operation {
    parameters: &[id("manager", "The manager. That of the token by default."), AT_LEAST],
    ..answers("Every number of a manager's inbox", &[(JSON, "Sidebar")])
};

pub(crate) const COUNT: Operation =
    Operation { parameters: &[VIEW, AT_LEAST], ..answers("How many chats a view has", &[(JSON, "Answer")]) };

pub(crate) const CHATS: Operation = Operation {
    parameters: &[
        VIEW,
        LIMIT,
        BEFORE,
        Parameter { name: "order", kind: Kind::OneOf(&["newest", "oldest"]), about: "Which activity comes first." },
        Parameter { name: "ids", kind: Kind::Flag, about: "Whether only ids are listed." },
        AT_LEAST,
    ],
    ..answers("A page of the chats of a view", &[(JSON, "Answer")])
};

pub(crate) const CHAT: Operation = Operation { parameters: &[AT_LEAST], ..answers("One chat", &[(JSON, "AnyChat")]) };

pub(crate) const MESSAGES: Operation = Operation {
    parameters: &[
        Parameter { name: "visibility", kind: Kind::OneOf(&["public", "internal"]), about: "Only these messages." },
        LIMIT,
        BEFORE,
        AT_LEAST,
    ],
    ..answers("A page of the messages of a chat, newest first", &[(JSON, "MessagePage")])
};

pub(crate) const MANAGERS: Operation = Operation {
    parameters: &[
        Parameter { name: "removed", kind: Kind::Flag, about: "Whether those who left are listed, too." },
        AT_LEAST,
    ],
    ..answers("All managers", &[(JSON, "Answer")])
};

pub(crate) const TAGS: Operation = Operation { parameters: &[AT_LEAST], ..answers("All tags", &[(JSON, "Answer")]) };

pub(crate) const CUSTOMER: Operation =
    Operation { parameters: &[AT_LEAST], ..answers("One customer", &[(JSON, "Customer")]) };

pub(crate) const EXPORT: Operation = Operation {
    parameters: &[
        text("filter", "The chats. All by default, and then with every customer."),
        Parameter { name: "format", kind: Kind::OneOf(&["jsonl", "csv", "excel"]), about: "`jsonl` by default." },
        id("manager", "Who asks, if no token says it. The system by default."),
        AT_LEAST,
    ],
    ..answers("The data of a workspace, as a stream", &[(LINES, PLAIN), ("text/csv", PLAIN)])
};

pub(crate) const EVENTS: Operation = Operation {
    parameters: &[
        Parameter {
            name: "views",
            kind: Kind::Texts,
            about: "A view or a sidebar, such as `sidebar:7`; may be repeated.",
        },
        id("from", "Begins after this change. With the next one by default."),
        text(
            "after",
            "Goes on after the event with this `id`, as `Last-Event-ID` does. On a node of a cluster it may be of another node.",
        ),
        AT_LEAST,
    ],
    ..answers("The change feed, as Server-Sent Events", &[("text/event-stream", PLAIN)])
};

pub(crate) const BACKUP: Operation =
    answers("A backup of the whole store, as a stream", &[("application/octet-stream", PLAIN)]);

pub(crate) const KEEP_BACKUP: Operation =
    answers("Makes a backup in the server's directory for them, which its store remembers", &[(JSON, "KeptBackup")]);

pub(crate) const WHO: Operation = answers("Who one is", &[(JSON, "Session")]);

pub(crate) const TRADE: Operation =
    Operation { bodies: &[(JSON, "Traded")], ..answers("Trades a token for a cookie", &[(JSON, "Session")]) };

pub(crate) const LEAVE: Operation = answers("Takes the cookie away", &[]);

pub(crate) const HEALTH: Operation = answers("Whether the server takes requests", &[(JSON, "Health")]);

pub(crate) const METRICS: Operation = answers("Metrics for Prometheus", &[("application/openmetrics-text", PLAIN)]);

pub(crate) const DOCUMENT: Operation = answers("This document", &[(JSON, PLAIN)]);
