//! Words in composed and decomposed form, in scripts without spaces, and with combining marks; and what is kept of
//! notifications.

use inboxdb::{Action, Command, Config, Engine, Error, NewMessage, Role, Selection, Timer, View, Workspace};
use inboxdb_harness::assert_clean;

/// `환불/배송` and `김민준` in letters that combine, as the keyboards and file systems of some machines write them.
const DECOMPOSED: &str = "\u{1112}\u{116a}\u{11ab}\u{1107}\u{116e}\u{11af}/\u{1107}\u{1162}\u{1109}\u{1169}\u{11bc}";
const MINJUN: &str = "\u{1100}\u{1175}\u{11b7}\u{1106}\u{1175}\u{11ab}\u{110c}\u{116e}\u{11ab}";

fn inbox(managers: &[(u64, &str)], chats: u32) -> (Engine, Workspace) {
    let engine = Engine::temporary().unwrap();
    let inbox = engine.workspace(1).unwrap();
    inbox.as_system().put_manager(7, "Ada", Role::Owner).unwrap();
    for (id, name) in managers {
        inbox.as_system().put_manager(*id, *name, Role::Member).unwrap();
    }
    inbox.as_system().put_customer(5, "Grace").unwrap();
    for _ in 0..chats {
        inbox.as_customer(5).start_chat().unwrap();
    }
    (engine, inbox)
}

fn run(inbox: &Workspace, command: Command) -> Result<(), Error> {
    inbox.as_system().execute(command).map(drop)
}

fn count(inbox: &Workspace, view: View) -> u64 {
    inbox.count(&view.into()).unwrap()
}

#[test]
fn words_of_tags_are_equal_in_composed_and_decomposed_form() {
    let (engine, inbox) = inbox(&[], 2);
    for path in [DECOMPOSED, "환불/배송"] {
        run(&inbox, Command::create_tag(path)).unwrap();
    }
    run(&inbox, Command::tag(1, [DECOMPOSED])).unwrap();
    run(&inbox, Command::tag(2, ["환불/배송"])).unwrap();
    let tags: Vec<String> = inbox.tags().unwrap().iter().map(|tag| tag.path.to_string()).collect();
    assert_eq!(tags.len(), 2);
    assert_eq!(tags[1], DECOMPOSED, "as created");
    for path in [DECOMPOSED, "환불/배송", "환불"] {
        assert_eq!(count(&inbox, View::tag(path)), 2, "{path}");
    }
    assert_eq!(run(&inbox, Command::move_tag("환불", "환불/x")).unwrap_err().code().name(), "invalid_tag");
    run(&inbox, Command::move_tag(DECOMPOSED, "환불/배송")).unwrap();
    assert_eq!(
        &*inbox.tags().unwrap()[1].path,
        format!("{}/배송", &DECOMPOSED[..18]),
        "only the letters of the last name change"
    );
    run(&inbox, Command::untag(1, ["환불/배송"])).unwrap();
    assert_eq!(count(&inbox, View::tag(DECOMPOSED)), 1);
    assert!(inbox.equal_tags().unwrap().is_empty());
    assert_clean(&engine);
}

#[test]
fn words_of_tags_sort_by_their_normal_form() {
    let (_engine, inbox) = inbox(&[], 0);
    for path in ["zz", "e\u{301}b", "Éa", "ea", "e\u{301}"] {
        run(&inbox, Command::create_tag(path)).unwrap();
    }
    let tags: Vec<String> = inbox.tags().unwrap().iter().map(|tag| tag.path.to_string()).collect();
    assert_eq!(tags, ["ea", "zz", "e\u{301}", "Éa", "e\u{301}b"], "é comes after z");
}

#[test]
fn words_of_hashtags_keep_their_marks() {
    let (engine, inbox) = inbox(&[], 1);
    run(&inbox, Command::set_description(1, "#हिन्दी #ที่นี่ #കവിത #cafe\u{301}")).unwrap();
    for (word, expected) in [
        ("हिन्दी", 1),
        ("ที่นี่", 1),
        ("കവിത", 1),
        ("caf\u{e9}", 1),
        ("CAFE\u{301}", 1),
        ("हिन", 0),
        ("ที", 0),
        ("caf", 0),
        ("cafe", 0),
    ] {
        assert_eq!(count(&inbox, View::hashtag(word)), expected, "{word}");
    }
    // Only the form changes, so nothing moves.
    run(&inbox, Command::set_description(1, "#caf\u{e9}")).unwrap();
    assert_eq!(count(&inbox, View::hashtag("cafe\u{301}")), 1);
    assert_clean(&engine);
}

