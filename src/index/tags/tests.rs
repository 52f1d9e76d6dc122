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
    assert_eq!(&**tree.path(TagId(3)).unwrap(), "Billing/Refund/x");
    assert_eq!(tree.lineage(TagId(3)).collect::<Vec<_>>(), [TagId(3), TagId(2), TagId(1)]);

    tree.update(&[(TagId(2), record(Some(4), "Back"))]);
    assert_eq!(&**tree.path(TagId(3)).unwrap(), "ops/Back/x");
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
    equal_tags().into_iter().for_each(|record| drop(tree.update(&[record])));
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

fn all_unswept(tree: &TagTree) -> BTreeSet<TagId> {
    let all: Vec<TagId> = tree.unswept.clone().into_lists().flat_map(|(_, below)| below).collect();
    let distinct: BTreeSet<TagId> = all.iter().copied().collect();
    assert_eq!(all.len(), distinct.len(), "{all:?}");
    distinct
}

/// Compares what two trees find by all keys that were there so far.
fn assert_same_lookups(tree: &TagTree, built: &TagTree, keys: &mut BTreeSet<Arc<str>>) {
    keys.extend(built.nodes.iter().filter_map(|(tag, _)| built.key(tag).cloned()));
    for key in keys.iter().chain(&*keys) {
        assert_eq!(tree.find(key), built.search(key), "{key}");
    }
}

