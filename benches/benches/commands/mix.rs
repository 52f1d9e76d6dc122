//! A mix of commands on random chats.

use criterion::{BenchmarkId, Criterion, Throughput};
use inboxdb::{Actor, ChatId, Command, CustomerId, Status};
use inboxdb_benches::{AT, Draw, MANAGERS, Random, WORKSPACE, chats_wanted, tag_path};

use crate::kinds::run;

/// What the mix knows of the inbox.
struct Mix {
    random: Random,
    statuses: Vec<Status>,
    /// Tags that the mix has put on.
    tags: Vec<Option<String>>,
}

impl Mix {
    /// Of 100 commands 60 messages, 10 assignments, 10 tags put on or taken off, 15 chats closed or opened, 5 snoozes.
    fn command(&mut self) -> (Actor, Command) {
        let place = self.random.below(self.statuses.len() as u64) as usize;
        let chat = ChatId(place as u32 + 1);
        let (status, tag) = (&mut self.statuses[place], &mut self.tags[place]);
        let command = match self.random.below(100) {
            0..60 => {
                *status = if *status == Status::Closed { Status::Open } else { *status };
                let customer = CustomerId(u64::from(chat.0 / 2));
                return (Actor::Customer(customer), Command::send_message(chat, "Is it on its way?"));
            }
            60..70 => Command::assign(chat, 1 + self.random.below(MANAGERS)),
            70..80 => match tag.take() {
                Some(tag) => Command::untag(chat, [tag]),
                None => Command::tag(chat, [tag.insert(tag_path(self.random.below(1_000) as u32)).clone()]),
            },
            80..95 if *status == Status::Closed => {
                *status = Status::Open;
                Command::open(chat)
            }
            80..95 => {
                *status = Status::Closed;
                Command::close(chat)
            }
            _ => {
                *status = Status::Snoozed;
                Command::snooze(chat, AT + 1_000_000_000 + self.random.below(1_000_000))
            }
        };
        (Actor::System, command)
    }
}

pub(crate) fn mix(criterion: &mut Criterion) {
    let chats = chats_wanted();
    let (_directory, engine) = inboxdb_benches::inbox(chats, Draw::Scattered);
    let inbox = engine.workspace(WORKSPACE).unwrap();
    let statuses = (1..=chats).map(|chat| inbox.chat(chat).unwrap().status).collect();
    let mut mix = Mix { random: Random::default(), statuses, tags: vec![None; chats as usize] };
    let mut group = criterion.benchmark_group("mix");
    group.throughput(Throughput::Elements(1));
    group.bench_function(BenchmarkId::new("random", chats), |bencher| {
        bencher.iter(|| run(&engine, mix.command()));
    });
    group.finish();
    engine.close().unwrap();
}
