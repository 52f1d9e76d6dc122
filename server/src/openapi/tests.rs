//! The document against the types that it describes, and against real commands, queries and answers.

use std::collections::BTreeSet;

use inboxdb::{Action, Code, Command, Config, Engine, Envelope, Query, Timer};
use inboxdb_naive::{Naive, queries, trace};
use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

fn schema(name: &str) -> Validator {
    let document = make();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{name}"),
        "components": document["components"],
    });
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{value}\n{}", errors.join("\n"));
}

/// The names that a type says it expects: of its variants, or of the fields of one.
fn expected<T: DeserializeOwned>(wrong: &Value) -> BTreeSet<String> {
    let Err(error) = serde_json::from_value::<T>(wrong.clone()) else { panic!("{wrong} is right") };
    let told = error.to_string();
    let (_, names) = told.split_once("expected ").unwrap_or_default();
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The fields of each variant in a schema. One without fields is a word.
fn variants(name: &str) -> BTreeMap<String, BTreeSet<String>> {
    let document = make();
    let schemas = &document["components"]["schemas"];
    let mut variants = BTreeMap::new();
    for variant in schemas[name]["oneOf"].as_array().unwrap() {
        for word in variant["enum"].as_array().into_iter().flatten() {
            variants.insert(word.as_str().unwrap().to_owned(), BTreeSet::new());
        }
        for (word, fields) in variant["properties"].as_object().into_iter().flatten() {
            let fields = fields["properties"].as_object().map(|fields| fields.keys().cloned().collect());
            variants.insert(word.clone(), fields.unwrap_or_default());
        }
    }
    variants
}

fn assert_same_names<T: DeserializeOwned>(schema: &str, without_fields: &[&str]) {
    let described = variants(schema);
    let names: BTreeSet<String> = described.keys().cloned().collect();
    assert_eq!(names, expected::<T>(&json!({"?": {}})), "{schema}");
    for (name, fields) in described {
        if !without_fields.contains(&name.as_str()) {
            let wrong = json!({&name: {"?": 1}});
            let mut told = expected::<T>(&wrong);
            if schema == "Query" && told.contains("workspace") {
                told.insert("at_least".to_owned());
            }
            let told = if fields.is_empty() { BTreeSet::new() } else { told };
            assert_eq!(fields, told, "{schema}: {name}");
        }
    }
}

#[test]
fn commands_queries_and_actions_have_the_names_of_their_types() {
    assert_same_names::<Command>("Command", &["all", "tick", "delete_workspace"]);
    assert_same_names::<Query>("Query", &["find"]);
    assert_same_names::<Action>("Action", &[]);
    assert_eq!(expected::<Code>(&json!("?")), words("Code"));
}

fn words(name: &str) -> BTreeSet<String> {
    let document = make();
    let words = document["components"]["schemas"][name]["enum"].as_array().unwrap().clone();
    words.into_iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The lines of JSON in a document.
fn lines(text: &str) -> impl Iterator<Item = Value> {
    let json = |line: &str| serde_json::from_str(line.trim().trim_start_matches("$ ")).ok();
    text.lines().filter_map(json).filter(Value::is_object)
}

#[test]
fn examples_of_the_documents_are_valid() {
    let (envelope, result) = (schema("Envelope"), schema("CommandLine"));
    let commands = include_str!("../../../docs/COMMANDS.md").to_owned() + include_str!("../../../docs/QUERIES.md");
    let mut seen = 0;
    for line in lines(&commands) {
        if line.get("do").is_some() {
            assert_valid(&envelope, &line);
        } else if line.get("line").is_some() {
            assert_valid(&result, &line);
        } else {
            continue;
        }
        seen += 1;
    }
    assert!(seen > 15, "{seen}");

    let (query, answer) = (schema("Query"), schema("Answer"));
    let text = include_str!("../../../docs/QUERIES.md");
    let (mut questions, mut answers) = (0, 0);
    let mut text = text.lines();
    while let Some(line) = text.next() {
        let Some((_, question)) = line.split_once("<<< '") else { continue };
        assert_valid(&query, &serde_json::from_str(question.trim_end_matches('\'')).unwrap());
        questions += 1;
        if let Some(Ok(line)) = text.next().map(serde_json::from_str::<Value>) {
            assert_valid(&answer, &line);
            answers += 1;
        }
    }
    assert!(questions > 15 && answers > 15, "{questions} {answers}");
}

#[test]
fn real_commands_queries_and_answers_are_valid() {
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::open(directory.path(), Config::default().timer(Timer::Off)).unwrap();
    let (envelope, line) = (schema("Envelope"), schema("CommandLine"));
    let (query, answer) = (schema("Query"), schema("Answer"));
    let mut naive = Naive::new();
    for command in trace(7, 1_500) {
        // Random commands also have ids that the server refuses.
        let Ok(parsed) = crate::json::read::<Envelope>(&command, "a command") else { continue };
        naive.apply(&command);
        let sent: Value = serde_json::from_slice(&command).unwrap();
        let done = match engine.execute(parsed) {
            Ok(outcome) => json!({"line": 1, "seq": outcome.seq, "ok": outcome.reply}),
            Err(inboxdb::Error::Refused(refusal)) => json!({"line": 1, "error": refusal}),
            Err(error) => panic!("{error}"),
        };
        assert_valid(&line, &done);
        if done.get("ok").is_some() {
            assert_valid(&envelope, &sent);
        }
    }
    let mut kinds = BTreeSet::new();
    for question in queries(&naive, 7, false) {
        let Ok(parsed) = crate::json::read::<Query>(question.as_bytes(), "a query") else { continue };
        let Ok(answered) = engine.query(&parsed) else { continue };
        assert_valid(&query, &serde_json::from_str(&question).unwrap());
        assert_valid(&answer, &serde_json::to_value(&answered).unwrap());
        let asked: Value = serde_json::from_str(&question).unwrap();
        kinds.extend(asked.as_object().unwrap().keys().cloned());
    }
    assert!(kinds.len() >= 15, "{kinds:?}");
}

#[test]
fn what_is_wrong_is_not_valid() {
    let envelope = schema("Envelope");
    for wrong in [
        json!({"workspace": 1, "do": {"close": {"chat": 1, "x": 1}}}),
        json!({"workspace": 1, "do": {"fly": {"chat": 1}}}),
        json!({"workspace": ID_MAX + 1, "do": {"close": {"chat": 1}}}),
        json!({"workspace": 1, "do": {"close": {"chat": 4_294_967_296_u64}}}),
        json!({"workspace": 1, "do": {"close": {}}}),
        json!({"workspace": 1, "x": 1, "do": "tick"}),
        json!({"workspace": 1}),
    ] {
        assert!(!envelope.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn document_describes_each_route_once() {
    let document = make();
    let described: usize =
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(described, ROUTES.len());
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is not described");
    }
}
