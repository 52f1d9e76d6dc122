//! The OpenAPI document: the paths from the table of routes, the schemas from types.

mod operations;
#[allow(dead_code, reason = "the types are described and never made")]
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, schema::Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::access::Guard;
use crate::json::ID_MAX;
use crate::routes::{ROUTES, Route};
pub(crate) use operations::*;
use schema::{answers, commands, envelope, events, queries, records, recursive};

/// Statuses that any route may answer with, and what they mean.
const FAILURES: [(u16, &str); 12] = [
    (400, "Malformed, or against a rule of the inbox"),
    (401, "No token, or one that does not count"),
    (403, "Forbidden"),
    (404, "Something named does not exist"),
    (405, "Another method"),
    (408, "The body did not arrive in time"),
    (409, "A condition failed, or something is taken"),
    (413, "The body is too large"),
    (415, "The body is of another type"),
    (429, "Too many requests"),
    (500, "A fault of the server"),
    (503, "Not now; `Retry-After` says when"),
];

/// The document, as JSON.
pub(crate) fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| make().to_string());
    &DOCUMENT
}

fn make() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "inboxdb",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The inbox of a customer chat: commands, queries, and every count kept ready. \
                            See docs/COMMANDS.md, docs/QUERIES.md and docs/SERVER.md.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths(),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    })
}

fn paths() -> Value {
    let mut paths = BTreeMap::<&str, Map<String, Value>>::new();
    for route in ROUTES {
        let method = route.method.as_str().to_ascii_lowercase();
        paths.entry(route.path).or_default().insert(method, operation(route));
    }
    json!(paths)
}

