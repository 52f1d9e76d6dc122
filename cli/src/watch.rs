//! `inboxdb watch`: the changes of a workspace as they become durable, one line of JSON for each.

mod remote;

use std::io::{self, Write};

use clap::Args;
use inboxdb::{Engine, EventId, FeedEvent, Watch, Watched, Watcher};
use serde::Serialize;

use crate::failure::Failure;
use crate::store::{Where, close_after};
use crate::workspaces::known;

const AFTER_HELP: &str = r#"Each line is an event:
  {"seq":345,"workspace":1,"at":1582652374000,"by":{"manager":7},"id":null,"chats":[{"chat":7,"what":["status"]}],
   "counts":[{"view":"assigned:7","open":81,"snoozed":61,"closed":6471}],"sidebar":false,"notices":[]}
  {"caught_up":345,"counts":[…]}   everything from before is told; live changes follow
  {"reset":345,"counts":[…]}       what happened before cannot be told; read it anew
  {"lagged":345}                   the reader was too slow; changes come from the journal now

With a directory the store is open for this command alone, so what happens live is that snoozes end.

With --ids each line begins with the id of its event, as in {"event_id":"00c0ffee00c0ffee-345","seq":345,…}, for --after. The
id of a node of a cluster counts at every node.

Example:
  inboxdb watch inbox --view sidebar:7 --from 345
  inboxdb watch http://127.0.0.1:7878 --ids --after 00c0ffee00c0ffee-345"#;

/// Print the durable changes of a workspace as they happen, one JSON object per line
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    /// View whose numbers to tell, such as `assigned:7`, or `sidebar:7` for all of a sidebar; may be repeated
    ///
    /// Changes that concern no watched view are left out. Without any, every change is told, without numbers.
    #[arg(long = "view", value_name = "VIEW")]
    views: Vec<Watched>,
    /// Begin after this change, such as the `seq` of an answer; with the next change if omitted
    #[arg(long, value_name = "SEQ")]
    from: Option<u64>,
    /// Go on after the event with this id
    #[arg(long, value_name = "ID", conflicts_with = "from")]
    after: Option<EventId>,
    /// Print the id of each event, for --after
    #[arg(long)]
    ids: bool,
    /// End once everything that has happened so far is told
    #[arg(long)]
    until_caught_up: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(remote) = arguments.place.store.remote()? {
        return remote::run(arguments, &remote);
    }
    let engine = arguments.place.store.open_running()?;
    let watched = watcher(arguments, &engine).and_then(|watcher| tell(arguments, watcher));
    close_after(engine, watched)
}

fn watcher(arguments: &Arguments, engine: &Engine) -> Result<Watcher, Failure> {
    let watch = match (arguments.after, arguments.from) {
        (Some(id), _) => Watch::after(id),
        (None, Some(seq)) => Watch::from(seq),
        (None, None) => Watch::now(),
    };
    Ok(known(engine, arguments.place.workspace())?.watch(watch.views(arguments.views.iter().cloned()))?)
}

fn tell(arguments: &Arguments, mut watcher: Watcher) -> Result<(), Failure> {
    while let Some(event) = watcher.next() {
        if print_event(arguments, &event?, &watcher.id())? {
            break;
        }
    }
    Ok(())
}

/// An event with its id.
#[derive(Serialize)]
struct Named<'e> {
    event_id: String,
    #[serde(flatten)]
    event: &'e FeedEvent,
}

/// Prints an event and flushes, so that a reader sees it at once. Returns whether it is the last one that is wanted.
fn print_event(arguments: &Arguments, event: &FeedEvent, id: &impl ToString) -> Result<bool, Failure> {
    let mut output = io::stdout().lock();
    let line = match arguments.ids {
        true => serde_json::to_string(&Named { event_id: id.to_string(), event })?,
        false => serde_json::to_string(event)?,
    };
    let line = line + "\n";
    let printed = output.write_all(line.as_bytes()).and_then(|()| output.flush());
    printed.map_err(|error| Failure::of_output(&error))?;
    let is_present = matches!(event, FeedEvent::CaughtUp { .. } | FeedEvent::Reset { .. });
    Ok(is_present && arguments.until_caught_up)
}
