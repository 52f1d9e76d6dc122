//! An export that a server makes.

use std::io::{self, Read, Write};
use std::path::Path;

use inboxdb::Actor;

use super::{Arguments, Format};
use crate::failure::Failure;
use crate::output::{Place, Stream, WholeFile};
use crate::remote::Remote;
use crate::terminal::{bytes, clean, report};
use crate::workspaces::known_there;

const PIECE_BYTES: usize = 64 << 10;

/// Writes what the server sends.
pub(super) fn run(arguments: &Arguments, remote: &Remote) -> Result<(), Failure> {
    let Some(path) = arguments.output.as_deref().filter(|path| *path != Path::new("-")) else {
        return copy(arguments, remote, &mut io::stdout().lock());
    };
    let size = match Place::of(path, arguments.force)? {
        Place::File(place) => {
            let mut file = WholeFile::create(&place, arguments.force)?;
            copy(arguments, remote, &mut file)?;
            file.put()?
        }
        Place::Stream(place) => {
            let mut stream = Stream::open(&place)?;
            copy(arguments, remote, &mut stream)?;
            stream.bytes()
        }
    };
    report(&format!("{} in {}\n", bytes(size), clean(&path.to_string_lossy())))
}

fn copy(arguments: &Arguments, remote: &Remote, out: &mut impl Write) -> Result<(), Failure> {
    let inbox = known_there(remote, arguments.place.workspace())?;
    let format = match arguments.format {
        Format::Csv if arguments.excel => "excel",
        Format::Csv => "csv",
        Format::Jsonl => "jsonl",
    };
    let filter = arguments.filter.find(&inbox)?;
    let mut parameters = vec![("format", format.to_owned()), ("filter", filter.to_string())];
    if let Some(manager) = &arguments.actor.manager {
        parameters.push(("manager", manager.find(&inbox)?.to_string()));
    }
    if arguments.actor.system && remote.actor()? != Actor::System {
        return Err(Failure::Refused("the token is not one of the system".to_owned()));
    }
    let path = format!("/v1/workspaces/{}/export", inbox.id());
    let mut lines = remote.stream(&path, &parameters)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match lines.read(&mut piece).map_err(|error| remote.broken(&error))? {
            0 => break,
            count => out.write_all(&piece[..count]).map_err(|error| Failure::of_output(&error))?,
        }
    }
    out.flush().map_err(|error| Failure::of_output(&error))
}
