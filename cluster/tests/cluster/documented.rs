//! The configuration in `docs/CLUSTER.md`, used: three servers with TLS and accounts, and a node that shows its certificate and
//! its password. What the command line makes of it is in the tests of the binary.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;

use inboxdb::Place;
use inboxdb_cluster::{JetStream, JetStreamOptions, Login, OpenError};
use inboxdb_nats::{Documented, Seat};

use crate::support::{append, open, take};

/// What a server says of itself to each client that comes, before TLS.
fn said_first(seat: &Seat) -> String {
    let mut said = String::new();
    BufReader::new(TcpStream::connect((seat.host.as_str(), seat.client)).unwrap()).read_line(&mut said).unwrap();
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn documented_configuration_works_and_keeps_strangers_out() {
    let Some(documented) = Documented::start() else { return };
    let path = |file: &str| documented.path(0, &format!("/etc/nats/{file}"));
    let options = JetStreamOptions::new(&documented.servers.urls().replace("nats://", "tls://"))
        .monitors(&documented.servers.monitors())
        .groups(2);
    let login = |password: &str| Login::Password { user: "node".to_owned(), password: password.to_owned() };
    let trusting = options.root_certificates(path("ca.pem"));
    let known = trusting.clone().client_certificate(path("node.pem"), path("node-key.pem"));
    let opened = open(known.clone().login(login(documented.password()))).await;
    let log = &opened.logs().groups[0];
    assert_eq!((append(log, 1).await.place, append(log, 2).await.place), (Place(1), Place(2)));
    assert_eq!(take(&mut log.read(Place(0)), 2).await.len(), 2);
    log.truncate(Place(2)).await.unwrap();
    assert_eq!(log.bounds().await.unwrap().first, Place(2));
    for seat in documented.servers.seats() {
        let said = said_first(&seat);
        assert!(
            said.contains("tls_required") && !said.contains("connect_urls"),
            "addresses without a certificate: {said}"
        );
    }
    let strangers = [known.clone(), known.login(login("guess")), trusting.login(login(documented.password()))];
    for stranger in strangers {
        let refused = JetStream::open(stranger).await;
        assert!(matches!(refused, Err(OpenError::Refused { .. })), "{refused:?}");
    }
}
