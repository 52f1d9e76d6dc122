//! Tests of the tag tree.

use super::*;

fn record(parent: Option<u32>, name: &str) -> Option<Arc<TagRecord>> {
    Some(Arc::new(TagRecord { parent: parent.map(TagId), name: name.to_owned() }))
}

#[test]
fn tag_tree_paths_follow_moves_and_deletions() {
    let mut tree = TagTree::default();
    tree.update(&[(TagId(1), record(None, "Billing")), (TagId(2), record(Some(1), "Refund"))]);
    tree.update(&[(TagId(3), record(Some(2), "x")), (TagId(4), record(None, "ops"))]);
    assert_eq!(tree.find("BILLING/refund/X"), Some(TagId(3)));
    assert_eq!(&*tree.get(TagId(3)).unwrap().path, "Billing/Refund/x");
    assert_eq!(tree.lineage(TagId(3)).collect::<Vec<_>>(), [TagId(3), TagId(2), TagId(1)]);

    tree.update(&[(TagId(2), record(Some(4), "Back"))]);
    assert_eq!(&*tree.get(TagId(3)).unwrap().path, "ops/Back/x");
    assert_eq!(tree.find("billing/refund"), None);
    assert_eq!(tree.children(TagId(4)).collect::<Vec<_>>(), [TagId(2)]);

    tree.update(&[(TagId(2), None), (TagId(3), None)]);
    assert_eq!(tree.iter().map(|(tag, _)| tag).collect::<Vec<_>>(), [TagId(1), TagId(4)]);
    assert_eq!(tree.lineage(TagId(3)).count(), 0);
}

/// As a store of a version before NFC may hold them.
fn equal_tags() -> Vec<(TagId, Option<Arc<TagRecord>>)> {
    vec![
        (TagId(1), record(None, "CAFE\u{301}")),
        (TagId(2), record(None, "café")),
        (TagId(3), record(Some(1), "x")),
        (TagId(4), record(Some(2), "x")),
        (TagId(5), record(Some(2), "y")),
        (TagId(6), record(None, "cafes")),
    ]
}

fn tree_of(records: Vec<(TagId, Option<Arc<TagRecord>>)>) -> TagTree {
    TagTree::from_records(records.into_iter().filter_map(|(tag, record)| Some((tag, record?))))
}

#[test]
fn tag_tree_finds_composed_and_decomposed_paths_alike() {
    let tree = tree_of(vec![(TagId(1), record(None, "\u{1112}\u{116a}\u{11ab}불")), (TagId(2), record(Some(1), "É"))]);
    for path in ["환불/É", "환불/é", "환불/e\u{301}", "\u{1112}\u{116a}\u{11ab}불/E\u{301}"] {
        assert_eq!(tree.find(path), Some(TagId(2)), "{path}");
        assert_eq!(tree.find_prefix(&TagPath::parse(path).unwrap(), 1), Some(TagId(1)), "{path}");
    }
    assert!(tree.equal().is_empty());
}

#[test]
fn tag_tree_keeps_equal_tags_of_older_versions_reachable() {
    let tree = tree_of(equal_tags());
    for (path, tag) in [
        ("CAFE\u{301}", 1),
        ("Café", 1),
        ("cafe\u{301}", 1),
        ("café", 2),
        ("CAFE\u{301}/x", 3),
        ("Café/x", 3),
        ("café/x", 4),
        ("café/Y", 5),
        ("cafes", 6),
    ] {
        assert_eq!(tree.find(path), Some(TagId(tag)), "{path}");
        let parsed = TagPath::parse(path).unwrap();
        assert_eq!(tree.find_prefix(&parsed, parsed.depth()), Some(TagId(tag)), "{path}");
    }
    assert_eq!(tree.find("CAFE\u{301}/y"), None);
    assert_eq!(tree.len(), 6);
    let listed: Vec<u32> = tree.iter().map(|(tag, _)| tag.0).collect();
    assert_eq!(listed, [6, 1, 2, 4, 5, 3], "parents first, equal tags side by side");
    let equal: Vec<Vec<String>> =
        tree.equal().into_iter().map(|group| group.iter().map(|path| path.to_string()).collect()).collect();
    assert_eq!(equal, [["CAFE\u{301}", "café"]]);
}

