//! Kills of a server under load: clients that retry with the same key have done everything exactly once.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::Place;
use crate::serve::{Serving, send_keyed};

const CLIENTS: usize = 16;
const EACH: usize = 60;
const KILLS: u32 = 4;

#[test]
fn everything_is_done_exactly_once_by_clients_that_retry() {
    let place = Place::with(
        r#"{"workspace":1,"at":1,"actor":"system","do":{"put_customer":{"customer":5}}}
{"workspace":1,"at":1,"actor":"system","do":{"start_chat":{"customer":5}}}"#,
    );
    let address = Mutex::new(String::new());
    let server = Mutex::new(Some(Serving::start(&place, &[])));
    *address.lock().unwrap() = server.lock().unwrap().as_ref().unwrap().address.clone();
    let began = Instant::now();
    let answers: Vec<Value> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn({
                    let address = &address;
                    move || work(client, address)
                })
            })
            .collect();
        for kill in 0..KILLS {
            thread::sleep(Duration::from_millis(150 + 70 * u64::from(kill)));
            let mut running = server.lock().unwrap().take().unwrap();
            running.child.kill().unwrap();
            running.child.wait().unwrap();
            let started = Serving::start(&place, &[]);
            *address.lock().unwrap() = started.address.clone();
            *server.lock().unwrap() = Some(started);
        }
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert!(began.elapsed() < Duration::from_secs(120));
    let mut running = server.lock().unwrap().take().unwrap();
    running.child.kill().unwrap();
    running.child.wait().unwrap();

    // Each answer is another message, and there are no more messages than answers.
    let mut numbers: Vec<u64> = answers.iter().map(|answer| answer["ok"]["message"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    let total = (CLIENTS * EACH) as u64;
    assert_eq!(numbers, (1..=total).collect::<Vec<_>>());
    assert_eq!(place.ask(r#"{"show":{"workspace":1,"chat":1}}"#)["messages"], total);
    let mut texts: Vec<String> = Vec::new();
    let mut before = Value::Null;
    loop {
        let query = serde_json::json!({"messages": {"workspace": 1, "chat": 1, "limit": 1_000, "before": before}});
        let page = place.ask(&query.to_string());
        texts.extend(page["messages"].as_array().unwrap().iter().map(|message| message["text"].to_string()));
        before = page["next"].clone();
        if before.is_null() {
            break;
        }
    }
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len() as u64, total, "no text twice");
}

/// Sends the messages of one client, each until it has an answer.
fn work(client: usize, address: &Mutex<String>) -> Vec<Value> {
    let mut answers = Vec::new();
    for number in 0..EACH {
        let key = format!("{client}-{number}");
        let body = format!(
            r#"{{"workspace":1,"actor":"system","do":{{"send_message":{{"chat":1,"visibility":"public","text":"{key}"}}}}}}"#
        );
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < Duration::from_secs(60), "{key} has no answer");
            let current = address.lock().unwrap().clone();
            match send_keyed(&current, &key, &body) {
                Some((200, answer)) => {
                    answers.push(answer);
                    break;
                }
                Some((503, _)) | None => thread::sleep(Duration::from_millis(20)),
                Some(other) => panic!("{key}: {other:?}"),
            }
        }
        // Enough time for the kills to come in between.
        thread::sleep(Duration::from_millis(20));
    }
    answers
}