/// Updates a tree at random, and compares it with the tree built from its records.
fn update_at_random(mut random: impl FnMut(u64) -> u64, tags: u64, steps: u64, (repeats, any_parent): (bool, bool)) {
    let (mut tree, mut records, mut unswept) = (TagTree::default(), BTreeMap::new(), BTreeSet::new());
    let mut keys = BTreeSet::new();
    for step in 0..steps {
        let mut update = BTreeMap::new();
        // The first step fills the tree, so that the others are small beside it.
        for _ in 0..=if step == 0 { tags } else { random(3) } {
            let tag = TagId(random(tags) as u32);
            // Names repeat now and then, as in stores of older versions.
            let name = if random(8) == 0 && repeats {
                "same".to_owned()
            } else {
                format!("T{step}{}{}", ["-", "", "+"][random(3) as usize], tag.0)
            };
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
        let built = TagTree::from_records(records.clone());
        let kept = |tree: &TagTree| tree.nodes.iter().map(|(tag, _)| tag).collect::<BTreeSet<_>>();
        assert_eq!(kept(&tree), kept(&built), "step {step}");
        assert_eq!(tree.len(), kept(&built).len(), "step {step}");
        // A tag without its parent is left out, and stays out.
        unswept.retain(|tag| !update.iter().any(|(updated, _)| updated == tag));
        // One that is below itself is not found again.
        let is_below_a_missing_one = |tag: TagId| {
            let parent = |tag: &TagId| records.get(tag).and_then(|record| record.parent);
            let mut above = std::iter::successors(Some(tag), parent).take(records.len() + 1);
            above.any(|above| !records.contains_key(&above))
        };
        let lost = records.keys().filter(|tag| !kept(&built).contains(tag) && is_below_a_missing_one(**tag));
        unswept.extend(lost);
        records.retain(|tag, _| kept(&built).contains(tag));
        assert_eq!(all_unswept(&tree), unswept, "step {step}");
        assert_eq!((&tree.top, &tree.by_spelling), (&built.top, &built.by_spelling), "step {step}");
        for (tag, node) in built.nodes.iter() {
            let found = tree.get(tag).unwrap();
            assert_eq!((&found.children, &found.name), (&node.children, &node.name), "step {step}");
            assert_eq!((tree.path(tag), tree.key(tag)), (built.path(tag), built.key(tag)), "step {step}");
        }
        assert_same_lookups(&tree, &built, &mut keys);
        // Not after each step, so that updates find the list and paths made, and not made.
        if step % 3 == 0 {
            assert!(tree.iter().eq(built.iter()), "step {step}");
            assert!(tree.iter().map(|(tag, _)| tree.key(tag).unwrap()).is_sorted(), "step {step}");
            assert_eq!(tree.iter().count(), tree.len(), "step {step}");
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

#[test]
fn tag_tree_finds_what_a_key_means_now() {
    let mut tree = TagTree::default();
    tree.update(&[(TagId(1), record(None, "a")), (TagId(2), record(Some(1), "b")), (TagId(3), record(None, "c"))]);
    let find = |tree: &TagTree| {
        ["a/b", "c/b", "A/b"].map(|path| [tree.find(path), tree.find(path)].map(|tag| tag.unwrap_or(TagId(0))))
    };
    let tags = |tags: [u32; 3]| tags.map(|tag| [TagId(tag); 2]);
    assert_eq!(find(&tree), tags([2, 0, 2]));
    tree.update(&[(TagId(2), record(Some(3), "b"))]);
    assert_eq!(find(&tree), tags([0, 2, 0]));
    tree.update(&[(TagId(2), None), (TagId(4), record(Some(1), "b"))]);
    assert_eq!(find(&tree), tags([4, 0, 4]));
    // More than there were places for.
    let many: Vec<_> = (5..1_000).map(|tag| (TagId(tag), record(Some(3), &format!("t{tag}")))).collect();
    tree.update(&many);
    for (tag, _) in many.iter().chain(&many) {
        assert_eq!(tree.find(&format!("c/t{}", tag.0)), Some(*tag));
    }
    let hinted = |tag: &&(TagId, _)| tree.hints.find(&format!("c/t{}", tag.0.0), |found| found == tag.0).is_some();
    assert!(many.iter().filter(hinted).count() > 900, "few are crowded out");
    assert_eq!(find(&tree), tags([4, 0, 4]));
}

#[test]
fn tag_tree_lists_its_tags_by_code_points_of_the_whole_key() {
    let paths = ["a", "a-b", "a-b/x", "a!", "a!/y", "a!/y/z", "a!-", "a!-/q", "a/x", "a/x-", "a/x/y", "aa", "B/c", "B"];
    let mut tree = TagTree::default();
    let mut number = 0;
    let mut create = |tree: &mut TagTree, path: &str| {
        let path = TagPath::parse(path).unwrap();
        for depth in 1..=path.depth() {
            if tree.find_prefix(&path, depth).is_none() {
                number += 1;
                let parent = tree.find_prefix(&path, depth - 1).map(|parent| parent.0);
                tree.update(&[(TagId(number), record(parent, &path.names()[depth - 1]))]);
            }
        }
    };
    for path in paths {
        create(&mut tree, path);
        let mut sorted: Vec<String> = tree.iter().map(|(_, path)| path.to_string()).collect();
        sorted.sort_by_key(|path| normal_form(path).into_owned());
        assert!(tree.iter().map(|(_, path)| path.to_string()).eq(sorted), "{path}");
    }
    assert_eq!(tree.iter().count(), paths.len());
}

#[test]
fn tag_tree_remembers_what_went_with_a_removed_tag_until_it_is_removed() {
    let records = vec![
        (TagId(1), record(None, "a")),
        (TagId(2), record(Some(1), "b")),
        (TagId(3), record(Some(2), "c")),
        (TagId(4), record(Some(1), "d")),
        (TagId(5), record(None, "e")),
    ];
    let mut tree = tree_of(records.clone());
    tree.update(&[(TagId(1), None)]);
    let without: Vec<_> = records.into_iter().filter(|(tag, _)| tag.0 != 1).collect();
    for mut tree in [tree, tree_of(without)] {
        assert_eq!((tree.len(), tree.find("a/b"), tree.get(TagId(3)).is_none()), (1, None, true));
        let (mut below, place) = (tree.unswept(TagId(1)).to_vec(), |tag| {
            tree.unswept(TagId(1)).iter().position(|found| *found == TagId(tag))
        });
        assert!(place(2) < place(3), "parents first");
        below.sort_unstable();
        assert_eq!(below, [2, 3, 4].map(TagId));
        assert!(tree.iter().map(|(tag, _)| tag).eq([TagId(5)]));
        tree.update(&[(TagId(3), None), (TagId(4), None)]);
        assert_eq!(tree.unswept(TagId(1)), [TagId(2)]);
        tree.update(&[(TagId(2), None)]);
        assert_eq!((tree.unswept(TagId(1)), tree.len()), (&[][..], 1));
    }
}
