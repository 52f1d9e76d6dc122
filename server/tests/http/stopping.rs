//! Told to stop: what was accepted is finished, and streams end.

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use crate::common::{Answer, Running, request};

#[test]
fn accepted_requests_are_finished_and_batches_end_with_a_word() {
    let mut server = Running::open();
    let idle = server.connect();
    let mut half = server.connect();
    let whole = request(
        "POST",
        "/v1/commands",
        &[("content-type", "application/json")],
        r#"{"workspace":1,"actor":"system","do":{"close":{"chat":1}}}"#,
    );
    half.write_all(&whole[..whole.len() - 5]).unwrap();
    let mut batch = server.connect();
    let line = r#"{"count":{"workspace":1,"view":"all"}}"#.to_owned() + "\n";
    let headers = [("content-type", "application/x-ndjson"), ("transfer-encoding", "chunked")];
    batch.write_all(&request("POST", "/v1/queries", &headers, &format!("{:x}\r\n{line}\r\n", line.len()))).unwrap();
    let mut reader = BufReader::new(batch.try_clone().unwrap());
    let mut seen = String::new();
    while !seen.contains("\"count\":2") {
        assert!(reader.read_line(&mut seen).unwrap() > 0);
    }
    std::thread::sleep(Duration::from_millis(100));
    server.tell_to_stop();
    std::thread::sleep(Duration::from_millis(200));
    half.write_all(&whole[whole.len() - 5..]).unwrap();
    assert_eq!(Answer::read(&mut half).status, 200);
    let mut rest = String::new();
    while reader.read_line(&mut rest).unwrap_or(0) > 0 {}
    assert!(rest.contains(r#""code":"unavailable""#) && rest.contains("stopping"), "{rest}");
    server.join();
    drop(idle);
    assert!(std::net::TcpStream::connect(server.address).is_err(), "the port is free again");
    assert_eq!(server.engine.workspace(1).unwrap().chat(1).unwrap().status, inboxdb::Status::Closed);
}
