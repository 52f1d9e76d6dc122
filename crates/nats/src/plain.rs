//! The configuration of servers without accounts and TLS.

use crate::Seat;

/// The configuration of one of several servers.
pub(crate) fn configuration(seats: &[Seat], own: usize, sync_always: bool) -> String {
    let Seat { name, host, client, cluster, monitor, store } = &seats[own];
    let sync = if sync_always { "always" } else { "2m" };
    let mut text = format!(
        "server_name: {name}\nlisten: {host}:{client}\nhttp: {host}:{monitor}\nmax_payload: 8MB\n\
         jetstream {{ store_dir: {store:?}, sync_interval: {sync}, max_file_store: 4GB }}\n"
    );
    if seats.len() > 1 {
        let routes: Vec<String> =
            seats.iter().map(|seat| format!("nats-route://{}:{}", seat.host, seat.cluster)).collect();
        let routes = routes.join(", ");
        text += &format!("cluster {{ name: inboxdb, listen: {host}:{cluster}, routes: [{routes}] }}\n");
    }
    text
}
