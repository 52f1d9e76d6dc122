//! What ARCHITECTURE.md promises about the code, checked: which module imports which, how long files and functions are,
//! what public types do not implement, and some words that comments do without.
//!
//! `cargo test --test tidy`. To allow an import, add it to [`IMPORTS`]; to allow one that climbs, think again first.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "tidy/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use source::{SOURCES, Source, library, line_at, split};

/// Each module, and which others it may import, from the ground up: a module imports only what stands above it here.
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("files", &[]),
    ("heap", &[]),
    ("malformed", &[]),
    ("waker", &[]),
    ("error", &["model"]),
    ("view", &["error", "model"]),
    ("command", &["error", "model", "view"]),
    ("query", &["command", "error", "model", "view"]),
    ("watch", &["model", "view"]),
    ("sets", &["heap", "model"]),
    ("kv", &["error", "files"]),
    ("record", &["command", "error", "heap", "kv", "model", "sets"]),
    ("journal", &["error", "files", "heap", "waker"]),
    ("directory", &["error", "files", "kv"]),
    ("wheel", &["heap", "model"]),
    ("index", &["error", "heap", "model", "record", "sets"]),
    ("config", &["index"]),
    ("workspace", &["error", "heap", "index", "model", "query", "record", "sets", "wheel"]),
    ("store", &["index", "kv", "model", "record", "sets", "wheel", "workspace"]),
    ("select", &["error", "index", "model", "record", "sets", "view", "workspace"]),
    ("export", &["command", "error", "malformed", "model", "record", "sets"]),
    ("rules", &["command", "error", "export", "index", "model", "record", "select", "sets", "view", "workspace"]),
    ("feed", &["index", "model", "record", "select", "view", "waker", "watch", "workspace"]),
    (
        "loaded",
        &["error", "feed", "heap", "index", "kv", "model", "query", "record", "rules", "sets", "store", "workspace"],
    ),
    ("scrub", &["error", "index", "kv", "model", "record", "sets", "store", "workspace"]),
    ("backup", &["directory", "error", "journal", "kv", "model", "record", "store"]),
    ("recovery", EVERYTHING),
    ("engine", EVERYTHING),
    ("engine::write", EVERYTHING),
    ("engine::read", EVERYTHING),
    ("engine::upkeep", EVERYTHING),
];

/// All that stands above in the table.
const EVERYTHING: &[&str] = &["*"];

/// Directories of a module that are modules of their own in the table. They and what is beside them know each other.
const ROOMS: [(&str, &[&str]); 1] = [("engine", &["write", "read", "upkeep"])];

/// Modules outside the table: the entry page, which re-exports from everywhere, and what only tests and fuzz targets use.
const NOT_LAYERED: [&str; 4] = ["lib", "testing", "simulation", "fuzzing"];

const FILE_LINES_MAX: usize = 410;
const FUNCTION_LINES_MAX: usize = 60;
/// Tables with a row per command. They are one match each, so that a new command does not compile until it is in them.
const TABLES: [&str; 3] = ["about", "carry_out", "check_names"];

/// People of the inbox may be called so, parts of the program may not.
const WORDS_FORBIDDEN: [&str; 3] = ["nobody", "somebody", "whoever"];

/// Public types know nothing of their stored form: not a word of bincode in these.
const MODULES_WITHOUT_BINCODE: [&str; 5] = ["model", "command", "query", "view", "watch"];

/// Files of those modules that still have one. A file that has none must leave the list.
const BINCODE_LEFT: &[&str] = &[];

/// One thing that is not as it should be.
struct Fault {
    file: PathBuf,
    line: usize,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

#[track_caller]
fn assert_none(faults: &[Fault]) {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(lines.is_empty(), "{} faults:\n{}", lines.len(), lines.join("\n"));
}

fn rooms(module: &str) -> &'static [&'static str] {
    ROOMS.iter().find(|(name, _)| *name == module).map_or(&[], |(_, rooms)| rooms)
}

/// What `crate::…` names in a file, as modules of the table, each with where it stands.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let code = source.shipped();
    let mut found = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let paths = &code[at + prefix.len()..];
        // `$crate` is that of another crate's macro.
        if !code[..at].ends_with('$') {
            found.extend(modules(paths).into_iter().map(|module| (at, module)));
        }
    }
    found
}

/// The modules that a path or a group of paths begins with.
fn modules(paths: &str) -> Vec<String> {
    alternatives(paths).into_iter().flat_map(module_of).collect()
}

fn module_of(path: &str) -> Vec<String> {
    let first = name(path);
    let Some(rest) = path[first.len()..].strip_prefix("::") else { return vec![first.to_owned()] };
    let room = |path: &str| match rooms(first).contains(&name(path)) {
        true => format!("{first}::{}", name(path)),
        false => first.to_owned(),
    };
    alternatives(rest).into_iter().map(room).collect()
}

fn name(path: &str) -> &str {
    let end = path.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &path[..end.unwrap_or(path.len())]
}