fn mentions(inbox: &Workspace, manager: u64) -> usize {
    let page = inbox.notifications(manager, 0, None, 1_000).unwrap();
    page.notifications.iter().filter(|found| found.kind.eq(&inboxdb::NotificationKind::Mentioned)).count()
}

#[test]
fn words_of_mentions_may_be_followed_by_an_ending() {
    let (_engine, inbox) = inbox(&[(12, "김민준"), (13, "田中"), (14, "김민"), (15, MINJUN), (16, "Bo")], 1);
    for text in ["@김민준님 확인 부탁드려요", "@김민준이 봐 주세요", "@田中さん お願いします", "@Bob, @bo_ a@bo"]
    {
        inbox.as_manager(7).send_message(1, NewMessage::internal(text)).unwrap();
    }
    inbox.as_manager(7).send_message(1, NewMessage::internal(format!("보세요@{MINJUN}씨"))).unwrap();
    let found = [12, 13, 14, 15, 16].map(|manager| mentions(&inbox, manager));
    assert_eq!(found, [3, 1, 0, 3, 0]);
}

#[test]
fn words_of_mentions_follow_the_names_of_managers() {
    let (engine, inbox) = inbox(&[(8, "Bo")], 1);
    let say = |text: &str| inbox.as_manager(7).send_message(1, NewMessage::internal(text)).map(drop).unwrap();
    inbox.as_system().put_manager(8, "Boris", Role::Member).unwrap();
    say("@bo");
    say("@boris");
    assert_eq!(mentions(&inbox, 8), 1);
    run(&inbox, Command::remove_manager(8)).unwrap();
    say("@boris");
    inbox.as_system().put_manager(8, "Boris", Role::Member).unwrap();
    assert_eq!(mentions(&inbox, 8), 0, "a manager who was removed loses their notices");
    say("@boris");
    assert_eq!(mentions(&inbox, 8), 1);
    assert_clean(&engine);
}

#[test]
fn notices_of_one_manager_are_not_pushed_out_by_another_s() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Engine::open(directory.path(), Config::default().timer(Timer::Off)).unwrap();
    let engine = open();
    let inbox = engine.workspace(1).unwrap();
    for manager in [7, 8] {
        inbox.as_system().put_manager(manager, "M", Role::Owner).unwrap();
    }
    inbox.as_system().put_customer(5, "Grace").unwrap();
    for _ in 0..600 {
        inbox.as_customer(5).start_chat().unwrap();
    }
    inbox.as_manager(7).assign_to(1, 8).unwrap();
    let mut before_flood = inbox.seq();
    for round in 0..3 {
        let select = |filter: &str| Selection::Filter(filter.parse().unwrap());
        inbox.as_system().bulk(select("!assigned:8"), Action::assign(7)).unwrap();
        inbox.as_system().bulk(select("assigned:7"), Action::unassign()).unwrap();
        if round == 0 {
            before_flood = inbox.seq();
        }
    }
    let look = |inbox: &Workspace| {
        let theirs = inbox.notifications(8, 0, None, 1_000).unwrap();
        assert_eq!((theirs.notifications.len(), theirs.missed), (1, false));
        let mut page = inbox.notifications(7, 0, None, 1_000).unwrap();
        assert!(page.missed);
        let mut all = page.notifications.clone();
        while page.next.is_some() {
            page = inbox.notifications(7, 0, page.next, 1_000).unwrap();
            all.extend(page.notifications.clone());
        }
        assert_eq!(all.len(), 1_024);
        assert!(inbox.notifications(7, before_flood, None, 10).unwrap().missed);
        let oldest = all[0].seq;
        let after_all = inbox.notifications(7, oldest, None, 10).unwrap();
        assert!(!after_all.missed && after_all.notifications.iter().all(|found| found.seq > oldest));
        let newest = inbox.seq();
        assert!(inbox.notifications(7, newest, None, 10).unwrap().notifications.is_empty());
        let error = inbox.notifications(7, newest + 1, None, 10).unwrap_err();
        assert_eq!(error.code().name(), "malformed");
        let json = serde_json::to_value(&theirs).unwrap();
        assert_eq!(json.get("missed"), None, "as in earlier versions");
    };
    look(&inbox);
    engine.close().unwrap();
    let engine = open();
    look(&engine.workspace(1).unwrap());
    assert_clean(&engine);
}
