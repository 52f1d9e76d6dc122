//! Submissions: commands that are awaited without a runtime.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use inboxdb::{
    Action, Actor, Code, Command, Config, Durability, Engine, Envelope, Error, Outcome, Submission, Timer, View,
};
use tempfile::TempDir;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return outcome;
        }
        thread::park();
    }
}

/// The outcome, if there is one already.
fn now(submission: &mut Submission) -> Option<Result<Outcome, Error>> {
    match Pin::new(submission).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

fn open(durability: Durability) -> (TempDir, Engine) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default().timer(Timer::Off).durability(durability);
    let engine = Engine::open(directory.path().join("inbox"), config).unwrap();
    (directory, engine)
}

fn system(command: Command) -> Envelope {
    Envelope::new(1, 1_000, Actor::System, command)
}

#[test]
fn a_submission_is_what_execute_would_have_returned() {
    fn is_a_task<T: Send + Unpin + 'static>(_: &T) {}
    let (_directory, engine) = open(Durability::Sync);
    let submission = engine.submit(system(Command::put_customer(5, "Grace"))).unwrap();
    is_a_task(&submission);
    assert_eq!(engine.workspace(1).unwrap().customer(5).unwrap().name.as_deref(), Some("Grace"), "it is applied");
    let outcome = block_on(submission).unwrap();
    assert_eq!(outcome.seq, engine.durable_seq());

    let submission = engine.submit(system(Command::start_chat(5))).unwrap();
    let outcome = thread::spawn(|| submission.wait()).join().unwrap().unwrap();
    assert_eq!(outcome.reply.chat(), Some(1.into()));
    assert_eq!(outcome.seq, engine.durable_seq());
    engine.close().unwrap();
}

#[test]
fn a_refusal_waits_for_what_it_was_based_on() {
    let (_directory, engine) = open(Durability::Sync);
    engine.execute(system(Command::create_tag("billing"))).unwrap();
    let deleted = engine.submit(system(Command::delete_tag("billing"))).unwrap();
    let refused = engine.submit(system(Command::delete_tag("billing"))).unwrap();
    let Err(Error::Refused(refusal)) = block_on(refused) else { panic!("accepted") };
    assert_eq!(refusal.code, Code::UnknownTag);
    let durable = engine.durable_seq();
    assert_eq!(block_on(deleted).unwrap().seq, durable);

    let malformed = engine.submit(system(Command::put_customer(5, "Grace")).with_id("x".repeat(65)));
    assert!(matches!(malformed, Err(Error::Refused(refusal)) if refusal.code == Code::Malformed));
    engine.close().unwrap();
}

#[test]
fn a_thousand_are_in_flight_from_one_thread() {
    const COMMANDS: u64 = 1_000;
    let (_directory, engine) = open(Durability::Sync);
    let begun = engine.durable_seq();
    let submissions: Vec<_> = (1..=COMMANDS)
        .map(|customer| engine.submit(system(Command::put_customer(customer, "Grace"))).unwrap())
        .collect();
    assert!(engine.durable_seq() < begun + COMMANDS, "submitting does not wait");
    // The newest first: it takes the others along.
    for (submission, behind) in submissions.into_iter().rev().zip(0..) {
        assert_eq!(block_on(submission).unwrap().seq, begun + COMMANDS - behind);
    }
    engine.close().unwrap();
}

#[test]
fn a_bulk_action_is_worked_off_before_submit_returns() {
    const CHATS: u64 = 600;
    let (_directory, engine) = open(Durability::Sync);
    drop(engine.submit(system(Command::put_customer(5, "Grace"))).unwrap());
    (0..CHATS).for_each(|_| drop(engine.submit(system(Command::start_chat(5))).unwrap()));
    let submission = engine.submit(system(Command::bulk(View::all().open(), Action::close()))).unwrap();
    let inbox = engine.workspace(1).unwrap();
    assert_eq!(inbox.count(&View::all().closed().into()).unwrap(), CHATS);
    let outcome = block_on(submission).unwrap();
    assert_eq!(outcome.reply.bulk().unwrap().changed, CHATS);
    engine.close().unwrap();
}

#[test]
fn an_interval_makes_submissions_ready_at_once() {
    let (_directory, engine) = open(Durability::Interval(Duration::from_secs(3_600)));
    let mut submission = engine.submit(system(Command::put_customer(5, "Grace"))).unwrap();
    let seq = now(&mut submission).unwrap().unwrap().seq;
    assert!(engine.durable_seq() < seq);
    assert_eq!(now(&mut submission).unwrap().unwrap().seq, seq, "ready again");
    engine.close().unwrap();
}

#[test]
fn closing_wakes_and_what_was_dropped_is_kept() {
    let (directory, engine) = open(Durability::Sync);
    let submit = |customer| engine.submit(system(Command::put_customer(customer, "Grace"))).unwrap();
    drop(submit(1));
    let waiting: Vec<_> = (2..=40).map(submit).collect();
    let mut unpolled = submit(41);
    let tasks: Vec<_> = waiting.into_iter().map(|submission| thread::spawn(|| block_on(submission))).collect();
    engine.close().unwrap();
    for task in tasks {
        task.join().unwrap().unwrap();
    }
    assert_eq!(now(&mut unpolled).unwrap().unwrap().seq, engine.durable_seq());
    let refused = engine.submit(system(Command::put_customer(42, "Grace")));
    assert!(matches!(refused, Err(Error::Closed)));

    let engine = Engine::open(directory.path().join("inbox"), Config::default()).unwrap();
    assert!((1..=41).all(|customer| engine.workspace(1).unwrap().customer(customer).is_ok()));
    engine.close().unwrap();
}