/// The parts of `{a::b, c}`, or a path by itself.
fn alternatives(paths: &str) -> Vec<&str> {
    let Some(inner) = paths.strip_prefix('{') else { return vec![paths] };
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            ',' if depth == 0 => {
                parts.push(inner[start..at].trim());
                start = at + 1;
            }
            '}' if depth == 0 => {
                parts.push(inner[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn allowed(module: &str) -> Option<BTreeSet<&'static str>> {
    let place = IMPORTS.iter().position(|(name, _)| *name == module)?;
    let (_, listed) = IMPORTS[place];
    let above = || IMPORTS[..place].iter().map(|(name, _)| *name);
    Some(if listed == EVERYTHING { above().collect() } else { listed.iter().copied().collect() })
}

#[test]
fn the_table_of_imports_points_only_upwards() {
    for (place, (module, listed)) in IMPORTS.iter().enumerate() {
        for import in listed.iter().filter(|import| **import != "*") {
            let above = IMPORTS[..place].iter().any(|(name, _)| name == import);
            assert!(above, "{module} may import {import}, which does not stand above it");
        }
    }
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for source in library().filter(|source| !source.is_for_tests()) {
        let module = source.module();
        if NOT_LAYERED.contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = allowed(&module) else {
            faults.push(source.fault(1, format!("the module {module} is not in the table of imports")));
            continue;
        };
        for (at, import) in imports(source) {
            let line = line_at(&source.code, at);
            if import.starts_with(char::is_uppercase) {
                faults.push(source.fault(line, format!("{import} is imported from the crate, not from its module")));
            } else if !is_same_house(&import, &module) && !allowed.contains(import.as_str()) {
                faults.push(source.fault(line, format!("{module} must not import {import}")));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn modules_do_not_import_each_other_in_a_circle() {
    let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
    for source in library().filter(|source| !source.is_for_tests()) {
        let module = source.module();
        let found = imports(source).into_iter().map(|(_, import)| import);
        let others = found.filter(|import| !is_same_house(import, &module) && !import.starts_with(char::is_uppercase));
        graph.entry(module.clone()).or_default().extend(others);
    }
    graph.retain(|module, _| !NOT_LAYERED.contains(&module.as_str()));
    // What is in no circle imports nothing that is left, or is imported by nothing that is left, sooner or later.
    while let Some(module) = end_of_a_line(&graph) {
        graph.remove(&module);
    }
    graph.iter().for_each(|(module, imports)| eprintln!("{module} imports {imports:?}"));
    assert!(graph.is_empty(), "modules that import each other, or stand between such: {:?}", graph.keys());
}

/// Whether they are the same module, or a module and a room of it.
fn is_same_house(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn end_of_a_line(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let is_imported = |module: &String| graph.values().any(|imports| imports.contains(module));
    let imports_some = |imports: &BTreeSet<String>| imports.iter().any(|import| graph.contains_key(import));
    graph
        .iter()
        .find(|(module, imports)| !is_imported(module) || !imports_some(imports))
        .map(|(module, _)| module.clone())
}

#[test]
fn files_have_one_idea_each() {
    let mut faults = Vec::new();
    for source in SOURCES.iter() {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            faults.push(source.fault(lines, format!("{lines} lines, of at most {FILE_LINES_MAX}")));
        }
    }
    assert_none(&faults);
}

#[test]
fn functions_are_short() {
    let mut faults = Vec::new();
    for source in SOURCES.iter() {
        for (at, name, lines) in functions(&source.code) {
            if lines > FUNCTION_LINES_MAX && !TABLES.contains(&name) {
                let what = format!("{name} has {lines} lines, of at most {FUNCTION_LINES_MAX}");
                faults.push(source.fault(line_at(&source.code, at), what));
            }
        }
    }
    assert_none(&faults);
}

/// Where the functions of some code begin, what they are called, and how many lines they take.
fn functions(code: &str) -> Vec<(usize, &str, usize)> {
    let starts =
        code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    let function = |(at, _): (usize, &str)| {
        let rest = &code[at..];
        // One without a body ends before the next brace.
        let open = rest.find('{').filter(|open| rest[..*open].find(';').is_none_or(|end| rest[..end].contains('[')))?;
        let length = open + block(&rest[open..])?;
        Some((at, name(&rest[3..]), rest[..length].matches('\n').count() + 1))
    };
    starts.filter_map(function).filter(|(_, name, _)| !name.is_empty()).collect()
}

/// The length of a block with its braces.
fn block(code: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn comments_call_parts_of_the_program_by_their_names() {
    let mut faults = Vec::new();
    for source in SOURCES.iter() {
        for (number, line) in (1..).zip(source.comments.lines()) {
            let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(str::to_lowercase);
            let forbidden = words.filter(|word| WORDS_FORBIDDEN.contains(&word.as_str()));
            faults.extend(forbidden.map(|word| source.fault(number, format!("{word}: {}", line.trim()))));
        }
    }
    assert_none(&faults);
}

#[test]
fn public_types_know_nothing_of_their_stored_form() {
    let mut faults = Vec::new();
    for module in MODULES_WITHOUT_BINCODE {
        for source in library().filter(|source| source.module() == module) {
            let is_left = BINCODE_LEFT.iter().any(|path| Path::new(path) == source.path);
            match source.code.find("bincode") {
                Some(at) if !is_left => {
                    faults.push(source.fault(line_at(&source.code, at), "bincode beside a public type".to_owned()));
                }
                None if is_left => faults.push(source.fault(1, "no bincode any more: out of BINCODE_LEFT".to_owned())),
                _ => {}
            }
        }
    }
    assert_none(&faults);
}

/// The checks themselves are checked.
#[test]
fn what_is_looked_for_would_be_found() {
    let text = "use crate::{a::B, engine::{self, read::C}};\n// crate::no\nfn f() -> &'static str {\n    \"crate::no // fn g() {\"\n}\n";
    let (code, comments) = split(text);
    assert!(comments.contains("crate::no") && !code.contains("crate::no"));
    assert_eq!(code.lines().count(), text.lines().count());
    assert_eq!(modules(&code["use crate::".len()..]), ["a", "engine", "engine::read"]);
    assert_eq!(functions(&code), [(code.find("fn f").unwrap(), "f", 3)]);
    assert_eq!(split("r#\"\"//\"# 'a' '\\'' 'b x").0.trim(), "'b x");
    assert_eq!(modules("store::Row;"), ["store"]);
}
