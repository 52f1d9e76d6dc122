//! `inboxdb rebuild --salvage`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Place, setup};

fn flip(file: &Path, place: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[place] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

fn segment(place: &Place) -> PathBuf {
    place.path("store/journal").join(place.names("store/journal").pop().unwrap())
}

/// Every command that meets the damage says what helps.
#[test]
fn salvage_is_named_by_every_command_and_keeps_everything() {
    for name in ["journal", "FORMAT"] {
        let place = Place::with(&setup(3));
        match name {
            "journal" => flip(&segment(&place), 200),
            name => flip(&place.path("store").join(name), 3),
        }
        for arguments in [
            &["list", "store", "all"][..],
            &["scrub", "store"],
            &["scrub", "store", "--repair"],
            &["compact", "store", "--yes"],
            &["backup", "store", "b.bak"],
            &["rebuild", "store"],
        ] {
            place.run(arguments, "").assert_broken(&["--salvage"]);
        }
        let ran = place.run(["rebuild", "store", "--salvage"], "");
        assert_eq!(ran.code, 0, "{}", ran.errors);
        assert!(ran.output.contains("Kept: everything") && ran.output.contains("Lost: nothing"), "{}", ran.output);
        assert!(ran.output.contains(name) && ran.output.contains("quarantine-1"), "{}", ran.output);
        assert_eq!(place.count("all"), 3);
        assert_eq!(place.run(["scrub", "store"], "").code, 0);
        let ran = place.run(["rebuild", "store", "--salvage", "--json"], "");
        assert_eq!(ran.json()[0]["damage"], serde_json::json!([]));
    }
}

#[test]
fn checkpoint_with_a_flipped_bit_is_no_event() {
    let place = Place::with(&setup(3));
    flip(&place.path("store/CHECKPOINT"), 9);
    assert_eq!(place.count("all"), 3);
    flip(&place.path("store/CHECKPOINT"), 9);
    flip(&place.path("store/CHECKPOINT-2"), 9);
    place.run(["list", "store", "all"], "").assert_broken(&["CHECKPOINT", "--salvage"]);
    assert_eq!(place.run(["rebuild", "store", "--salvage"], "").code, 0);
    assert_eq!(place.count("all"), 3);
}

#[test]
fn salvage_goes_with_a_whole_state_store_only() {
    let place = Place::with(&setup(3));
    flip(&segment(&place), 200);
    fs::remove_dir_all(place.path("store/state")).unwrap();
    place.run(["rebuild", "store", "--salvage"], "").assert_broken(&["state store", "backup"]);
    place.run(["rebuild", "none", "--salvage"], "").assert_broken(&["none"]);
    assert_eq!(place.run(["rebuild", "store", "--accept-loss"], "").code, 2);
}