fn operation(route: &Route) -> Value {
    let Operation { summary, parameters, bodies, answers } = &route.operation;
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = in_path
        .map(|name| {
            let max = if name == "chat" { u64::from(u32::MAX) } else { ID_MAX };
            let schema = json!({"type": "integer", "minimum": 0, "maximum": max});
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .collect();
    all.extend(parameters.iter().map(parameter));
    if route.path == "/v1/commands" {
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"});
        let about = "The `id` of a single command that has none.";
        all.push(json!({"name": "Idempotency-Key", "in": "header", "schema": schema, "description": about}));
    }
    let mut operation = json!({"summary": summary, "parameters": all, "responses": responses(answers)});
    if !bodies.is_empty() {
        // A token may also come in the header.
        let required = route.path != "/v1/session";
        operation["requestBody"] = json!({"required": required, "content": content(bodies)});
    }
    if route.guard != Guard::Anyone {
        operation["security"] = json!([{"token": []}, {}]);
    }
    operation
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        Kind::Id => json!({"type": "integer", "minimum": 0, "maximum": ID_MAX}),
        Kind::Limit => json!({"type": "integer", "minimum": 1, "maximum": 1_000}),
        Kind::Text => json!({"type": "string"}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
    };
    json!({"name": parameter.name, "in": "query", "schema": schema, "description": parameter.about})
}

fn responses(answers: &[(&str, &str)]) -> Value {
    let mut responses = Map::new();
    match answers {
        [] => responses.insert("204".to_owned(), json!({"description": "Done"})),
        answers => {
            responses.insert("200".to_owned(), json!({"description": "The answer", "content": content(answers)}))
        }
    };
    for (status, about) in FAILURES {
        let is_of_health = status == 503 && answers == [("application/json", "Health")];
        let body = if is_of_health { "Unhealthy" } else { "Refused" };
        let content = content(&[("application/json", body)]);
        responses.insert(status.to_string(), json!({"description": about, "content": content}));
    }
    Value::Object(responses)
}

fn content(types: &[(&str, &str)]) -> Value {
    let one = |(media_type, schema): &(&str, &str)| {
        let content = match *schema {
            "" => json!({}),
            name => json!({"schema": {"$ref": format!("#/components/schemas/{name}")}}),
        };
        ((*media_type).to_owned(), content)
    };
    Value::Object(types.iter().map(one).collect())
}

fn schemas() -> Value {
    let mut found = Vec::new();
    add::<envelope::Envelope>(&mut found);
    add::<envelope::Accepted>(&mut found);
    add::<envelope::Refused>(&mut found);
    add::<envelope::CommandLine>(&mut found);
    add::<envelope::ProgressLine>(&mut found);
    add::<recursive::Step>(&mut found);
    add::<recursive::Filter>(&mut found);
    add::<commands::Command>(&mut found);
    add::<queries::Query>(&mut found);
    add::<answers::Answer>(&mut found);
    add::<answers::KeptBackup>(&mut found);
    add::<answers::Session>(&mut found);
    add::<answers::Traded>(&mut found);
    add::<answers::Health>(&mut found);
    add::<answers::Unhealthy>(&mut found);
    add::<records::Chat>(&mut found);
    add::<events::FeedEvent>(&mut found);
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    for (name, schema) in found {
        let mut schema = json!(schema);
        tighten(&mut schema);
        schemas.insert(name, schema);
    }
    for name in ["Query", "Find"] {
        schemas.entry(name.to_owned()).and_modify(add_at_least);
    }
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    // Some answers look alike: an empty list of managers answers two queries.
    if let Some(Value::Object(answer)) = schemas.get_mut("Answer")
        && let Some(kinds) = answer.remove("oneOf")
    {
        answer.insert("anyOf".to_owned(), kinds);
    }
    schemas.insert("AnyChat".to_owned(), json!({"anyOf": [reference("Chat"), reference("ReducedChat")]}));
    let placed = schemas.get("Answer").map(|answer| with_place(answer, &schemas));
    schemas.insert("AnswerLine".to_owned(), json!({"anyOf": [placed, reference("Refused")]}));
    let lines = json!({"anyOf": [reference("CommandLine"), reference("ProgressLine")]});
    schemas.insert("AnyCommandLine".to_owned(), lines);
    json!(schemas)
}

/// Adds the field that any query of a workspace may have.
fn add_at_least(query: &mut Value) {
    let about = "The answer includes this place of the log of the workspace's group. For nodes of a cluster.";
    match query {
        Value::Object(object) => {
            if let Some(Value::Object(fields)) = object.get_mut("properties")
                && fields.contains_key("workspace")
            {
                let field = json!({"type": ["integer", "null"], "minimum": 0, "maximum": ID_MAX, "description": about});
                fields.insert("at_least".to_owned(), field);
            }
            object.values_mut().for_each(add_at_least);
        }
        Value::Array(values) => values.iter_mut().for_each(add_at_least),
        _ => {}
    }
}

/// A kind of answer, or several, with the field that a node adds in a batch.
fn with_place(kind: &Value, schemas: &BTreeMap<String, Value>) -> Value {
    let referred = kind.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    if let Some(schema) = referred.and_then(|name| schemas.get(name)) {
        return with_place(schema, schemas);
    }
    let mut kind = kind.clone();
    for word in ["anyOf", "oneOf"] {
        if let Some(Value::Array(kinds)) = kind.get_mut(word) {
            kinds.iter_mut().for_each(|kind| *kind = with_place(kind, schemas));
        }
    }
    if let Some(Value::Object(fields)) = kind.get_mut("properties") {
        let about = "The place of the log that the answer shows at most. Of nodes of a cluster.";
        let field = json!({"type": "integer", "minimum": 0, "maximum": ID_MAX, "description": about});
        fields.insert("place".to_owned(), field);
    }
    kind
}

fn add<T: ToSchema>(found: &mut Vec<(String, RefOr<Schema>)>) {
    found.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    T::schemas(found);
}

/// Says what holds everywhere: no further fields, and integers within what JSON clients keep.
fn tighten(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("type").is_some_and(|kind| is(kind, "object")) {
                object.entry("additionalProperties").or_insert(json!(false));
            }
            match object.get("format").and_then(Value::as_str) {
                Some("int64") => drop(object.entry("maximum").or_insert(json!(ID_MAX))),
                Some("int32") => drop(object.entry("maximum").or_insert(json!(u32::MAX))),
                _ => {}
            }
            if object.get("type").is_some_and(|kind| is(kind, "integer")) {
                object.remove("format");
            }
            for (key, value) in object {
                match value {
                    // The names in it are those of fields.
                    Value::Object(fields) if key == "properties" => fields.values_mut().for_each(tighten),
                    value => tighten(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(tighten),
        _ => {}
    }
}

/// Whether a type is this one, or this one or null.
fn is(kind: &Value, word: &str) -> bool {
    kind == word || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == word))
}
