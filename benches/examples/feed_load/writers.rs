//! The writers: messages, assignments and changes of status, at a fixed rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use inboxdb::{Actor, Batch, ChatId, Command, Engine, Envelope, ManagerId};
use inboxdb_benches::{MANAGERS, WORKSPACE, chats_wanted, scattered};

use super::{Sent, histogram};

const WRITERS: u64 = 8;

/// Sends commands at a rate, whether or not the last one is done. Returns how long each took.
pub(crate) fn write(engine: &Arc<Engine>, rate: u64, time: Duration, sent: &Arc<Sent>) -> Histogram<u64> {
    let commands = rate * time.as_secs();
    let (begin, next) = (Instant::now(), AtomicU64::new(0));
    let mut all = histogram();
    thread::scope(|scope| {
        let run = || {
            let mut took = histogram();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= commands {
                    return took;
                }
                let due = begin + Duration::from_nanos(number * 1_000_000_000 / rate);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let moment = sent.now();
                // Other commands than in an earlier round, which would change nothing.
                let outcome = engine.execute(command(sent.first() + number)).unwrap();
                took.record(sent.now() - moment).unwrap();
                sent.note(outcome.seq, moment);
            }
        };
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(run)).collect();
        writers.into_iter().for_each(|writer| all.add(writer.join().unwrap()).unwrap());
    });
    all
}

fn command(number: u64) -> Envelope {
    let chat = ChatId(1 + scattered(number as u32, 1) % chats_wanted());
    let manager = ManagerId(1 + u64::from(scattered(number as u32, 2)) % MANAGERS);
    let text = format!("message {number}");
    let command = match number % 4 {
        0 | 1 => Command::send_message(chat, text),
        2 => Command::assign(chat, manager),
        // Whatever the chat was, it changes: a message opens it.
        _ => {
            let mut both = Batch::new();
            both.push(Command::send_message(chat, text));
            both.push(Command::close(chat));
            both.build().unwrap()
        }
    };
    Envelope::new(WORKSPACE, 1_700_000_000_000 + number, Actor::Manager(manager), command)
}