#[test]
fn tag_tree_is_the_same_in_whatever_order_equal_tags_come() {
    let whole = tree_of(equal_tags());
    let paths =
        |tree: &TagTree| -> Vec<(TagId, Arc<str>)> { tree.iter().map(|(tag, path)| (tag, Arc::clone(path))).collect() };
    // A store may hold the second of them without the first, which replay then adds.
    let mut tree = tree_of(equal_tags().into_iter().filter(|(tag, _)| [2, 4, 5].contains(&tag.0)).collect());
    assert_eq!(tree.find("CAFÉ"), Some(TagId(2)));
    tree.update(&equal_tags());
    assert_eq!((paths(&tree), tree.equal()), (paths(&whole), whole.equal()));
    let mut tree = TagTree::default();
    equal_tags().into_iter().for_each(|record| tree.update(&[record]));
    assert_eq!((paths(&tree), tree.equal()), (paths(&whole), whole.equal()));
}

#[test]
fn tag_tree_gives_the_key_to_the_next_when_the_first_is_gone() {
    let mut tree = tree_of(equal_tags());
    tree.update(&[(TagId(1), None), (TagId(3), None)]);
    assert_eq!((tree.find("CAFE\u{301}/x"), tree.find("café")), (Some(TagId(4)), Some(TagId(2))));
    assert!(tree.equal().is_empty());
}

#[test]
fn tag_tree_finds_an_overlong_name_of_an_older_version_by_its_spelling() {
    let long = "\u{958}".repeat(65);
    let tree = tree_of(vec![(TagId(1), record(None, &long)), (TagId(2), record(Some(1), "x"))]);
    assert_eq!((tree.find(&long), tree.find(&format!("{long}/X"))), (Some(TagId(1)), Some(TagId(2))));
    assert!(tree.equal().is_empty());
}

#[test]
fn tag_tree_takes_a_new_tag_before_its_new_parent() {
    let mut tree = TagTree::default();
    tree.update(&[(TagId(1), record(Some(2), "child")), (TagId(2), record(None, "parent"))]);
    assert_eq!(tree.find("parent/child"), Some(TagId(1)));
    assert_eq!(tree.len(), 2);
}

/// Updates a tree at random, and compares it with the tree built from its records.
fn update_at_random(mut random: impl FnMut(u64) -> u64, tags: u64, steps: u64, (repeats, any_parent): (bool, bool)) {
    let (mut tree, mut records) = (TagTree::default(), BTreeMap::new());
    for step in 0..steps {
        let mut update = BTreeMap::new();
        // The first step fills the tree, so that the others are small beside it.
        for _ in 0..=if step == 0 { tags } else { random(3) } {
            let tag = TagId(random(tags) as u32);
            // Names repeat now and then, as in stores of older versions.
            let name = if random(8) == 0 && repeats { "same".to_owned() } else { format!("T{step}-{}", tag.0) };
            // With a parent of a lower id, no tag is below itself.
            let below = if any_parent { tags } else { tag.0.into() };
            let parent = (tag.0 > 0 && random(3) > 0).then(|| random(below) as u32);
            update.insert(tag, if random(5) == 0 { None } else { record(parent, &name) });
        }
        let update: Vec<_> = update.into_iter().collect();
        for (tag, record) in &update {
            match record {
                Some(record) => records.insert(*tag, Arc::clone(record)),
                None => records.remove(tag),
            };
        }
        tree.update(&update);
        let kept = tree.nodes.keys().copied().collect::<BTreeSet<_>>();
        let built = TagTree::from_records(records.clone());
        assert!(kept.iter().eq(built.nodes.keys().copied().collect::<BTreeSet<_>>().iter()), "step {step}");
        // A tag without its parent is left out, and stays out.
        records.retain(|tag, _| kept.contains(tag));
        assert_eq!(tree.in_order, built.in_order, "step {step}");
        assert_eq!(tree.by_key, built.by_key, "step {step}");
        for (tag, node) in &built.nodes {
            let found = tree.get(*tag).unwrap();
            assert_eq!((&found.children, &found.key), (&node.children, &node.key), "step {step}");
        }
    }
}

#[test]
fn tag_tree_updated_in_place_is_the_tree_built_from_its_records() {
    let mut seed = 7_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for round in 0..60 {
        update_at_random(&mut random, 20, 60, (round % 2 == 0, round % 3 == 0));
        update_at_random(&mut random, 300, 20, (false, round % 3 == 0));
    }
}
