//! The change feed as a `Stream`, polled by hand.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use inboxdb::{FeedEvent, Watch, Watcher};
use inboxdb_harness::Subject;

use super::cases::{all, fill, inbox};
use super::small;

/// Counts how often it is woken.
struct Counting(AtomicUsize, thread::Thread);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.unpark();
    }
}

/// Polls a watcher as a stream until it has nothing, then sleeps until it is woken.
fn poll_until(watcher: &mut Watcher, mut enough: impl FnMut(&FeedEvent) -> bool) {
    use futures_core::Stream;
    let counting = Arc::new(Counting(AtomicUsize::new(0), thread::current()));
    let waker = Waker::from(Arc::clone(&counting));
    let mut context = Context::from_waker(&waker);
    loop {
        match Pin::new(&mut *watcher).poll_next(&mut context) {
            Poll::Ready(Some(event)) => {
                if enough(&event.unwrap()) {
                    return;
                }
            }
            Poll::Ready(None) => panic!("it ended"),
            Poll::Pending => thread::park_timeout(Duration::from_secs(20)),
        }
    }
}

#[test]
fn stream_tells_the_same_as_the_iterator_without_blocking() {
    let mut subject = Subject::new(small());
    inbox(subject.engine());
    fill(subject.engine());
    subject.reopen();
    let inbox = subject.engine().workspace(1).unwrap();
    let expected = all(&mut inbox.watch(Watch::from(0)).unwrap());
    let mut watcher = inbox.watch(Watch::from(0)).unwrap();
    let newest = inbox.seq();
    let mut told = Vec::new();
    poll_until(&mut watcher, |event| {
        told.push(event.clone());
        matches!(event, FeedEvent::CaughtUp { caught_up, .. } if *caught_up == newest)
    });
    assert_eq!(told, expected);
    let chat = inbox.as_customer(5).start_chat().unwrap();
    subject.engine().wait_durable(inbox.seq()).unwrap();
    poll_until(&mut watcher, |event| matches!(event, FeedEvent::Change(change) if change.chats[0].chat == chat));
}
